using EmailTasks.Contracts;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>Stops and starts a mailbox by hand, and takes it away.</summary>
internal static class Control
{
    public static Task<Outcome<MailboxView>> Pause(PauseMailbox input, Call call, CancellationToken ct) => call.Change<MailboxView>(async db =>
    {
        if (await MailboxRows.Load(db, call.Account, input.SenderId) is not { } mailbox) return Refusal.NotFound("mailbox", input.SenderId, "sender_id");
        if (KeyLimits.Mailbox(call.Key, mailbox.Id) is { } bound) return bound.At("sender_id");
        var changed = await MailboxHolds.Add(db, mailbox.Id, Hold.Pause(call.Key.Who, "Somebody paused this mailbox.", "Resume it when it may send again."));
        db.AfterCommit(() => call.App.Signals.MailboxChanged(mailbox.Id, stop: true));
        var view = await View(db, call, mailbox.Id, changed);
        var said = !changed ? Said.Already("The mailbox is paused already.")
            : mailbox.PausedReason is null ? Said.Of("Mailbox paused: no mail begins through it.", "The mailbox would be paused: no mail would begin through it.")
            : Said.Of("Your pause is added; the mailbox was held already.", "Your pause would be added; the mailbox is held already.");
        return Outcome<MailboxView>.Done(view, said, NextStep.Of(MailboxOps.Get, mailbox.Id), mailbox.Id, undo: NextStep.Of(MailboxOps.Resume, mailbox.Id)).With(changed: changed);
    });

    public static async Task<Outcome<MailboxView>> Resume(ResumeMailbox input, Call call, CancellationToken ct)
    {
        var foreign = await call.Read(db => Foreign(db, call, input.SenderId));
        return await call.Change<MailboxView>(db => Resume(db, input, call, foreign));
    }

    private static async ValueTask<Outcome<MailboxView>> Resume(Db db, ResumeMailbox input, Call call, Dictionary<string, ForeignDomains> foreign)
    {
        if (await MailboxRows.Load(db, call.Account, input.SenderId) is not { } mailbox) return Refusal.NotFound("mailbox", input.SenderId, "sender_id");
        if (KeyLimits.Mailbox(call.Key, mailbox.Id) is { } bound) return bound.At("sender_id");
        var holds = await HoldRows.Of(db, mailbox.Id);
        var mine = holds.Select(h => h.Hold).Where(h => HoldRules.MayLift(h, call.Key.Who)).ToList();
        if (mine.Count == 0 && holds.Count > 0) return Sending.Holding.NotYours("mailbox", holds);
        if (mine.Count == holds.Count && await LetGo(db, call, mailbox, foreign) is { } refusal) return refusal;
        var left = await MailboxHolds.Lift(db, mailbox, mine);
        var changed = mine.Count > 0 || await MailboxRows.Healthy(db, mailbox.Id) == 1;
        db.AfterCommit(() => call.App.Signals.MailboxChanged(mailbox.Id, stop: false));
        var view = await View(db, call, mailbox.Id, changed);
        var said = !changed ? Said.Already("The mailbox is not paused.")
            : left.Count > 0 ? Sending.Holding.StillHeld("mailbox", left)
            : Said.Of("Mailbox", "resumed", ".");
        return Outcome<MailboxView>.Done(view, said, NextStep.Of(MailboxOps.Get, mailbox.Id), mailbox.Id, undo: NextStep.Of(MailboxOps.Pause, mailbox.Id)).With(changed: changed);
    }

    /// <summary>Every task that waits for this mailbox goes on with it: each is asked and counted as if it were let go by itself.</summary>
    private static async ValueTask<Refusal?> LetGo(Db db, Call call, MailboxRow mailbox, Dictionary<string, ForeignDomains> foreign)
    {
        foreach (var task in await TaskRows.SendingOn(db, mailbox.Id))
        {
            // One that was started since the snapshot was asked for its domains by its own start, on whose word it goes.
            if (await KeyLimits.LetGo(db, call, task, foreign.GetValueOrDefault(task.Id, ForeignDomains.None)) is { } refusal) return refusal;
        }
        return null;
    }

    private static async ValueTask<Dictionary<string, ForeignDomains>> Foreign(Db db, Call call, string mailbox)
    {
        var found = new Dictionary<string, ForeignDomains>(StringComparer.Ordinal);
        if (call.Key.Go.Domains is null) return found;
        foreach (var task in await TaskRows.SendingOn(db, mailbox)) found[task.Id] = await GoRows.Foreign(db, task.SetId, call.Key.Go.Domains);
        return found;
    }

    private static async ValueTask<MailboxView> View(Db db, Call call, string id, bool changed) =>
        Read.View(call, (await MailboxRows.Load(db, call.Account, id))!, changed) with { Holds = Sending.Holding.Views(await HoldRows.Of(db, id)) };

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
