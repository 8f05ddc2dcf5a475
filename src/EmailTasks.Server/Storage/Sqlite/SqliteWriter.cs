using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EmailTasks.Server.Storage.Sqlite;

/// <summary>
/// The one writer: a thread that takes operations in turn, begin and finish first, and commits them in groups. Each has
/// a savepoint of its own, so one that fails or is a dry run leaves no trace in the others. Answers leave after COMMIT.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    /// <summary>Operations in one commit: enough to share a disk flush, few enough that nobody waits long.</summary>
    private const int GroupOperations = 500;

    /// <summary>Milliseconds a group may run before it commits.</summary>
    private const int GroupMilliseconds = 5;

    private readonly SqliteConnection _connection;
    private readonly KeptStatements _statements;
    private readonly SqliteClock _clock;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly Queue<WriteOperation> _first = new();
    private readonly Queue<WriteOperation> _then = new();
    private readonly SemaphoreSlim _waiting = new(0);
    private bool _stopping;

    public SqliteWriter(SqliteConnection connection, SqliteClock clock)
    {
        _connection = connection;
        _statements = new KeptStatements(connection);
        _clock = clock;
        _thread = new Thread(Run) { IsBackground = true, Name = "sqlite writer" };
        _thread.Start();
    }

    /// <summary>Queues a body. <paramref name="keep"/> tells from its answer whether the change stays.</summary>
    public Task<T> Write<T>(Func<Db, ValueTask<T>> body, Func<T, bool> keep, bool first)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var operation = new WriteOperation<T>(body, keep, done);
        lock (_gate)
        {
            if (_stopping)
            {
                done.SetException(new StoreUnavailableException("The server is stopping.", new ObjectDisposedException(nameof(SqliteWriter))));
                return done.Task;
            }
            (first ? _first : _then).Enqueue(operation);
        }
        _waiting.Release();
        return done.Task;
    }

    /// <summary>Finishes what is queued, then stops.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping) return;
            _stopping = true;
        }
        _waiting.Release();
        _thread.Join();
        _statements.Dispose();
        _waiting.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _waiting.Wait();
            if (Next() is not { } operation)
            {
                if (_stopping) return;
                continue;
            }
            Group(operation);
        }
    }

    private WriteOperation? Next()
    {
        lock (_gate)
        {
            return _first.TryDequeue(out var first) ? first : _then.TryDequeue(out var then) ? then : null;
        }
    }

    private void Group(WriteOperation next)
    {
        var started = Environment.TickCount64;
        var group = new List<WriteOperation>();
        try
        {
            Sql("begin immediate");
            var now = _clock.Now();
            for (WriteOperation? operation = next; operation is not null;)
            {
                group.Add(operation);
                if (!Run(operation, now))
                {
                    Fail(group, operation);
                    return;
                }
                if (group.Count >= GroupOperations || Environment.TickCount64 - started >= GroupMilliseconds || !_waiting.Wait(0)) break;
                operation = Next();
                if (operation is null) _waiting.Release(); // the wake-up of a stop: it must not be swallowed here
            }
            _clock.Persist(_connection, now);
            Sql("commit");
        }
        catch (SqliteException e)
        {
            RollBack();
            if (group.Count == 0) group.Add(next);
            foreach (var operation in group) operation.Fail(new StoreUnavailableException("The database did not take the change.", e));
            return;
        }
        foreach (var operation in group) operation.Answer();
    }

    /// <summary>Runs one operation in its savepoint; false when SQLite has thrown the whole transaction away.</summary>
    private bool Run(WriteOperation operation, long now)
    {
        Sql("savepoint op");
        operation.Run(new Db(_connection, now, Dialect.Sqlite, _statements, TransactionIsGone));
        if (TransactionIsGone()) return false;
        if (!operation.Keep) Sql("rollback to op");
        Sql("release op");
        return true;
    }

    /// <summary>
    /// A full disk or an I/O error makes SQLite roll back on its own; statements after that would commit one by one.
    /// So nothing more runs in this group: the culprit fails, the unharmed run again, once, alone.
    /// </summary>
    private void Fail(List<WriteOperation> group, WriteOperation culprit)
    {
        culprit.Gone();
        foreach (var operation in group.Where(o => o != culprit)) Alone(operation);
    }

    private void Alone(WriteOperation operation)
    {
        try
        {
            Sql("begin immediate");
            var now = _clock.Now();
            if (!Run(operation, now))
            {
                operation.Gone();
                return;
            }
            Sql("commit");
        }
        catch (SqliteException e)
        {
            RollBack();
            operation.Fail(new StoreUnavailableException("The database did not take the change.", e));
            return;
        }
        operation.Answer();
    }

    private bool TransactionIsGone() => raw.sqlite3_get_autocommit(_connection.Handle) != 0;

    private void RollBack()
    {
        if (!TransactionIsGone()) Sql("rollback");
    }

    private void Sql(string sql)
    {
        using var command = _statements.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
