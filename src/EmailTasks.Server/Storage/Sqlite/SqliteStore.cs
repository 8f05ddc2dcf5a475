using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace EmailTasks.Server.Storage.Sqlite;

/// <summary>
/// The embedded store: one file, one writer, many readers. WAL with <c>synchronous=FULL</c>, because a commit that was
/// acknowledged must be there after a power cut: a mail may have left on its strength.
/// </summary>
public sealed class SqliteStore : IStore
{
    /// <summary>Idle read connections kept; more readers open their own for the moment.</summary>
    private const int ReadersKept = 8;

    /// <summary>The database's file in its folder.</summary>
    public const string FileName = "email-tasks.db";

    private readonly FolderLock _lock;
    private readonly SqliteConnection _write;
    private readonly SqliteWriter _writer;
    private readonly SqliteClock _clock;
    private readonly string _readString;
    private readonly ConcurrentBag<SqliteConnection> _readers = [];

    private SqliteStore(string folder, FolderLock folderLock, SqliteConnection write, SqliteClock clock)
    {
        Folder = folder;
        _lock = folderLock;
        _write = write;
        _clock = clock;
        _writer = new SqliteWriter(write, clock);
        _readString = new SqliteConnectionStringBuilder { DataSource = write.DataSource, Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ToString();
    }

    /// <summary>The data folder.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public Dialect Sql => Dialect.Sqlite;

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <inheritdoc/>
    public string? Unsafe => null;

    /// <inheritdoc/>
    public string? Place => FolderStamp.Of(Folder);

    /// <inheritdoc/>
    public long Now => _clock.Now();

    /// <summary>Opens (and makes) the database of a data folder, brings it up to date, and holds the folder.</summary>
    public static SqliteStore Open(string folder, TimeProvider time)
    {
        PrivateFile.Folder(folder);
        var folderLock = FolderLock.Take(folder);
        SqliteConnection? connection = null;
        try
        {
            var path = Path.Combine(folder, FileName);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            connection.Open();
            if (OperatingSystem.IsLinux()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Pragmas(connection);
            Migrate(connection);
            var clock = new SqliteClock(time);
            clock.Load(connection);
            return new SqliteStore(folder, folderLock, connection, clock);
        }
        catch
        {
            connection?.Dispose();
            folderLock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<T> Write<T>(Func<Db, ValueTask<T>> body, Func<T, bool>? keep = null, bool first = false) =>
        _writer.Write(body, keep ?? (static _ => true), first);

    /// <inheritdoc/>
    public async Task<T> Read<T>(Func<Db, ValueTask<T>> body)
    {
        var connection = _readers.TryTake(out var kept) ? kept : OpenReader();
        try
        {
            using var snapshot = connection.BeginTransaction(deferred: true);
            return await body(new Db(connection, Now, Sql));
        }
        finally
        {
            if (_readers.Count < ReadersKept) _readers.Add(connection);
            else connection.Dispose();
        }
    }

    /// <summary>Finishes what is queued and closes.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        while (_readers.TryTake(out var reader)) reader.Dispose();
        _write.Dispose();
        _lock.Dispose();
    }

    private SqliteConnection OpenReader()
    {
        var connection = new SqliteConnection(_readString);
        connection.Open();
        Run(connection, "pragma query_only = on; pragma mmap_size = 268435456; pragma temp_store = memory");
        return connection;
    }

    private static void Pragmas(SqliteConnection connection)
    {
        Run(connection, "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory; pragma cache_size = -65536; pragma wal_autocheckpoint = 4000");
        using var command = connection.CreateCommand();
        command.CommandText = "select (select journal_mode from pragma_journal_mode) || (select synchronous from pragma_synchronous)";
        if (command.ExecuteScalar() as string != "wal2") throw new InvalidOperationException("The database refuses WAL with synchronous=FULL; without it a power cut could send mails twice.");
    }

    private static void Migrate(SqliteConnection connection)
    {
        var done = Scalar(connection, "pragma user_version");
        foreach (var (number, sql) in Migrations.All.Where(m => m.Number > done))
        {
            Run(connection, $"begin immediate; {sql}; pragma user_version = {number}; commit");
        }
        if (done > Migrations.All[^1].Number)
            throw new InvalidOperationException($"The database is of a newer version (schema {done}). Use the server that made it, or a newer one.");
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
