using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>Stops and starts a mailbox by hand, and takes it away.</summary>
internal static class Control
{
    public static Task<Outcome<MailboxView>> Pause(PauseMailbox input, Call call, CancellationToken ct) => call.Change<MailboxView>(async db =>
    {
        if (await MailboxRows.Load(db, call.Account, input.SenderId) is not { } mailbox) return Refusal.NotFound("mailbox", input.SenderId, "sender_id");
        if (KeyLimits.Mailbox(call.Key, mailbox.Id) is { } bound) return bound.At("sender_id");
        var changed = await MailboxRows.Pause(db, mailbox.Id, "paused_by_user", "Somebody paused this mailbox.", "Resume it when it may send again.", null, byPerson: true) == 1;
        db.AfterCommit(() => call.App.Signals.MailboxChanged(mailbox.Id, stop: true));
        var now = await MailboxRows.Load(db, call.Account, mailbox.Id);
        return Outcome<MailboxView>.Done(Read.View(call, now!, changed), changed ? Said.Of("Mailbox paused: no mail begins through it.", "The mailbox would be paused: no mail would begin through it.") : Said.Already("The mailbox is paused already."),
            NextStep.Of(MailboxOps.Get, mailbox.Id), mailbox.Id, undo: NextStep.Of(MailboxOps.Resume, mailbox.Id)).With(changed: changed);
    });

    public static Task<Outcome<MailboxView>> Resume(ResumeMailbox input, Call call, CancellationToken ct) => call.Change<MailboxView>(async db =>
    {
        if (await MailboxRows.Load(db, call.Account, input.SenderId) is not { } mailbox) return Refusal.NotFound("mailbox", input.SenderId, "sender_id");
        if (KeyLimits.Mailbox(call.Key, mailbox.Id) is { } bound) return bound.At("sender_id");
        var changed = await MailboxRows.Healthy(db, mailbox.Id, liftPause: true) == 1;
        db.AfterCommit(() => call.App.Signals.MailboxChanged(mailbox.Id, stop: false));
        var now = await MailboxRows.Load(db, call.Account, mailbox.Id);
        return Outcome<MailboxView>.Done(Read.View(call, now!, changed), changed ? Said.Of("Mailbox", "resumed", ".") : Said.Already("The mailbox is not paused."), NextStep.Of(MailboxOps.Get, mailbox.Id), mailbox.Id, undo: NextStep.Of(MailboxOps.Pause, mailbox.Id)).With(changed: changed);
    });

    public static Task<Outcome<MailboxDeleted>> Disconnect(DisconnectMailbox input, Call call, CancellationToken ct) => call.Change<MailboxDeleted>(async db =>
    {
        if (await MailboxRows.Load(db, call.Account, input.SenderId) is not { } mailbox) return Refusal.NotFound("mailbox", input.SenderId, "sender_id");
        var running = await TaskRows.RunningOn(db, mailbox.Id);
        if (running > 0) return Refusal.State($"{Plural.Of(running, "running task")} still need this mailbox.", "Cancel them, or wait until they are sent.");
        await MailboxRows.Disconnect(db, mailbox.Id);
        db.AfterCommit(() => call.App.Signals.MailboxChanged(mailbox.Id, stop: true));
        return Outcome<MailboxDeleted>.Done(new MailboxDeleted(mailbox.Id, true), Said.Of($"{mailbox.Address} disconnected; its secrets are erased.", $"{mailbox.Address} would be disconnected and its secrets erased."), objectId: mailbox.Id);
    });
}
