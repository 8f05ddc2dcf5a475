using System.Net;

namespace EmailTasks.Server.Hosting;

/// <summary>The server's own arguments; `noxinfluencer serve` passes them on.</summary>
internal static class CommandLine
{
    /// <summary>Where the connection string may stand instead of the command line, which every user of the machine can read.</summary>
    private const string DatabaseVariable = "NOXINFLUENCER_DATABASE";

    /// <summary>Where the passphrase of an export may stand instead of standard input; never on the command line.</summary>
    public const string PassphraseVariable = "NOXINFLUENCER_EXPORT_PASSPHRASE";

    private const int DnsPort = 53;

    /// <summary>The database of the environment, or null.</summary>
    public static string? KnownDatabase => Environment.GetEnvironmentVariable(DatabaseVariable) is { Length: > 0 } known ? known : null;

    /// <summary>Reads them, or says in a sentence what is wrong.</summary>
    public static (ServerOptions? Options, string? Problem) Read(string[] args)
    {
        string? data = null, url = "http://127.0.0.1:7025", publicUrl = null, config = null, dns = null, role = null, state = null;
        var database = KnownDatabase;
        bool login = false, allowPrivate = false, proxy = false;
        for (var i = 0; i < args.Length; i++)
        {
            var (name, inline) = args[i].Split('=', 2) is [var n, var v] ? (n, v) : (args[i], null);
            string? Value() => inline ?? (i + 1 < args.Length ? args[++i] : null);
            switch (name)
            {
                case "--data": data = Value(); break;
                case "--urls": url = Value(); break;
                case "--public-url": publicUrl = Value(); break;
                case "--database": database = Value(); break;
                case "--state": state = Value(); break;
                case "--role": role = Value(); break;
                case "--dns": dns = Value(); break;
                case "--config": config = Value(); break;
                case "--login": login = true; break;
                case "--allow-private-hosts": allowPrivate = true; break;
                case "--behind-proxy": proxy = true; break;
                default: return (null, $"serve does not know {args[i]}.");
            }
        }
        if (string.IsNullOrEmpty(data)) return (null, "serve needs --data DIR.");
        if (Problem(url, proxy) is { } problem) return (null, problem);
        if (publicUrl is not null && !(Uri.TryCreate(publicUrl, UriKind.Absolute, out var p) && p.Scheme is "https" or "http")) return (null, "--public-url must be an http or https URL.");
        IPEndPoint? nameServer = null;
        if (dns is not null && !IPEndPoint.TryParse(dns, out nameServer)) return (null, "--dns must be an address, with a port unless that is 53: 127.0.0.1:5353.");
        if (Kind(role) is not { } node) return (null, "--role must be all, api or dispatch.");
        if (node != NodeRole.All && database is null) return (null, "--role needs --database: a data folder has one server, which does everything.");
        if (database is not null && DatabaseProblem(database) is { } wrong) return (null, wrong);
        state = Path.GetFullPath(string.IsNullOrEmpty(state) ? DefaultState : state);
        if (IsWithin(state, Path.GetFullPath(data))) return (null, "--state must not lie in the data folder: a backup that is put back would take it along.");
        if (nameServer is { Port: 0 }) nameServer.Port = DnsPort;
        return (new ServerOptions(Path.GetFullPath(data), url!, login, allowPrivate || IsLoopback(new Uri(url!)), publicUrl, proxy, config, nameServer) { Database = database, Role = node, State = state }, null);
    }

    /// <summary>Where a node's memory lies unless told: with the user's other state, else with the system's.</summary>
    internal static string DefaultState =>
        Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state ? Path.Combine(state, "email-tasks")
        : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".local", "state", "email-tasks")
        : "/var/lib/email-tasks";

    private static bool IsWithin(string path, string folder) =>
        (Path.TrimEndingDirectorySeparator(path) + Path.DirectorySeparatorChar).StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static NodeRole? Kind(string? role) => role switch { null or "all" => NodeRole.All, "api" => NodeRole.Api, "dispatch" => NodeRole.Dispatch, _ => null };

    /// <summary>What is wrong with a connection string, or null; never quotes it.</summary>
    public static string? DatabaseProblem(string database)
    {
        const string Example = "Host=127.0.0.1;Username=email_tasks;Password=…;Database=email_tasks";
        try
        {
            var settings = new Npgsql.NpgsqlConnectionStringBuilder(database);
            return string.IsNullOrEmpty(settings.Host) ? $"--database must name a host: {Example}" : null;
        }
        catch (ArgumentException)
        {
            return $"--database must be a PostgreSQL connection string: {Example}"; // not the text itself: it may hold a password
        }
    }

    private static string? Problem(string? url, bool proxy)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) return "--urls must be one http URL, e.g. http://127.0.0.1:7025.";
        if (uri.Scheme == "https") return "The server speaks http; put a TLS proxy before it and say --behind-proxy.";
        return IsLoopback(uri) || proxy ? null : "Plain http only to loopback: keys would travel readable. Use a TLS proxy and --behind-proxy.";
    }

    private static bool IsLoopback(Uri uri) => uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
