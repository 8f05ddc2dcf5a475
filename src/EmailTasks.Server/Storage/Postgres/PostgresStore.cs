using System.Data;
using Npgsql;

namespace EmailTasks.Server.Storage.Postgres;

/// <summary>
/// The shared store: one PostgreSQL, any number of nodes. A change is one READ COMMITTED transaction on a connection of
/// its own; row locks decide who goes first, and what loses a deadlock runs again. Only the database's clock counts.
/// </summary>
public sealed class PostgresStore : IStore
{
    /// <summary>A quarter of the pool is for changes of calls: beyond a few times the database's cores they only wait for each other.</summary>
    private const int WritersPart = 4;

    /// <summary>Three eighths are for changes that go first (begin, finish, stops): they wait for no import. The rest is read with.</summary>
    private const double FirstPart = 3.0 / 8;

    /// <summary>Runs of one change that loses deadlocks before it is refused.</summary>
    private const int RunsMax = 20;

    private const string NowMicros = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";

    /// <summary>How long a lock may be waited for; after that somebody else has a problem, and the change runs again.</summary>
    private const string LockTimeout = "10s";

    /// <summary>
    /// A node that falls silent in the middle of a change would keep its locks: behind a stopped process or a lost route the
    /// session stays open. Below a lease's ten seconds, so that its mailboxes move as if it had died.
    /// </summary>
    private const string SilenceTimeout = "8s";

    private const string BeginChange =
        $"begin isolation level read committed; set local synchronous_commit = on; set local lock_timeout = '{LockTimeout}'; set local idle_in_transaction_session_timeout = '{SilenceTimeout}'; ";

    private readonly NpgsqlDataSource _source;
    private readonly PostgresClock _clock;
    private readonly PostgresCommit _commit;
    private readonly SemaphoreSlim _writers;
    private readonly SemaphoreSlim _first;
    private readonly TimeProvider _time;
    private readonly Func<long>? _pretended;

    private PostgresStore(NpgsqlDataSource source, TimeProvider time, string? isUnsafe, Func<long>? pretended)
    {
        _pretended = pretended;
        _source = source;
        var pool = new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxPoolSize;
        _writers = new(Math.Max(1, pool / WritersPart));
        _first = new(Math.Max(1, (int)(pool * FirstPart)));
        _time = time;
        _clock = new PostgresClock(time);
        _commit = new PostgresCommit(time);
        Unsafe = isUnsafe;
    }

    /// <inheritdoc/>
    public Dialect Sql => Dialect.Postgres;

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public long Now => _pretended?.Invoke() ?? _clock.Now;

    /// <inheritdoc/>
    public string? Unsafe { get; }

    /// <inheritdoc/>
    public string? Place { get; private init; }

    /// <summary>Connects, and brings the schema up to date; one node at a time does that.</summary>
    /// <param name="pretended">For tests of what takes days: the time by which everything is judged instead of the database's.</param>
    /// <exception cref="InvalidOperationException">The database is too old, too new, or of another kind.</exception>
    public static async Task<PostgresStore> Open(string connectionString, TimeProvider time, Func<long>? pretended = null)
    {
        var source = NpgsqlDataSource.Create(PostgresConnection.Of(connectionString));
        try
        {
            await using (var connection = await source.OpenConnectionAsync()) await PostgresSchema.BringUp(connection);
            string? isUnsafe, place;
            await using (var connection = await source.OpenConnectionAsync()) (isUnsafe, place) = (await PostgresSchema.Unsafe(connection), await PostgresSchema.Place(connection));
            var store = new PostgresStore(source, time, isUnsafe, pretended) { Place = place };
            await store.Read(async db => await db.One<int>("select 1"));
            return store;
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<T> Write<T>(Func<Db, ValueTask<T>> body, Func<T, bool>? keep = null, bool first = false)
    {
        for (var run = 1; ; run++)
        {
            try
            {
                return await Once(body, keep ?? (static _ => true), first ? _first : _writers);
            }
            catch (PostgresException e) when (IsLostRace(e) && run < RunsMax)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5 * run), _time); // whoever won is done by then
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                throw new StoreUnavailableException("The database did not take the change.", e);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<T> Read<T>(Func<Db, ValueTask<T>> body)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync();
            var db = await Begin(connection, "begin isolation level repeatable read read only; ", clock: null);
            var answer = await body(db);
            db.End();
            await Run(connection, "commit");
            return answer;
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
        {
            throw new StoreUnavailableException("The database did not answer.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _source.Dispose();
        _writers.Dispose();
        _first.Dispose();
    }

    private async Task<T> Once<T>(Func<Db, ValueTask<T>> body, Func<T, bool> keep, SemaphoreSlim turn)
    {
        await turn.WaitAsync();
        var connection = default(NpgsqlConnection);
        try
        {
            connection = await _source.OpenConnectionAsync();
            var db = await Begin(connection, BeginChange, Ask);
            var answer = await body(db);
            db.End();
            if (!keep(answer))
            {
                await Run(connection, "rollback");
                return answer;
            }
            var committing = connection;
            connection = null; // the commit closes it, or gives it up
            await _commit.Run(committing);
            foreach (var action in db.Committed) Hint(action);
            return answer;
        }
        finally
        {
            turn.Release();
            if (connection is not null) await GiveBack(connection);
        }
    }

    /// <summary>Starts a transaction and asks for the time in one round trip.</summary>
    private async Task<Db> Begin(NpgsqlConnection connection, string begin, Func<Db, ValueTask<long>>? clock)
    {
        using var command = new NpgsqlCommand(begin + NowMicros, connection);
        var now = (long)(await command.ExecuteScalarAsync())!;
        _clock.Observe(now);
        return new Db(connection, _pretended?.Invoke() ?? now, Sql) { Clock = clock };
    }

    private async ValueTask<long> Ask(Db db)
    {
        var now = await db.One<long>(NowMicros);
        _clock.Observe(now);
        return _pretended?.Invoke() ?? now;
    }

    /// <summary>A pooled connection is reset when it is next used; an open transaction is rolled back there.</summary>
    private static async Task GiveBack(NpgsqlConnection connection)
    {
        try
        {
            if (connection.State == ConnectionState.Open) await Run(connection, "rollback");
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
        {
            // It is broken; closing discards it.
        }
        await connection.DisposeAsync();
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Deadlock, serialization, a lock that was not to be had: the other one went first, nothing is wrong.</summary>
    private static bool IsLostRace(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable;

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
}
