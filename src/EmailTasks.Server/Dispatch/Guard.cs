using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// Asked by every finish, in its transaction and after its counters: whether so many recipients of the task are refused
/// for good that it must stop. Then nobody begins after this commit, and a person has to look.
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
        return await TaskRows.Pause(db, task, "guard", Note(task, guard, sum, domains)) == 1;
    }

    private static PauseNote Note(string task, BounceGuard guard, GuardSum sum, IReadOnlyList<DomainRefusals> domains)
    {
        var where = domains.Count == 0 ? "" : $", most of the latest at {string.Join(", ", domains.Select(d => $"{d.Domain} ({d.Refused})"))}";
        return new PauseNote(
            Reason,
            $"Refused for good: {sum.Hard} of {sum.Results} so far ({Percent(sum.Hard * BounceGuard.Whole / sum.Results)}; the account stops at {Percent(guard.ShareParts)}){where}.",
            $"Look at them: noxinfluencer email recipients list {task} --state failed. If the list is sound: noxinfluencer email resume {task}; if not: noxinfluencer email cancel {task}.");
    }

    private static string Percent(long parts) => parts % 100 == 0 ? $"{parts / 100} %" : $"{parts / 100}.{parts % 100:00} %";
}
