using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>What an answer means beyond its recipient: the mailbox rests or fails, the task is held.</summary>
internal sealed record Effect(string Mailbox, string? PausedTask, MailboxEffect Kind, string Reason, string Problem, string Fix, TimeSpan? PauseFor, bool IsHealthy = false)
{
    /// <summary>The effect of a verdict, or null when it has none.</summary>
    public static Effect? Of(string mailbox, string? task, SmtpVerdict v)
    {
        var pausedTask = v.Task == TaskEffect.Pause ? task : null;
        return v.Mailbox == MailboxEffect.None && pausedTask is null ? null : new Effect(mailbox, pausedTask, v.Mailbox, v.Reason, v.Problem, v.Fix, v.PauseFor);
    }

    /// <summary>The mailbox does not connect.</summary>
    public static Effect Failing(string mailbox, SmtpVerdict v) => new(mailbox, null, MailboxEffect.Failing, v.Reason, v.Problem, v.Fix, null);

    /// <summary>The mailbox works again.</summary>
    public static Effect Healthy(string mailbox) => new(mailbox, null, MailboxEffect.None, "", "", "", null, IsHealthy: true);

    /// <summary>Final refusals one after the other at several providers speak of the sender, not of the recipients.</summary>
    public static Effect SenderSuspected(string mailbox) => new(mailbox, null, MailboxEffect.Pause, "sender_suspected",
        "Five mails in a row were refused for good by several providers.", "Look at the refusals (email recipients list --state failed): content, reputation or set-up may be the cause.", null);

    /// <summary>Writes it.</summary>
    public async ValueTask<bool> Apply(Db db, double jitter)
    {
        if (IsHealthy) await MailboxRows.Healthy(db, Mailbox);
        if (PausedTask is not null) await TaskHolds.Add(db, PausedTask, Hold.Guard(Reason, Problem, Fix));
        if (Kind == MailboxEffect.Pause) await MailboxHolds.Add(db, Mailbox, Hold.Guard(Reason, Problem, Fix, PauseFor is { } pause ? db.Now + (long)pause.TotalMicroseconds : null));
        if (Kind != MailboxEffect.Failing) return true;
        var failures = (await MailboxRows.LoadAny(db, Mailbox))?.Failures ?? 0;
        await MailboxRows.Failing(db, Mailbox, Reason, Problem, Fix, db.Now + (long)HealthBackoff.Next(failures + 1, jitter).TotalMicroseconds);
        return true;
    }
}
