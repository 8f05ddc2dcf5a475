using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Tasks;

/// <summary>Reads one task whole. Every change of a task answers with this view too.</summary>
internal static class Get
{
    /// <summary>How long <c>wait=settled</c> holds a request before it answers ASYNC_NOT_READY.</summary>
    private static readonly TimeSpan WaitAtMost = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    public static async Task<Outcome<TaskView>> Handle(GetTask input, Call call, CancellationToken ct)
    {
        var until = call.App.Time.GetUtcNow() + WaitAtMost;
        while (true)
        {
            var view = await call.Read(async db => await TaskRows.Load(db, call.Account, input.TaskId) is { } task ? await View(db, task) : null);
            if (view is null) return Refusal.NotFound("task", input.TaskId, "task_id");
            if (input.Wait is null || view.Settled) return Outcome<TaskView>.Done(view, Sentence(view));
            if (view.Status is TaskStatusWords.Draft) return Refusal.State("The task is a draft; it will not settle by itself.", $"Send it first: noxinfluencer email send {view.TaskId}");
            if (call.App.Time.GetUtcNow() >= until)
                return new Refusal(ErrorCodes.AsyncNotReady, Sentence(view)) { Action = new("retry", null, "Ask again; sending goes on."), RetryAfterSeconds = 1 };
            await Task.Delay(LookEvery, call.App.Time, ct);
        }
    }

    /// <summary>The task as the contract shows it.</summary>
    public static async ValueTask<TaskView> View(Db db, TaskRow task, bool? changed = null, bool withTexts = true, IReadOnlyList<string>? removed = null)
    {
        var content = task.ContentVersion == 0 ? null : await ContentRows.Load(db, task.Id, task.ContentVersion);
        var mailbox = task.Mailbox is null ? null : await MailboxRows.LoadAny(db, task.Mailbox);
        var counts = await CounterRows.Sum(db, task.SetId);
        var waiting = await Waiting(db, task, mailbox, counts);
        return new TaskView(
            task.Id, task.Name, withTexts ? task.Note : null, 3, TaskDecisions.Word(task.Status), task.Settled, task.OwnerUid,
            Sender(task, mailbox), content is null ? null : Content(content, withTexts, removed), await Cards(db, task.Id), Counts(counts),
            Micros.At(task.PlanSendAt), task.Overdue, task.PlanDigest, waiting, await NextMail(db, task, counts, waiting), task.PausedBy, task.SourceTaskId, task.Copying, task.Version,
            task.Status == MailTaskStatus.Cancelled ? Receipt(task, counts) : null,
            Micros.At(task.CreatedAt), Micros.At(task.UpdatedAt), Micros.At(task.StartedAt), Micros.At(counts.FirstSentAt), Micros.At(counts.LastSentAt), Micros.At(task.FinishedAt), changed);
    }

    /// <summary>What a cancel stopped; computed from the counters, so it sums at every moment.</summary>
    public static CancelReceipt Receipt(TaskRow task, CounterSum c) => new(
        Micros.At(task.CutoffAt ?? task.UpdatedAt), c.Total, c.Sent, c.Failed, c.Suppressed, c.Uncertain, c.Handed, c.Pending + c.Cancelled + c.Expired, task.Settled);

    /// <summary>The task's cards.</summary>
    public static async ValueTask<List<ProductCardView>> Cards(Db db, string task) => [.. (await ContentRows.Cards(db, task)).Select(c =>
        new ProductCardView(c.Id, c.Product, c.Position, c.Title, c.Link, c.Price, c.Currency, c.ThumbnailUrl, c.Stale))];

    /// <summary>The sender as copied; stale when the mailbox changed since.</summary>
    public static SenderView? Sender(TaskRow task, MailboxRow? mailbox)
    {
        if (task.Sender is null) return null;
        var copy = JsonSerializer.Deserialize(task.Sender, StoredJson.Default.SenderCopy)!;
        return new SenderView(copy.SenderId, copy.Address, copy.FromName, copy.ReplyTo, copy.Kind == "pickup" ? "files" : "smtp",
            mailbox is null || mailbox.DeletedAt is not null || mailbox.Version != task.SenderVersion);
    }

    /// <summary>How it stands, in a sentence.</summary>
    public static string Sentence(TaskView t)
    {
        var c = t.Counts;
        var trouble = (c.FailedCount > 0 ? $", {c.FailedCount} failed" : "") + (c.UncertainCount > 0 ? $", {c.UncertainCount} uncertain" : "");
        return t.Status switch
        {
            TaskStatusWords.Draft => $"Draft with {Plural.Of(c.RecipientCount, "recipient")}; nothing has been sent.",
            TaskStatusWords.Sending => $"Sending: {c.SentCount} of {c.RecipientCount} sent{trouble}{(t.Waiting is { } w ? $"; waiting ({w.Reason})" : "")}.",
            TaskStatusWords.Sent => $"Sent: {c.SentCount} of {c.RecipientCount} accepted by the mail server{trouble}{(t.Sender?.Delivery == "files" ? "; written to files, nothing left this machine" : "")}.",
            TaskStatusWords.Cancelled => $"Cancelled: {c.SentCount} of {c.RecipientCount} had been sent{trouble}{(t.Settled ? "" : "; the last ones are settling")}.",
            _ => $"{t.Status}: {c.SentCount} of {c.RecipientCount} sent{trouble}.",
        };
    }

    private static ContentView Content(ContentRow c, bool withTexts, IReadOnlyList<string>? removed) => new(
        c.Subject, withTexts ? c.Html : null, withTexts ? c.Text : null, c.TextDerived, c.Preheader, c.Version, c.Digest,
        JsonSerializer.Deserialize(c.Variables, StoredJson.Default.ListString)!, removed);

    private static CountsView Counts(CounterSum c) =>
        new(c.Total, c.Pending, c.Handed, c.Sent, c.Failed, c.Uncertain, c.Suppressed, c.Cancelled, c.Expired, c.Retrying);

    private static async ValueTask<WaitingView?> Waiting(Db db, TaskRow task, MailboxRow? mailbox, CounterSum counts)
    {
        if (task is { Status: MailTaskStatus.Paused, PausedBy: "guard", PausedReason: { } held })
            return new WaitingView(held, null, $"{task.PausedProblem} {task.PausedFix}".Trim());
        if (task.Status != MailTaskStatus.Sending || mailbox is null || counts.Pending == 0) return null;
        var resume = $"noxinfluencer mailbox resume {mailbox.Id} --force";
        if (mailbox.PausedReason is not null)
            return new WaitingView("mailbox_paused", Micros.At(mailbox.PausedUntil), $"{mailbox.HealthProblem} {mailbox.HealthFix} Then: {resume}");
        if (mailbox.Health == MailboxHealth.Failing)
            return new WaitingView("backoff", Micros.At(mailbox.NextTryAt), $"{mailbox.HealthProblem} {mailbox.HealthFix} It is tried again by itself; at once with: {resume}");
        if (MailboxWindow.Of(mailbox) is { } window && !window.IsInside(Micros.At(db.Now)))
            return new WaitingView("window", window.Open(Micros.At(db.Now))?.From, "The mailbox's window is closed; it goes on by itself when it opens.");
        var permits = Pacing.Now(mailbox.Limits, mailbox.Pace(await MailboxRows.Usage(db, mailbox.Id)), db.Now);
        return permits.Reason switch
        {
            null => null,
            "warm_up" => new WaitingView("warm_up", Micros.At(permits.Until), $"The mailbox warms up: {mailbox.Limits.PerDayAt(db.Now)} mails in 24 hours for now; it goes on by itself."),
            "spacing" => new WaitingView("spacing", Micros.At(permits.Until), "The mailbox makes a pause between two mails; it goes on by itself."),
            { } reason => new WaitingView(reason, Micros.At(permits.Until), "The mailbox's own limit; it goes on by itself."),
        };
    }

    private static async ValueTask<DateTimeOffset?> NextMail(Db db, TaskRow task, CounterSum counts, WaitingView? waiting)
    {
        if (task.Status != MailTaskStatus.Sending || counts.Pending == 0) return null;
        if (waiting?.Until is { } until) return until;
        if (waiting is not null || counts.Retrying < counts.Pending) return null;
        return Micros.At(await RecipientRows.NextDue(db, task.SetId));
    }
}
