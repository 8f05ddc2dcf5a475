using EmailTasks.Core.Tasks;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Statements over scheduled tasks.</summary>
public static class ScheduleRows
{
    /// <summary>Plans a start, or plans it anew. Guarded by what the plan saw, like a start.</summary>
    public static ValueTask<int> Plan(Db db, TaskRow task, string digest, long sendAt, long? sendUntil) => db.Execute(
        """
        update task set status = @scheduled, plan_no = plan_no + 1, plan_digest = @digest, plan_send_at = @sendAt, send_until = @sendUntil, overdue = 0,
          scheduled_actor = @Actor, scheduled_key = @KeyId, scheduled_uid = @Uid, was_scheduled_for = null, was_scheduled_actor = null, was_scheduled_uid = null, from_stopped = 0,
          version = version + 1, updated_at = @now
        where id = @Id and version = @Version and status in (@draft, @scheduled)
        """,
        new { scheduled = MailTaskStatus.Scheduled, draft = MailTaskStatus.Draft, digest, sendAt, sendUntil, now = db.Now, task.Id, task.Version, db.By?.Actor, db.By?.KeyId, db.By?.Uid });

    /// <summary>A planned start does not take place: the key that planned it has not spent it.</summary>
    public static async ValueTask GiveBack(Db db, TaskRow task)
    {
        if (task.PlanSendAt is { } at && await PlanRows.Load(db, task.Id, task.PlanNo) is { } plan) await KeyRows.GiveBack(db, plan.KeyId, task.Id, at);
    }

    /// <summary>Tasks whose time has come, oldest first; walked by time and id.</summary>
    public static ValueTask<List<TaskRow>> Due(Db db, long afterTime, string afterId, int take) => db.Many<TaskRow>(
        """
        select * from task where status = 1 and overdue = 0 and plan_send_at <= @now and (plan_send_at, id) > (@afterTime, @afterId)
        order by plan_send_at, id limit @take
        """,
        new { now = db.Now, afterTime, afterId, take });

    /// <summary>
    /// Starts a task whose time has come: the one compare-and-set by which of any number of schedulers exactly one wins.
    /// The plan was written when it was scheduled; nothing of it changes here.
    /// </summary>
    public static ValueTask<int> Start(Db db, TaskRow task) => db.Execute(
        """
        update task set status = @sending, settled = 0, paused_by = null, started_at = @now, finished_at = null, version = version + 1, updated_at = @now
        where id = @Id and version = @Version and plan_no = @PlanNo and status = @scheduled and overdue = 0 and plan_send_at <= @now and plan_send_at > @now - @late
        """,
        new { sending = MailTaskStatus.Sending, scheduled = MailTaskStatus.Scheduled, now = db.Now, late = ScheduleRules.LateMicros, task.Id, task.Version, task.PlanNo });

    /// <summary>Whether a task has waited too long.</summary>
    public static async ValueTask<bool> HasOverdue(Db db) =>
        await db.One<int?>("select 1 from task where status = 1 and overdue = 0 and plan_send_at <= @latest limit 1", new { latest = db.Now - ScheduleRules.LateMicros }) is not null;

    /// <summary>Too late to start by itself: a person decides. Written down, so that a clock set back starts nothing.</summary>
    public static ValueTask<int> MarkOverdue(Db db, int take) => db.Execute(
        """
        update task set overdue = 1, updated_at = @now
        where status = 1 and overdue = 0 and plan_send_at <= @latest and id in (select id from task where status = 1 and overdue = 0 and plan_send_at <= @latest order by plan_send_at, id limit @take)
        """,
        new { now = db.Now, latest = db.Now - ScheduleRules.LateMicros, take });
}
