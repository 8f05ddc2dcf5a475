using Microsoft.Data.Sqlite;

namespace EmailTasks.Server.Storage.Sqlite;

/// <summary>
/// The database's clock on one node: never earlier than what it once said, also after a restart with a wall clock that
/// was set back. The high-water mark is kept in the database.
/// </summary>
internal sealed class SqliteClock(TimeProvider time)
{
    private const string Key = "clock_high_water";

    /// <summary>How far the mark may lag behind, so that not every commit writes it.</summary>
    private const long PersistEveryMicros = 1_000_000;

    private long _last;
    private long _persisted;

    /// <summary>Takes up the mark of the last run.</summary>
    public void Load(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "select value from meta where key = @key";
        command.Parameters.AddWithValue("@key", Key);
        if (command.ExecuteScalar() is not string mark) return;
        _persisted = long.Parse(mark);
        _last = _persisted + PersistEveryMicros; // what was said since the mark was written lies before this
    }

    /// <summary>UTC microseconds: the wall, or the mark if the wall lies before it.</summary>
    public long Now()
    {
        var wall = Micros.Of(time.GetUtcNow());
        while (true)
        {
            var last = Interlocked.Read(ref _last);
            var now = Math.Max(wall, last);
            if (Interlocked.CompareExchange(ref _last, now, last) == last) return now;
        }
    }

    /// <summary>Writes the mark in the writer's transaction.</summary>
    public void Persist(SqliteConnection connection, long now)
    {
        if (now - _persisted < PersistEveryMicros) return;
        using var command = connection.CreateCommand();
        command.CommandText = "insert into meta (key, value) values (@key, @value) on conflict (key) do update set value = excluded.value";
        command.Parameters.AddWithValue("@key", Key);
        command.Parameters.AddWithValue("@value", now.ToString());
        command.ExecuteNonQuery();
        _persisted = now;
    }
}
