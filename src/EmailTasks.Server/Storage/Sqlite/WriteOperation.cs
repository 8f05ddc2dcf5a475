using Microsoft.Data.Sqlite;

namespace EmailTasks.Server.Storage.Sqlite;

/// <summary>One queued change: run in a savepoint, answered after the commit.</summary>
internal abstract class WriteOperation
{
    public bool Keep { get; protected set; }

    public abstract void Run(Db db);

    public abstract void Answer();

    /// <summary>Its transaction is gone: whatever the body made of that, nothing of it is there.</summary>
    public abstract void Gone();

    public abstract void Fail(Exception e);
}

/// <inheritdoc/>
internal sealed class WriteOperation<T>(Func<Db, ValueTask<T>> body, Func<T, bool> keep, TaskCompletionSource<T> done) : WriteOperation
{
    private T? _answer;
    private Exception? _error;
    private Db? _db;

    public override void Run(Db db)
    {
        _db = db;
        _error = null;
        Keep = false;
        try
        {
            var running = body(db);
            if (!running.IsCompleted) throw new InvalidOperationException("A change body awaited something other than its transaction.");
            _answer = running.GetAwaiter().GetResult();
            Keep = keep(_answer);
        }
        catch (Exception e)
        {
            _error = e;
        }
        finally
        {
            db.End();
        }
    }

    public override void Answer()
    {
        if (_error is SqliteException sqlite) done.TrySetException(new StoreUnavailableException("The database did not take the change.", sqlite));
        else if (_error is not null) done.TrySetException(_error);
        else
        {
            if (Keep) foreach (var action in _db!.Committed) Hint(action);
            done.TrySetResult(_answer!);
        }
    }

    public override void Gone()
    {
        if (_error is null) Fail(new StoreUnavailableException("The database threw the change away.", new InvalidOperationException("The transaction is gone.")));
        else Answer();
    }

    /// <summary>The change is durable and its answer is yes, whatever comes of the hint; whoever misses it finds the rows.</summary>
    private static void Hint(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            System.Diagnostics.Trace.TraceError(e.ToString());
        }
    }

    public override void Fail(Exception e) => done.TrySetException(e);
}
