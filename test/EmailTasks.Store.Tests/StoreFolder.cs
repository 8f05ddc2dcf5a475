using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Postgres;
using EmailTasks.Server.Storage.Sqlite;
using EmailTasks.Testing;
using Microsoft.Data.Sqlite;

namespace EmailTasks.Store.Tests;

/// <summary>A data folder of its own, and the store in it.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly TimeProvider _time;
    private readonly string? _database;

    public StoreFolder(StoreKind kind, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _database = kind == StoreKind.Postgres ? PostgresCluster.NewDatabase().GetAwaiter().GetResult() : null;
        Store = Open(_time);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("email-tasks-store-").FullName;

    public IStore Store { get; private set; }

    /// <summary>Closes and opens again, by another clock if one is given.</summary>
    public void Restart(TimeProvider? time = null)
    {
        Store.Dispose();
        Store = Open(time ?? _time);
    }

    /// <summary>A scratch table.</summary>
    public async Task<StoreFolder> WithTable()
    {
        await Store.Write(db => db.Execute("create table t (id text primary key, n integer)"));
        return this;
    }

    public Task<List<string>> Ids() => Store.Read(db => db.Many<string>("select id from t order by id"));

    public static ValueTask<int> Insert(Db db, string id) => db.Execute("insert into t (id) values (@id)", new { id });

    /// <summary>Raw access, past the store.</summary>
    public object? Raw(string sql)
    {
        if (_database is not null) return PostgresCluster.Scalar(_database, sql);
        using var connection = new SqliteConnection($"Data Source={System.IO.Path.Combine(Path, "email-tasks.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Opens the store once more, or another node's.</summary>
    public IStore Open(TimeProvider time) =>
        _database is not null
            ? PostgresStore.Open(_database, TimeProvider.System, time == TimeProvider.System ? null : () => Micros.Of(time.GetUtcNow())).GetAwaiter().GetResult()
            : SqliteStore.Open(Path, time);

    public void Dispose()
    {
        Store.Dispose();
        Directory.Delete(Path, recursive: true);
    }
}

/// <summary>Holds the writer inside an operation, so that what is queued meanwhile forms one group.</summary>
internal sealed class HeldWriter : IDisposable
{
    private readonly ManualResetEventSlim _go = new(false);
    private readonly ManualResetEventSlim _there = new(false);
    private readonly Task<int> _held;

    public HeldWriter(IStore store)
    {
        // On a thread of its own: a store may run the body on the caller's.
        _held = Task.Run(() => store.Write(async db =>
        {
            _there.Set();
            _go.Wait();
            return await db.One<int>("select 1");
        }));
        _there.Wait();
    }

    public async Task Go()
    {
        _go.Set();
        await _held;
    }

    public void Dispose()
    {
        _go.Set();
        _held.Wait();
        _go.Dispose();
        _there.Dispose();
    }
}
