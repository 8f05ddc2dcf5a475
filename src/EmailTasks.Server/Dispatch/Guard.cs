using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// Asked by every finish, in its transaction and after its counters: whether so many recipients of the task are refused
/// for good that it must stop. Then nobody begins after this commit, and a person has to look. Whoever of it was not mailed
/// is held from then on, whatever task they come back in; and a list that is cut into small tasks stops its mailbox.
/// </summary>
internal static class Guard
{
    /// <summary>What a task that it stopped is said to wait for.</summary>
    public const string Reason = "bounce_guard";

    private const int DomainsNamed = 3;

    /// <summary>Judges a task; true when it stopped it.</summary>
    /// <param name="upTo">The furthest recipient that has a result; the refusals are not far behind.</param>
    public static async ValueTask<bool> Judge(Db db, string task, long upTo)
    {
        if (await GuardRows.Sum(db, task) is not { } sum) return false;
        var guard = new BounceGuard(sum.BounceShare, sum.BounceMinimum);
        if (!guard.Trips(sum.Results, sum.Hard)) return false;
        var domains = await GuardRows.Domains(db, sum.SetId, upTo, SmtpVerdicts.HardReasons, DomainsNamed);
        // A task that was cancelled a moment before is held no more, but its people are: they may come back in a copy.
        var stopped = sum.Status != MailTaskStatus.Cancelled && await TaskHolds.Add(db, task, Note(task, guard, sum, domains));
        await HeldRows.Hold(db, sum.Account, sum.SetId, task);
        return stopped;
    }

    /// <summary>Judges a mailbox by the same minimum and share, over all its tasks and 24 hours, when more than one of them is refused; asked where somebody was just refused for good.</summary>
    public static async ValueTask JudgeMailbox(Db db, string id)
    {
        if (await MailboxRows.LoadAny(db, id) is not { } mailbox || (await GateRows.Account(db, mailbox.Account))?.Guard is not { } guard) return;
        var sum = await RefusalRows.Sum(db, mailbox);
        if (sum.Tasks < 2 || !guard.Trips(sum.Results, sum.Hard)) return;
        var hold = Hold.Guard(Reason,
            $"Refused for good through this mailbox in 24 hours: {sum.Hard} of {sum.Results} ({Percent(sum.Hard * BounceGuard.Whole / sum.Results)}; the account stops at {Percent(guard.ShareParts)}).",
            "Look at them (email recipients list <task_id> --state failed). If the lists are sound, a person resumes the mailbox.");
        if (await MailboxHolds.Add(db, id, hold)) await HeldRows.HoldOpenTasks(db, mailbox.Account, id);
    }

    private static Hold Note(string task, BounceGuard guard, GuardSum sum, IReadOnlyList<DomainRefusals> domains)
    {
        var where = domains.Count == 0 ? "" : $", most of the latest at {string.Join(", ", domains.Select(d => $"{d.Domain} ({d.Refused})"))}";
        return Hold.Guard(
            Reason,
            $"Refused for good: {sum.Hard} of {sum.Results} so far ({Percent(sum.Hard * BounceGuard.Whole / sum.Results)}; the account stops at {Percent(guard.ShareParts)}){where}.",
            $"Look at them: noxinfluencer email recipients list {task} --state failed. If the list is sound, a person resumes it: noxinfluencer email resume {task}; if not: noxinfluencer email cancel {task}.");
    }

    private static string Percent(long parts) => parts % 100 == 0 ? $"{parts / 100} %" : $"{parts / 100}.{parts % 100:00} %";
}
