namespace EmailTasks.Server.Storage.Rows;

/// <summary>When tasks stood still. A task that was paused for a week has not tried anybody for a week: that time is taken off the 48 hours.</summary>
public static class PauseRows
{
    public static ValueTask<int> Begin(Db db, string task, long version, string pausedBy) => db.Execute(
        "insert into task_pause (task, version, at, paused_by) values (@task, @version, @now, @pausedBy)", new { task, version, now = db.Now, pausedBy });

    public static ValueTask<int> End(Db db, string task) =>
        db.Execute("update task_pause set ended_at = @now where task = @task and ended_at is null", new { task, now = db.Now });

    /// <summary>How long a task stood still since an instant at which it was sending, microseconds.</summary>
    public static async ValueTask<long> Since(Db db, string task, long instant)
    {
        var pauses = await db.Many<PauseRow>("select at, ended_at from task_pause where task = @task and at >= @instant", new { task, instant });
        return pauses.Sum(p => (p.EndedAt ?? db.Now) - p.At);
    }

    private sealed class PauseRow
    {
        public long At { get; init; }
        public long? EndedAt { get; init; }
    }
}
