using System.Text.Json;
using EmailTasks.Contracts;
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
            if (input.Wait is null || view.Settled) return Outcome<TaskView>.Done(view, Standing.Of(view));
            if (view.Status is TaskStatusWords.Draft) return Refusal.State("The task is a draft; it will not settle by itself.", $"Send it first: {NextStep.Of(SendingOps.Send, view.TaskId)}");
            if (call.App.Time.GetUtcNow() >= until)
                return new Refusal(ErrorCodes.AsyncNotReady, Standing.Of(view)) { Action = new("retry", null, Standing.NotYet(view)), RetryAfterSeconds = 1 };
            await Task.Delay(LookEvery, call.App.Time, ct);
        }
    }

    /// <summary>The task as the contract shows it.</summary>
    public static async ValueTask<TaskView> View(Db db, TaskRow task, bool? changed = null, bool withTexts = true, IReadOnlyList<string>? removed = null)
    {
        var content = task.ContentVersion == 0 ? null : await ContentRows.Load(db, task.Id, task.ContentVersion);
        var mailbox = task.Mailbox is null ? null : await MailboxRows.LoadAny(db, task.Mailbox);
        var counts = await CounterRows.Sum(db, task.SetId);
        var waits = await Waits.Of(db, task, mailbox, counts);
        return new TaskView(
            task.Id, task.Name, withTexts ? task.Note : null, 3, TaskDecisions.Word(task.Status), task.Settled, task.OwnerUid,
            Sender(task, mailbox), content is null ? null : Content(content, withTexts, removed), await Cards(db, task.Id), Counts(counts),
            Micros.At(task.PlanSendAt), waits.Overdue, task.PlanDigest, waits.Why, waits.NextMailAt, task.PausedBy, task.SourceTaskId, new TrackingView(task.TrackOpens, task.TrackClicks), task.Copying, task.Version,
            task.Status == MailTaskStatus.Cancelled ? Receipt(task, counts) : null,
            await Holds(db, task, waits), task.EditedActor is { } editor ? new EditedByView(editor, task.EditedKey, task.EditedUid) : null,
            task is { WasScheduledFor: { } was, WasScheduledActor: { } by } ? new WasScheduledView(Micros.At(was), by, task.WasScheduledUid) : null,
            Micros.At(task.CreatedAt), Micros.At(task.UpdatedAt), Micros.At(task.StartedAt), Micros.At(counts.FirstSentAt), Micros.At(counts.LastSentAt), Micros.At(task.FinishedAt), changed);
    }

    /// <summary>What holds the task. A scheduled one whose time has come and that a person has to let go is held by that.</summary>
    private static async ValueTask<List<HoldView>?> Holds(Db db, TaskRow task, Waits waits)
    {
        if (task.Status == MailTaskStatus.Scheduled && waits.Why is { Reason: "approval" })
            return [new HoldView("approval", task.ScheduledKey, task.ScheduledActor, task.ScheduledUid, Micros.At(task.PlanSendAt ?? task.UpdatedAt), "approval", null)];
        return task.Status == MailTaskStatus.Paused ? Sending.Holding.Views(await HoldRows.Of(db, task.Id)) : null;
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

    private static ContentView Content(ContentRow c, bool withTexts, IReadOnlyList<string>? removed) => new(
        c.Subject, withTexts ? c.Html : null, withTexts ? c.Text : null, c.TextDerived, c.Preheader, c.Version, c.Digest,
        JsonSerializer.Deserialize(c.Variables, StoredJson.Default.ListString)!, removed);

    /// <summary>Recipients by state.</summary>
    public static CountsView Counts(CounterSum c) =>
        new(c.Total, c.Pending, c.Handed, c.Sent, c.Failed, c.Uncertain, c.Suppressed, c.Cancelled, c.Expired, c.Retrying);
}
