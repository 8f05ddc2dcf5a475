using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>
/// Holds and lets go tasks. A started task is <c>paused</c> exactly while something holds it; begin reads only that status.
/// </summary>
public static class TaskHolds
{
    /// <summary>
    /// Holds a task that was started and is not over. Also one that stands still already: somebody who lifts the other hold
    /// must not lift this one with it.
    /// </summary>
    /// <returns>True when this hold is new.</returns>
    public static async ValueTask<bool> Add(Db db, string id, Hold hold)
    {
        if (await TaskRows.Hold(db, id) is not { Status: MailTaskStatus.Sending or MailTaskStatus.Paused } task) return false;
        if (!await HoldRows.Add(db, task.Account, id, hold)) return false;
        await Show(db, task, [.. (await HoldRows.Of(db, id)).Select(h => h.Hold)]);
        return true;
    }

    /// <summary>Lifts holds of a task; when none is left, it goes on, and the guard counts from here.</summary>
    /// <returns>What still holds it.</returns>
    public static async ValueTask<IReadOnlyList<Hold>> Lift(Db db, TaskRow task, IReadOnlyCollection<Hold> lifted)
    {
        await HoldRows.Lift(db, task.Id, lifted);
        if (lifted.Any(h => h.Kind == HoldKind.Guard))
        {
            await GuardRows.Forgive(db, task.Id);
            await RefusalRows.ForgiveTask(db, task.Id);
            await HeldRows.Lift(db, task.Account, task.Id);
        }
        List<Hold> left = [.. (await HoldRows.Of(db, task.Id)).Select(h => h.Hold)];
        await Show(db, task, left);
        return left;
    }

    /// <summary>Writes what the set says into the task's row: status, and the hold that is named first.</summary>
    private static async ValueTask Show(Db db, TaskRow task, List<Hold> holds)
    {
        var first = HoldRules.First(holds);
        var pausedBy = first is null ? null : HoldRules.PausedBy(first);
        var next = first is null ? MailTaskStatus.Sending : MailTaskStatus.Paused;
        var version = await db.One<long?>(
            """
            update task set status = @next, paused_by = @pausedBy, paused_reason = @reason, paused_problem = @problem, paused_fix = @fix, version = version + 1, updated_at = @now
            where id = @Id and status in (@sending, @paused) returning version
            """,
            new
            {
                task.Id, next, pausedBy, reason = first is { By: null } ? first.Reason : null, problem = first?.Problem, fix = first?.Fix,
                sending = MailTaskStatus.Sending, paused = MailTaskStatus.Paused, now = db.Now,
            });
        if (version is null || next == task.Status) return;
        if (next == MailTaskStatus.Paused) await PauseRows.Begin(db, task.Id, version.Value, pausedBy!);
        else await PauseRows.End(db, task.Id);
    }
}
