using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Keys;

/// <summary>
/// What ending a right leaves behind. What was planned by it waits for a person where the planner's word no longer counts;
/// what is being sent goes on unless the caller says that it stops with the right.
/// </summary>
internal static class Ending
{
    private const int Shown = 20;

    /// <summary>Looks, holds what is being sent if asked to, and says so.</summary>
    /// <param name="waits">Whether what was planned waits for a person now.</param>
    public static async ValueTask<SetGoingView> Of(Db db, Call call, List<SetGoing> tasks, bool waits, bool pause)
    {
        var sending = tasks.FindAll(t => t.Status is MailTaskStatus.Sending or MailTaskStatus.Paused);
        var paused = 0;
        foreach (var task in pause ? sending : [])
        {
            if (!await TaskHolds.Add(db, task.Id, Hold.Pause(call.Key.Who, "Paused when the right by which it was sent ended.", "Look at it, then resume or cancel it."))) continue;
            paused++;
            db.AfterCommit(() => call.App.Signals.TaskStopped(task.Id));
        }
        var scheduled = tasks.FindAll(t => t.Status == MailTaskStatus.Scheduled);
        return new SetGoingView(scheduled.Count, [.. scheduled.Take(Shown).Select(View)], waits, sending.Count, [.. sending.Take(Shown).Select(View)], paused);
    }

    /// <summary>The same behind the sentence of what ended; nothing where nothing is left behind.</summary>
    public static Said Say(Said said, SetGoingView s)
    {
        var planned = Plural.Of(s.ScheduledCount, "scheduled task");
        var running = Plural.Of(s.SendingCount, "task");
        return said
            .And(s.ScheduledCount > 0 && s.ScheduledWaits, $"{planned} of it wait{(s.ScheduledCount == 1 ? "s" : "")} for a person now.", $"{planned} of it would wait for a person.")
            .And(s.ScheduledCount > 0 && !s.ScheduledWaits, $"{planned} of it start{(s.ScheduledCount == 1 ? "s" : "")} as planned.", $"{planned} of it would start as planned.")
            .And(s.SendingCount > 0 && s.PausedCount == 0, $"{running} of it {(s.SendingCount == 1 ? "is" : "are")} being sent: that goes on (--pause holds it).", $"{running} of it {(s.SendingCount == 1 ? "is" : "are")} being sent: that would go on (--pause holds it).")
            .And(s.PausedCount > 0, $"{s.PausedCount} of {running} being sent paused.", $"{s.PausedCount} of {running} being sent would be paused.");
    }

    private static SetGoingTask View(SetGoing t) => new(t.Id, t.Name, TaskDecisions.Word(t.Status), Micros.At(t.PlanSendAt));
}
