using Npgsql;

namespace EmailTasks.Server.Storage.Postgres;

/// <summary>How this server talks to PostgreSQL, whatever the connection string leaves open.</summary>
internal static class PostgresConnection
{
    /// <summary>Connections of one node: 24 for changes that go first, 16 for other changes, 16 for reads of calls, 8 for the engine's reads and those of stops.</summary>
    private const int PoolMax = 64;

    /// <summary>Seconds to connect.</summary>
    private const int ConnectSeconds = 5;

    /// <summary>Seconds one statement may take; a change touches at most 10,000 rows. Commits have none: see <see cref="PostgresCommit"/>.</summary>
    private const int StatementSeconds = 20;

    /// <summary>Milliseconds a cancelled statement may take to end before its connection is closed.</summary>
    private const int CancellationMilliseconds = 1_000;

    /// <summary>Seconds of silence after which a connection is probed: a peer that is gone must not hold a slot for ever.</summary>
    private const int KeepAliveSeconds = 5;

    /// <summary>The statements kept prepared per connection. The product has fewer.</summary>
    private const int PreparedMax = 200;

    /// <summary>The connection string with what is ours filled in; what the operator said about places and logins stays.</summary>
    public static string Of(string given)
    {
        var settings = new NpgsqlConnectionStringBuilder(given)
        {
            ApplicationName = "email-tasks",
            Timeout = ConnectSeconds,
            CommandTimeout = StatementSeconds,
            CancellationTimeout = CancellationMilliseconds,
            TcpKeepAlive = true,
            TcpKeepAliveTime = KeepAliveSeconds,
            TcpKeepAliveInterval = 1,
            MaxAutoPrepare = PreparedMax,
            AutoPrepareMinUsages = 3,
            Enlist = false,
            IncludeErrorDetail = false, // it would quote addresses
        };
        if (!given.Contains("pool size", StringComparison.OrdinalIgnoreCase)) settings.MaxPoolSize = PoolMax;
        return settings.ConnectionString;
    }
}
