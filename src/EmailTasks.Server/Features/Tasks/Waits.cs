using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Tasks;

/// <summary>
/// Why a task does not move, and when its next mail leaves. Read from rows, never from what a dispatcher remembers, so
/// that every node answers the same.
/// </summary>
/// <param name="Why">Null when nothing holds it.</param>
/// <param name="NextMailAt">Null when it is now, or nobody knows.</param>
/// <param name="Overdue">Scheduled, and too late to start by itself.</param>
internal sealed record Waits(WaitingView? Why, DateTimeOffset? NextMailAt, bool Overdue)
{
    /// <summary>All dispatch stands still.</summary>
    public const string Restore = "restore";

    private static readonly Waits None = new(null, null, false);

    /// <summary>Reads it.</summary>
    public static async ValueTask<Waits> Of(Db db, TaskRow task, MailboxRow? mailbox, CounterSum counts)
    {
        if (task.Status is MailTaskStatus.Scheduled or MailTaskStatus.Sending or MailTaskStatus.Paused && await StandstillRows.Load(db) is { } pause)
            return new Waits(new WaitingView(Restore, null, $"{pause.Detail} Nothing is sent before an admin has said so: {pause.Next}"), null, task.Overdue);
        return await Moving(db, task, mailbox, counts);
    }

    private static ValueTask<Waits> Moving(Db db, TaskRow task, MailboxRow? mailbox, CounterSum counts) => task.Status switch
    {
        MailTaskStatus.Scheduled => Scheduled(db, task, mailbox),
        MailTaskStatus.Sending when mailbox is not null && counts.Pending > 0 => Sending(db, task, mailbox, counts),
        MailTaskStatus.Paused when task is { PausedBy: "guard", PausedReason: { } held } =>
            ValueTask.FromResult(new Waits(new WaitingView(held, null, $"{task.PausedProblem} {task.PausedFix}".Trim()), null, false)),
        MailTaskStatus.Draft or MailTaskStatus.Sending or MailTaskStatus.Paused or MailTaskStatus.Sent or MailTaskStatus.Cancelled => ValueTask.FromResult(None),
    };

    private static async ValueTask<Waits> Scheduled(Db db, TaskRow task, MailboxRow? mailbox)
    {
        if (task.PlanSendAt is not { } due) return None;
        if (due > db.Now) return new Waits(null, Opens(mailbox, Micros.At(due)), false);
        if (task.Overdue || ScheduleRules.IsOverdue(due, db.Now)) return new Waits(null, null, true);
        return (await DueTasks.Look(db, task)).Block is { } block
            ? new Waits(new WaitingView(block.Reason, Micros.At(block.Until), block.Fix), null, false)
            : new Waits(null, Opens(mailbox, Micros.At(db.Now)), false);
    }

    private static DateTimeOffset? Opens(MailboxRow? mailbox, DateTimeOffset at)
    {
        var window = mailbox is null ? null : MailboxWindow.Of(mailbox);
        if (window is null) return at;
        return window.Open(at) is { } open ? (open.From > at ? open.From : at) : null;
    }

    private static async ValueTask<Waits> Sending(Db db, TaskRow task, MailboxRow mailbox, CounterSum counts)
    {
        if (await Holds(db, mailbox) is { } why) return new Waits(why, mailbox.Health == MailboxHealth.Failing ? null : why.Until, false); // a try is no mail
        if (counts.Retrying < counts.Pending || await RecipientRows.NextDue(db, task.SetId) is not { } due || due <= db.Now) return None;
        return new Waits(new WaitingView("backoff", Micros.At(due), "The mail servers refused everybody who is left for now; they are tried again by themselves."), Micros.At(due), false);
    }

    /// <summary>What keeps the mailbox from beginning a mail.</summary>
    private static async ValueTask<WaitingView?> Holds(Db db, MailboxRow mailbox)
    {
        var resume = $"{NextStep.Of(MailboxOps.Resume, mailbox.Id)}";
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
}
