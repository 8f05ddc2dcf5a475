using System.Net;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Features.Mailboxes;
using EmailTasks.Server.Features.Sending;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Wire;

namespace EmailTasks.Server.Hosting;

/// <summary>The parts of a running server, put together once.</summary>
public sealed record App(
    ServerOptions Options, IStore Store, TimeProvider Time, Ids Ids, Keyring Keys, DeliveryTokens Tokens, Signals Signals, PlanMemory Plans, MailboxAccess Mailboxes)
{
    /// <summary>How many calls a key may make.</summary>
    public RateLimit Rates { get; init; } = RateLimit.Default();

    /// <summary>How much of what is done at once.</summary>
    public WorkLimits Work { get; init; } = new(Time);

    /// <summary>How much a key may do in a day.</summary>
    public Quotas Quotas { get; init; } = Quotas.Default;

    /// <summary>What stops all dispatch when the database went back in time.</summary>
    public required Standstill Standstill { get; init; }

    /// <summary>What checks of mailboxes found.</summary>
    public CheckMemory Checks { get; } = new();
}

/// <summary>What a node does; several can share a PostgreSQL.</summary>
public enum NodeRole
{
    /// <summary>Answers calls and sends.</summary>
    All,

    /// <summary>Answers calls.</summary>
    Api,

    /// <summary>Sends.</summary>
    Dispatch,
}

/// <summary>What `serve` was told.</summary>
/// <param name="Data">The data folder.</param>
/// <param name="Url">Where it listens.</param>
/// <param name="AllowPrivateHosts">Whether mail servers on loopback and private addresses may be used.</param>
/// <param name="PublicUrl">Where recipients reach this server, or null.</param>
/// <param name="Dns">The name server to ask; the system's when null.</param>
public sealed record ServerOptions(string Data, string Url, bool Login, bool AllowPrivateHosts, string? PublicUrl, bool BehindProxy, string? ConfigPath, IPEndPoint? Dns = null)
{
    /// <summary>The connection string of the PostgreSQL to use; SQLite in the data folder when null.</summary>
    public string? Database { get; init; }

    /// <summary>Where this node remembers what it began, outside the data; null to remember nothing.</summary>
    public string? State { get; init; }

    /// <summary>What this node does.</summary>
    public NodeRole Role { get; init; } = NodeRole.All;

    /// <summary>The version, as it stands in every answer.</summary>
    public static string Version { get; } = typeof(ServerOptions).Assembly.GetName().Version?.ToString(3) ?? "0";
}
