using System.Data;
using System.Data.Common;
using System.Globalization;
using Dapper;
using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Storage;

/// <summary>
/// A connection inside one transaction (or one read snapshot). Bodies await nothing but its methods, may run again, and
/// take their time from <see cref="Now"/>.
/// </summary>
/// <param name="now">The transaction's instant, UTC microseconds; the database's clock, not the caller's.</param>
/// <param name="sql">How this database says what databases say differently.</param>
/// <param name="statements">The same connection with its statements kept, where there is one.</param>
/// <param name="isGone">Whether the database has thrown the transaction away: a statement would then commit by itself.</param>
public sealed class Db(DbConnection connection, long now, Dialect sql, DbConnection? statements = null, Func<bool>? isGone = null)
{
    private List<Action>? _afterCommit;
    private volatile bool _ended;

    static Db()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(bool));
        SqlMapper.AddTypeHandler(new Flags());
    }

    /// <summary>The transaction's instant, UTC microseconds.</summary>
    public long Now { get; private set; } = now;

    /// <summary>On whose word this change is made; null for the machine's own. Rows that keep who did it take it from here, so none can forget it.</summary>
    public Who? By { get; set; }

    /// <summary>How this database says what databases say differently.</summary>
    public Dialect Sql => sql;

    /// <summary>Behind a select in a change: nobody else changes these rows before it ends. Nothing in a read.</summary>
    public string ForUpdate => Clock is null ? "" : sql.ForUpdate;

    /// <summary>Behind a select in a change: these rows stay as they are until it ends.</summary>
    public string ForShare => Clock is null ? "" : sql.ForShare;

    /// <summary>Asks for the time again where another transaction may have been waited for: what a lock guards is judged by the time after it.</summary>
    public async ValueTask Renew()
    {
        if (Clock is { } clock) Now = await clock(this);
    }

    /// <summary>
    /// Changes of one account wait for each other, on whichever node: its audit is a chain, and what they check (bounds,
    /// positions, the same content) must still hold when they write. First of all locks.
    /// </summary>
    public async ValueTask Serialise(string account)
    {
        if (ForUpdate.Length == 0) return;
        await One<string>($"select id from account where id = @account {ForUpdate}", new { account });
        await Renew();
    }

    /// <summary>How to ask a database that is shared for its time; null where the time stands still in a transaction.</summary>
    internal Func<Db, ValueTask<long>>? Clock { get; init; }

    /// <summary>The connection, for the few statements that need more than Dapper.</summary>
    public DbConnection Connection => Usable(connection);

    /// <summary>What to do once the change is durable, e.g. wake the dispatcher.</summary>
    public void AfterCommit(Action action) => (_afterCommit ??= []).Add(action);

    /// <summary>Actions asked for so far.</summary>
    internal IReadOnlyList<Action> Committed => _afterCommit ?? [];

    /// <summary>The body is through. One that went astray must not write into somebody else's transaction.</summary>
    internal void End() => _ended = true;

    private DbConnection Statements => Usable(statements ?? connection);

    /// <summary>The first row, or default.</summary>
    public async ValueTask<T?> One<T>(string sql, object? args = null) => await Statements.QueryFirstOrDefaultAsync<T>(sql, args);

    /// <summary>All rows.</summary>
    public async ValueTask<List<T>> Many<T>(string sql, object? args = null) => (await Statements.QueryAsync<T>(sql, args)).AsList();

    /// <summary>Rows as they come, for scans that must not be held in memory.</summary>
    public IEnumerable<T> Scan<T>(string sql, object? args = null) => Statements.Query<T>(sql, args, buffered: false);

    /// <summary>Changes rows; answers how many.</summary>
    public async ValueTask<int> Execute(string sql, object? args = null) => await Statements.ExecuteAsync(sql, args);

    /// <summary>Flags are stored as 0 and 1, which both databases have; a condition may also answer true or false.</summary>
    private sealed class Flags : SqlMapper.TypeHandler<bool>
    {
        public override void SetValue(IDbDataParameter parameter, bool value)
        {
            parameter.DbType = DbType.Int64;
            parameter.Value = value ? 1L : 0L;
        }

        public override bool Parse(object value) => value is bool answer ? answer : Convert.ToInt64(value, CultureInfo.InvariantCulture) != 0;
    }

    private DbConnection Usable(DbConnection wanted) =>
        _ended || isGone?.Invoke() == true ? throw new InvalidOperationException("The transaction has ended: nothing may be written behind it.") : wanted;
}

/// <summary>Instants as they are stored.</summary>
public static class Micros
{
    /// <summary>UTC microseconds of an instant.</summary>
    public static long Of(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The instant.</summary>
    public static DateTimeOffset At(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    /// <summary>The instant, or null.</summary>
    public static DateTimeOffset? At(long? micros) => micros is { } value ? At(value) : null;
}
