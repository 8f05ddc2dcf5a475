namespace EmailTasks.Server.Storage.Rows;

/// <summary>What a key did on a day, with what was just added.</summary>
public sealed class KeyDayRow
{
    public long Changes { get; init; }
    public long Bytes { get; init; }
    public long Tasks { get; init; }
    public long Copies { get; init; }
    public long Keys { get; init; }
}

/// <summary>Statements about what keys did on a day.</summary>
public static class KeyDayRows
{
    private const long DayMicros = 24L * 60 * 60 * 1_000_000;

    /// <summary>Days whose counts are kept beside today's; nobody asks for them.</summary>
    private const int DaysKept = 1;

    /// <summary>Adds to today's, and answers the sums.</summary>
    public static async ValueTask<KeyDayRow> Add(Db db, string keyId, KeyDayRow more) => (await db.One<KeyDayRow>(
        """
        insert into key_day (key_id, day, changes, bytes, tasks, copies, keys) values (@keyId, @day, @Changes, @Bytes, @Tasks, @Copies, @Keys)
        on conflict (key_id, day) do update set changes = key_day.changes + excluded.changes, bytes = key_day.bytes + excluded.bytes,
          tasks = key_day.tasks + excluded.tasks, copies = key_day.copies + excluded.copies, keys = key_day.keys + excluded.keys
        returning changes, bytes, tasks, copies, keys
        """,
        new { keyId, day = db.Now / DayMicros, more.Changes, more.Bytes, more.Tasks, more.Copies, more.Keys }))!;

    /// <summary>Forgets days that are over.</summary>
    public static ValueTask<int> Forget(Db db) => db.Execute(
        "delete from key_day where (key_id, day) in (select key_id, day from key_day where day < @day limit 1000)", new { day = (db.Now / DayMicros) - DaysKept });
}
