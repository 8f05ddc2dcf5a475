using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Sqlite;
using EmailTasks.Testing;
using Microsoft.Data.Sqlite;

namespace EmailTasks.Store.Tests;

/// <summary>A data folder of its own, and the store in it.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly TimeProvider _time;

    public StoreFolder(StoreKind kind, TimeProvider? time = null)
    {
        if (kind != StoreKind.Sqlite) throw new NotSupportedException(kind.ToString());
        _time = time ?? TimeProvider.System;
        Store = SqliteStore.Open(Path, _time);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("email-tasks-store-").FullName;

    public SqliteStore Store { get; private set; }

    /// <summary>Closes and opens again, by another clock if one is given.</summary>
    public void Restart(TimeProvider? time = null)
    {
        Store.Dispose();
        Store = SqliteStore.Open(Path, time ?? _time);
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
        using var connection = new SqliteConnection($"Data Source={System.IO.Path.Combine(Path, "email-tasks.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

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

    public HeldWriter(SqliteStore store)
    {
        _held = store.Write(async db =>
        {
            _there.Set();
            _go.Wait();
            return await db.One<int>("select 1");
        });
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
