using System.Text.Json;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Why nothing is dispatched from this database, on whichever node.</summary>
/// <param name="Reason">A word.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="At">Since when, UTC microseconds.</param>
public sealed record DispatchPause(string Reason, string Detail, long At)
{
    /// <summary>The installation was exported: it goes on elsewhere.</summary>
    public const string Sealed = "sealed";

    /// <summary>What to type.</summary>
    public string Next => Reason == Sealed ? "noxinfluencer data unseal --help" : "noxinfluencer data accept-restore";
}

/// <summary>What in a task's life a restore makes doubtful. The numbers are stored.</summary>
public enum TaskDoubt
{
    None = 0,

    /// <summary>Mail of it may have left that the database does not know of.</summary>
    Open = 1,

    /// <summary>Somebody accepted that; its rows are being turned to uncertain.</summary>
    Accepted = 2,
}

/// <summary>Tasks and people in doubt.</summary>
public sealed class DoubtCount
{
    public long Tasks { get; init; }
    public long Recipients { get; init; }
}

/// <summary>Statements over the standstill: one row in <c>meta</c>, which begin reads in its own transaction.</summary>
public static class StandstillRows
{
    /// <summary>The key of the row; <see cref="MailboxRows.HoldToBegin"/> reads it with the mailbox.</summary>
    public const string Key = "dispatch_paused";

    private const string PausedBy = "restore";

    public static async ValueTask<DispatchPause?> Load(Db db) =>
        await MetaRows.Get(db, Key) is { } json ? JsonSerializer.Deserialize(json, StoredJson.Default.DispatchPause) : null;

    /// <summary>Stops dispatch. A reason that stands there stays.</summary>
    public static ValueTask<string> Set(Db db, DispatchPause pause) => MetaRows.GetOrAdd(db, Key, JsonSerializer.Serialize(pause, StoredJson.Default.DispatchPause));

    public static ValueTask<int> Lift(Db db) => db.Execute("delete from meta where key = @Key", new { Key });

    /// <summary>Whether a task is being sent, or came due, since an instant.</summary>
    public static ValueTask<bool> HasWork(Db db) => db.One<bool>(
        """
        select exists (select 1 from task where settled = 0 and status in (2, 3, 5) and status = @sending)
            or exists (select 1 from task where status = @scheduled and plan_send_at <= @now and overdue = 0)
        """,
        new { sending = MailTaskStatus.Sending, scheduled = MailTaskStatus.Scheduled, now = db.Now });

    /// <summary>
    /// Holds the tasks that were being sent when dispatch stopped, or had come due by then: while this database was away
    /// they may have gone on. Whoever starts a task later knows what is going on.
    /// </summary>
    /// <returns>How many; ask again while it is <paramref name="take"/>.</returns>
    public static async ValueTask<int> HoldTasks(Db db, long pausedAt, int take) => await Held(db, await db.Many<HeldTask>(
        """
        update task set status = @paused, paused_by = @PausedBy, doubt = @open, overdue = case status when @scheduled then 1 else overdue end,
          version = version + 1, updated_at = @now
        where id in (select id from task where (settled = 0 and status in (2, 3, 5) and status = @sending and coalesce(started_at, 0) <= @pausedAt)
          or (status = @scheduled and overdue = 0 and plan_send_at <= @pausedAt) order by id limit @take)
        returning id, account, status
        """,
        new { paused = MailTaskStatus.Paused, sending = MailTaskStatus.Sending, scheduled = MailTaskStatus.Scheduled, PausedBy, open = TaskDoubt.Open, now = db.Now, pausedAt, take }));

    /// <summary>Holds what an import brought along as being sent, and what was to start meanwhile. Nothing of it is in doubt: the source was sealed.</summary>
    public static async ValueTask<int> PauseImported(Db db, int take) => await Held(db, await db.Many<HeldTask>(
        """
        update task set status = case status when @sending then @paused else status end, paused_by = case status when @sending then @PausedBy else paused_by end,
          overdue = case status when @scheduled then 1 else overdue end, version = version + 1, updated_at = @now
        where id in (select id from task where (settled = 0 and status in (2, 3, 5) and status = @sending) or (status = @scheduled and overdue = 0 and plan_send_at <= @now) order by id limit @take)
        returning id, account, status
        """,
        new { paused = MailTaskStatus.Paused, sending = MailTaskStatus.Sending, scheduled = MailTaskStatus.Scheduled, PausedBy, now = db.Now, take }));

    /// <summary>What is in doubt: by the counters, so it costs nothing at any size.</summary>
    public static async ValueTask<DoubtCount> Count(Db db) => (await db.One<DoubtCount>(
        """
        select count(distinct t.id) as tasks, coalesce(sum(c.pending + c.handed), 0) as recipients
        from task t left join task_counter c on c.set_id = t.set_id where t.doubt = @open
        """,
        new { open = TaskDoubt.Open }))!;

    /// <summary>Somebody accepted the doubt: the sweep may turn rows to uncertain. Nobody resumes these tasks before it is through.</summary>
    public static async ValueTask<int> Accept(Db db) => await Held(db, await db.Many<HeldTask>(
        """
        update task set doubt = @accepted, status = case status when @sending then @paused else status end, paused_by = case status when @sending then @PausedBy else paused_by end,
          version = version + 1, updated_at = @now
        where doubt = @open returning id, account, status
        """,
        new { accepted = TaskDoubt.Accepted, open = TaskDoubt.Open, sending = MailTaskStatus.Sending, paused = MailTaskStatus.Paused, PausedBy, now = db.Now }));

    /// <summary>Tasks whose rows are being swept.</summary>
    public static ValueTask<List<TaskRow>> Accepted(Db db) => db.Many<TaskRow>("select * from task where doubt = @accepted order by no", new { accepted = TaskDoubt.Accepted });

    /// <summary>Every row is settled: the task ends as any other does when nobody is left.</summary>
    public static async ValueTask<int> Swept(Db db, string id)
    {
        var swept = await db.Execute(
            "update task set doubt = @none, started_at = coalesce(started_at, @now), version = version + 1, updated_at = @now where id = @id and doubt = @accepted",
            new { none = TaskDoubt.None, accepted = TaskDoubt.Accepted, now = db.Now, id });
        if (swept == 1 && await TaskRows.Hold(db, id) is { Status: MailTaskStatus.Paused } task) await TaskHolds.Lift(db, task, [Restored]);
        return swept;
    }

    private static readonly Hold Restored = new(HoldKind.Restore, PausedBy, PausedBy);

    private static async ValueTask<int> Held(Db db, List<HeldTask> tasks)
    {
        foreach (var task in tasks.Where(t => t.Status == MailTaskStatus.Paused)) await HoldRows.Add(db, task.Account, task.Id, Restored);
        return tasks.Count;
    }

    private sealed class HeldTask
    {
        public required string Id { get; init; }
        public required string Account { get; init; }
        public MailTaskStatus Status { get; init; }
    }
}
