using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EmailTasks.Testing;

/// <summary>
/// A small name server on 127.0.0.1, UDP and TCP on one port, as a resolver would answer: aliases are followed. Names that were
/// not told are NXDOMAIN; names that were told something of another kind have no such record.
/// </summary>
public sealed class TestDns : IAsyncDisposable
{
    private const int UdpBytes = 512;

    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener _tcp;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, DnsZone> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentQueue<(string Name, DnsType Type, bool Tcp)> _asked = new();
    private readonly Task[] _loops;

    private TestDns()
    {
        while (true)
        {
            _tcp = new TcpListener(IPAddress.Loopback, 0);
            _tcp.Start();
            try
            {
                _udp.Bind(_tcp.LocalEndpoint);
                break;
            }
            catch (SocketException)
            {
                _tcp.Stop();   // somebody has the number for UDP
            }
        }
        _loops = [Task.Run(UdpAsync), Task.Run(TcpAsync)];
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_tcp.LocalEndpoint;

    /// <summary>What was asked, in order.</summary>
    public IReadOnlyCollection<(string Name, DnsType Type, bool Tcp)> Asked => _asked;

    public static TestDns Start() => new();

    /// <summary>TXT records; each is cut into strings of 255 bytes.</summary>
    public TestDns Txt(string name, params string[] records) => With(name, z => z.Texts.AddRange(records));

    public TestDns Address(string name, params string[] addresses) => With(name, z => z.Addresses.AddRange(addresses.Select(IPAddress.Parse)));

    /// <summary>CNAME.</summary>
    public TestDns Alias(string name, string target) => With(name, z => z.Alias = target);

    /// <summary>SERVFAIL.</summary>
    public TestDns Broken(string name) => With(name, z => z.IsBroken = true);

    /// <summary>No answer at all.</summary>
    public TestDns Silent(string name) => With(name, z => z.IsSilent = true);

    /// <summary>Answers by TCP only, whatever its length.</summary>
    public TestDns Truncated(string name) => With(name, z => z.IsTruncated = true);

    /// <summary>Bytes that are no answer.</summary>
    public TestDns Garbled(string name) => With(name, z => z.IsGarbled = true);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Stop();
        await Task.WhenAll(_loops);
        _stop.Dispose();
    }

    private TestDns With(string name, Action<DnsZone> change)
    {
        change(_names.GetOrAdd(name, _ => new DnsZone()));
        return this;
    }

    private async Task UdpAsync()
    {
        var buffer = new byte[4096];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var got = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                if (Answer(buffer.AsSpan(0, got.ReceivedBytes), tcp: false) is { } answer) await _udp.SendToAsync(answer, got.RemoteEndPoint, _stop.Token);
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
            }
            catch (SocketException)
            {
                // Whoever asked has gone.
            }
        }
    }

    private async Task TcpAsync()
    {
        var talks = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                talks.Add(TalkAsync(await _tcp.AcceptTcpClientAsync(_stop.Token)));
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
            }
        }
        await Task.WhenAll(talks);
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var own = client;
        try
        {
            var stream = client.GetStream();
            var length = new byte[2];
            while (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, _stop.Token) == 2)
            {
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(question, _stop.Token);
                if (Answer(question, tcp: true) is not { } answer) return;
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync(length.Concat(answer).ToArray(), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
        {
            // Whoever asked has gone, or the test is over.
        }
    }

    private byte[]? Answer(ReadOnlySpan<byte> question, bool tcp)
    {
        var (name, type, end) = DnsMessage.Question(question);
        _asked.Enqueue((name, type, tcp));
        var zone = _names.GetValueOrDefault(name);
        if (zone is { IsSilent: true }) return null;
        if (zone is { IsGarbled: true }) return [.. question[..2], 0xff, 0xff, 0xff];
        var head = question[..end];
        if (zone is null) return DnsMessage.Answer(head, DnsMessage.NameError, []);
        if (zone.IsBroken) return DnsMessage.Answer(head, DnsMessage.ServerFailure, []);
        var records = new List<byte[]>();
        var at = name;
        for (var hops = 0; zone?.Alias is { } alias && hops < 8; hops++)
        {
            records.Add(DnsMessage.Record(at, DnsType.Cname, DnsMessage.Name(alias)));
            (at, zone) = (alias, _names.GetValueOrDefault(alias));
        }
        if (zone is not null) records.AddRange(zone.Records(at, type));
        var answer = DnsMessage.Answer(head, zone is null ? DnsMessage.NameError : DnsMessage.NoError, records);
        return !tcp && (answer.Length > UdpBytes || _names[name].IsTruncated) ? DnsMessage.Answer(head, DnsMessage.TruncatedFlag, []) : answer;
    }
}
