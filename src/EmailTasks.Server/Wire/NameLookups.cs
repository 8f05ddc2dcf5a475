using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using EmailTasks.Core.Dns;

namespace EmailTasks.Server.Wire;

/// <summary>
/// Asks a name server: the one that was named, else the system's, read afresh each time because networks change. A name server that
/// refuses, fails or is silent is an answer too; nothing here throws but a cancellation.
/// </summary>
/// <param name="server">The name server; null for the system's.</param>
public sealed class NameLookups(IPEndPoint? server)
{
    /// <summary>One answer; a resolver that walks a slow zone needs a few seconds.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    /// <summary>A lost datagram is asked for once more.</summary>
    private const int Repeats = 1;

    /// <summary>TXT records looked at for one name: a real domain has some dozens.</summary>
    private const int RecordsMax = 200;

    /// <summary>Characters of one record; longer ones are nobody's and are cut, which makes them unreadable.</summary>
    private const int RecordMax = 8_192;

    /// <summary>Addresses of one host that are tried, one after the other; a real one has a few.</summary>
    private const int AddressesMax = 16;

    private volatile Kept? _kept;

    /// <summary>Waits for one answer; shorter in tests.</summary>
    public TimeSpan Limit { get; init; } = AnswerLimit;

    /// <summary>Whether names of mail servers are asked here too, or of the system with its hosts file.</summary>
    public bool IsOwn => server is not null;

    /// <summary>The TXT records of a name; aliases are followed by the name server.</summary>
    public async Task<TxtAnswer> TextsAsync(string name, CancellationToken ct)
    {
        if (await AskAsync(name, QueryType.TXT, ct) is not { } answer) return TxtAnswer.Failed;
        if (answer.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain) return TxtAnswer.NoSuchName;
        if (answer.HasError) return TxtAnswer.Failed;
        return TxtAnswer.Of([.. answer.Answers.OfType<TxtRecord>().Take(RecordsMax).Select(Joined)]);
    }

    /// <summary>The addresses of a host; none when it has none.</summary>
    /// <exception cref="SocketException">The name server does not answer.</exception>
    public async Task<IPAddress[]> AddressesAsync(string host, CancellationToken ct)
    {
        if (!IsOwn || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return [.. (await System.Net.Dns.GetHostAddressesAsync(host, ct)).Take(AddressesMax)];
        var answers = await Task.WhenAll(AskAsync(host, QueryType.A, ct), AskAsync(host, QueryType.AAAA, ct));
        if (Array.TrueForAll(answers, a => a is null or { HasError: true, Header.ResponseCode: not DnsHeaderResponseCode.NotExistentDomain })) throw new SocketException((int)SocketError.TryAgain);
        return [.. answers.OfType<IDnsQueryResponse>().SelectMany(a => a.Answers.OfType<AddressRecord>()).Select(r => r.Address).Take(AddressesMax)];
    }

    private async Task<IDnsQueryResponse?> AskAsync(string name, QueryType type, CancellationToken ct)
    {
        try
        {
            if (Client() is not { } client) return null;
            return await client.QueryAsync(name, type, cancellationToken: ct);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // Silent, refused, malformed, a name that is none: nothing is known either way.
            return null;
        }
    }

    /// <summary>One client as long as the name servers stay the same: it keeps connections.</summary>
    private LookupClient? Client()
    {
        NameServer[] servers = server is null ? [.. NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false)] : [new NameServer(server)];
        if (servers.Length == 0) return null;
        var key = string.Join(' ', servers.Select(s => $"{s.Address}:{s.Port}"));
        if (_kept is { } kept && kept.Key == key) return kept.Client;
        var client = new LookupClient(new LookupClientOptions(servers) { UseCache = false, Timeout = Limit, Retries = Repeats, ThrowDnsErrors = false, UseTcpFallback = true, Recursion = true });
        _kept = new Kept(key, client);
        return client;
    }

    private sealed record Kept(string Key, LookupClient Client);

    private static string Joined(TxtRecord record)
    {
        var text = string.Concat(record.Text);
        return text.Length > RecordMax ? text[..RecordMax] : text;
    }
}
