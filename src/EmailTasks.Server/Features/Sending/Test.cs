using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Features.Content;
using EmailTasks.Server.Http;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;

namespace EmailTasks.Server.Features.Sending;

/// <summary>
/// Sends one recipient's message to somebody of the account. Not a delivery: it touches no recipient and no counter, and
/// carries no recipient's tokens. The mailbox's limits and its pause hold; its window does not, since the reader is one of us.
/// </summary>
internal static class Test
{
    public static async Task<Outcome<TestSent>> Handle(TestTask input, Call call, CancellationToken ct)
    {
        if (EmailAddress.TryParse(input.To, out var wrong) is not { } to) return Refusal.Invalid("$.to", "bad_address", $"This is no address: {wrong}.", "Write it like mia@brand.example.");
        var readAt = call.App.Time.GetTimestamp();
        var (refusal, mail) = await call.Read(db => Prepare(db, input, to, call));
        if (mail is null) return refusal!;
        if (await call.Outside(() => HandOver(mail, readAt, call, ct)) is { Refusal: { } failed }) return failed;
        return await call.Change<TestSent>(async db =>
        {
            await ContentRows.Tested(db, mail.Task.Id, mail.Content.Digest, call.Uid);
            var delivery = mail.Mailbox.Kind == "pickup" ? "files" : "smtp";
            var answer = new TestSent(mail.Task.Id, to.Text, RecipientIds.Of(mail.Row.SetId, mail.Row.Seq), mail.Text.Subject, delivery, mail.Content.Version, Changed: true);
            var said = delivery == "files"
                ? Said.Of($"Test mail for {to.Text} written to files; nothing left this machine. No number changed.", $"A test mail for {to.Text} would be written to files; nothing would leave this machine.")
                : Said.Of($"Test mail to {to.Text} accepted by the mail server. No number changed.", $"A test mail would be sent to {to.Text}.");
            return Outcome<TestSent>.Done(answer, said, NextStep.Of(SendingOps.Send, mail.Task.Id), mail.Task.Id);
        });
    }

    /// <summary>Everything that can be said without sending: the dry run refuses what the real call would.</summary>
    private static async ValueTask<(Refusal? Refusal, TestLetter? Mail)> Prepare(Db db, TestTask input, EmailAddress to, Call call)
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return (Refusal.NotFound("task", input.TaskId, "task_id"), null);
        if (!await IsOurs(db, call.Account, to))
            return (Refusal.Invalid("$.to", "foreign_address", "A test goes only to a member's or a mailbox's own address.", "Use your own address; list mailboxes with `mailbox list`."), null);
        if (task.ContentVersion == 0) return (Refusal.State("The task has no content yet.", $"Save some: {NextStep.Of(ContentOps.Save, task.Id).WithBody()}"), null);
        var mailbox = task.Mailbox is null ? null : await MailboxRows.Load(db, call.Account, task.Mailbox);
        if (mailbox is null) return (Refusal.State("The task has no sender yet.", $"Choose one: {NextStep.Of(MailboxOps.UpdateSender, task.Id).WithBody()}"), null);
        if (KeyLimits.Mailbox(call.Key, mailbox.Id) is { } bound) return (bound.At(""), null);
        if (await StandstillRows.Load(db) is { } pause) return (Refusal.State(pause.Detail, pause.Next), null);
        if (mailbox.PausedReason is not null) return (Refusal.State($"The mailbox is paused. {mailbox.HealthProblem}", $"{mailbox.HealthFix} Then: {NextStep.Of(MailboxOps.Resume, mailbox.Id)}"), null);
        if (Limited(await Permits(db, mailbox), db.Now) is { } limited) return (limited, null);
        var byId = input.Recipient?.StartsWith("rcp_", StringComparison.Ordinal) == true;
        var row = input.Recipient is null ? await RecipientRows.First(db, task.SetId) : await Recipients.Lookup.Find(db, task, byId ? input.Recipient : null, byId ? null : input.Recipient);
        if (row is null && input.Recipient is not null) return (Refusal.NotFound("recipient", TextCheck.Shown(input.Recipient), "$.recipient"), null);
        if (row is null) return (Refusal.State("The task has no recipients yet.", $"Add some: {NextStep.Of(RecipientOps.Add, task.Id).WithBody()}"), null);
        var renderer = await Rendering.OfDraft(db, call.App, task, mailbox, Untracked);
        var tokens = Tokens(call);
        var rendered = renderer.Render(Rendering.Recipient(row), tokens);
        if (rendered.Text is not { } text) return (Refusal.State(rendered.Problems[0].Problem, rendered.Problems[0].Fix), null);
        return (null, new TestLetter(task, mailbox, (await ContentRows.Load(db, task.Id, task.ContentVersion))!, row, renderer, text, tokens, to));
    }

    /// <summary>A Message-ID of its own, so that a second test is not taken for the first; the opt-out names nobody.</summary>
    private static MessageTokens Tokens(Call call) => 
        MessageTokens.Inert with { MessageId = $"test{call.App.Ids.New("x")[2..]}".PadRight(MessageTokens.Length, 'a') };

    /// <summary>Both List headers whenever they could be there: what comes back of them shows whether the mail server signs them (RFC 8058 §4).</summary>
    private static OwnLinks Untracked(OwnLinks links) => links with { Opens = false, Clicks = false, OneClick = PlanLinks.TakesPost(links.PublicUrl) };

    private static async ValueTask<bool> IsOurs(Db db, string account, EmailAddress to) =>
        (await MailboxRows.OwnAddresses(db, account)).Exists(a => EmailAddress.TryParse(a, out _)?.Key == to.Key);

    private static async ValueTask<Permits> Permits(Db db, MailboxRow mailbox) => Pacing.Now(mailbox.Limits, mailbox.Pace(await MailboxRows.Usage(db, mailbox.Id)), db.Now);

    private static Refusal? Limited(Permits permits, long now)
    {
        if (permits.Count > 0) return null;
        var seconds = permits.Until is { } until ? (int)Math.Clamp((until - now) / 1_000_000 + 1, 1, 86_400) : 5;
        var problem = permits.Reason switch
        {
            null => "All connections of the mailbox are in use.",
            "spacing" => "The mailbox makes a pause between two mails.",
            { } reason => $"The mailbox's {reason.Replace('_', ' ')} is used up.",
        };
        return new Refusal(ErrorCodes.RateLimited, problem) { Problems = [new("", permits.Reason ?? "connections", problem, "Try again later.")], RetryAfterSeconds = seconds, Action = new("retry", null, "Try again later.") };
    }

    /// <summary>Takes a permit, sends, and counts it into the mailbox's usage, so that its limits hold for tests and tasks together.</summary>
    private static async Task<HandedOver> HandOver(TestLetter mail, long readAt, Call call, CancellationToken ct)
    {
        var store = call.App.Store;
        var limited = await store.Write(async db =>
        {
            var mailbox = await MailboxRows.LoadAny(db, mail.Mailbox.Id);
            if (Limited(await Permits(db, mailbox!), db.Now) is { } no) return no;
            await MailboxRows.Began(db, mail.Mailbox.Id, 1);
            return null;
        });
        if (limited is not null) return new HandedOver(limited);
        SmtpVerdict? verdict = null;
        try
        {
            var recipient = new MessageRecipient(mail.To.Text, null, null);
            using var mime = mail.Renderer.BuildMime(mail.Text, recipient, mail.Tokens, call.App.Time.GetUtcNow());
            (var report, verdict) = await TestMail.Send(call.App.Mailboxes, mail.Mailbox, mime, mail.To.Text, () => !call.App.Signals.IsStopped(mail.Mailbox.Id, readAt), ct);
            return new HandedOver(verdict.Outcome == VerdictOutcome.Sent ? null : Failed(verdict, report));
        }
        finally
        {
            await store.Write(async db =>
            {
                await MailboxRows.Landed(db, mail.Mailbox.Id, 1);
                foreach (var window in PaceWindow.All.Where(w => w == PaceWindow.Minute || verdict?.BeforeData != true)) await MailboxRows.Use(db, mail.Mailbox.Id, window, 1);
                return true;
            });
        }
    }

    private static Refusal Failed(SmtpVerdict verdict, AttemptReport report)
    {
        var code = ErrorCodes.Upstream + (report.Code?.ToString() ?? verdict.Reason.ToUpperInvariant());
        var fix = verdict.Fix.Length > 0 ? verdict.Fix : "Try again, or look at the mailbox.";
        return new Refusal(code, verdict.Problem) { Problems = [new("", verdict.Reason, verdict.Problem, fix)], Action = new("fix", null, fix) };
    }
}

/// <summary>A test mail ready to be written.</summary>
internal sealed record TestLetter(
    TaskRow Task, MailboxRow Mailbox, ContentRow Content, RecipientRow Row, MessageRenderer Renderer, RenderedText Text, MessageTokens Tokens, EmailAddress To);

/// <summary>What handing a test over came to: null when the server took it.</summary>
internal sealed record HandedOver(Refusal? Refusal);
