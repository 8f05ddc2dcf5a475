using System.Net;

namespace EmailTasks.Server.Hosting;

/// <summary>The server's own arguments; `noxinfluencer serve` passes them on.</summary>
internal static class CommandLine
{
    private const int DnsPort = 53;

    /// <summary>Reads them, or says in a sentence what is wrong.</summary>
    public static (ServerOptions? Options, string? Problem) Read(string[] args)
    {
        string? data = null, url = "http://127.0.0.1:7025", publicUrl = null, config = null, dns = null;
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
        if (nameServer is { Port: 0 }) nameServer.Port = DnsPort;
        return (new ServerOptions(Path.GetFullPath(data), url!, login, allowPrivate || IsLoopback(new Uri(url!)), publicUrl, proxy, config, nameServer), null);
    }

    private static string? Problem(string? url, bool proxy)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")) return "--urls must be one http URL, e.g. http://127.0.0.1:7025.";
        if (uri.Scheme == "https") return "The server speaks http; put a TLS proxy before it and say --behind-proxy.";
        return IsLoopback(uri) || proxy ? null : "Plain http only to loopback: keys would travel readable. Use a TLS proxy and --behind-proxy.";
    }

    private static bool IsLoopback(Uri uri) => uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
