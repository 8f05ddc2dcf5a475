using Npgsql;

namespace EmailTasks.Server.Storage.Postgres;

/// <summary>
/// COMMIT, engine §4: without a cancellation token and without a command timeout, because a cancelled wait for a
/// synchronous standby <i>returns success</i>. A watchdog gives the connection up instead. Any notice during COMMIT, and
/// any end but a clean yes, counts as a lost answer: the change may or may not be there.
/// </summary>
internal sealed class PostgresCommit(TimeProvider time)
{
    /// <summary>How long a commit may take: a synchronous standby that is slower than this is a fault.</summary>
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(10);

    /// <summary>Commits and closes the connection.</summary>
    /// <exception cref="StoreUnavailableException">The answer was lost.</exception>
    public async Task Run(NpgsqlConnection connection)
    {
        string? noticed = null;
        connection.Notice += (_, e) => noticed = e.Notice.MessageText;
        var committing = Commit(connection);
        using var stop = new CancellationTokenSource();
        var first = await Task.WhenAny(committing, Task.Delay(Watchdog, time, stop.Token));
        await stop.CancelAsync();
        if (first != committing)
        {
            _ = GiveUp(connection, committing);
            throw Lost("No answer came to COMMIT.", new TimeoutException());
        }
        try
        {
            await committing;
        }
        catch (PostgresException e) when (e.SqlState != PostgresErrorCodes.InFailedSqlTransaction && !e.SqlState.StartsWith("08", StringComparison.Ordinal) && !e.SqlState.StartsWith("57", StringComparison.Ordinal))
        {
            throw; // the database said no: nothing is there
        }
        catch (Exception e)
        {
            throw Lost("The answer to COMMIT was lost.", e);
        }
        finally
        {
            await Close(connection);
        }
        if (noticed is not null) throw Lost("COMMIT was answered with a notice.", new InvalidOperationException(noticed));
    }

    /// <summary>The select fails when an earlier error was swallowed: COMMIT alone would answer such a transaction with a ROLLBACK that looks like success.</summary>
    private static async Task Commit(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("select 1; commit", connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <summary>Nobody waits for it any more. When its end does come, the connection is closed.</summary>
    private static async Task GiveUp(NpgsqlConnection connection, Task committing)
    {
        await committing.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await Close(connection);
    }

    private static async Task Close(NpgsqlConnection connection)
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException)
        {
            // It was broken already.
        }
    }

    private static StoreUnavailableException Lost(string message, Exception inner) => new(message, inner);
}
