using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EmailTasks.Cli.Tests;

/// <summary>A request as it came over the wire.</summary>
internal sealed record Seen(string Method, string Target, Dictionary<string, string> Headers, string Body);

/// <summary>What to answer. <see cref="Drop"/> closes the connection instead, <see cref="Hang"/> says nothing for long.</summary>
internal sealed record Canned(int Status, string Body)
{
    public static readonly Canned Drop = new(0, "");
    public static readonly Canned Hang = new(-1, "");

    public Dictionary<string, string> Headers { get; init; } = [];

    public string Type { get; init; } = "application/json";

    /// <summary>After the body the connection stays, as if more were to come.</summary>
    public bool Hangs { get; init; }

    public static Canned Ok(string data = "{}", string summary = "Done.") =>
        new(200, $$$"""{"success":true,"data":{{{data}}},"summary":"{{{summary}}}","next":{"command":"noxinfluencer email list"},"meta":{"request_id":"req_1","latency_ms":1.5,"server_version":"0.1.0"}}""");

    public static Canned Fails(int status, string code, string more = "") =>
        new(status, $$$"""{"success":false,"applied":false,"error_code":"{{{code}}}","summary":"Refused.","errors":[{"path":"$.name","code":"missing","problem":"$.name is missing.","fix":"Add it."}]{{{more}}},"meta":{"request_id":"req_1","latency_ms":1.5,"server_version":"0.1.0"}}""");
}

/// <summary>A server of one socket that records what it is asked and answers what it is told to.</summary>
internal sealed class FakeServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Seen, int, Canned> _answer;
    private readonly CancellationTokenSource _stop = new();

    public FakeServer(Func<Seen, int, Canned> answer)
    {
        _answer = answer;
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = Task.Run(Accept);
    }

    public FakeServer(Canned answer) : this((_, _) => answer)
    {
    }

    public string Url { get; }

    public ConcurrentQueue<Seen> Requests { get; } = [];

    public Seen Only => Assert.Single(Requests);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    private async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            var seen = await Read(stream);
            Requests.Enqueue(seen);
            var canned = _answer(seen, Requests.Count);
            if (canned == Canned.Hang) await Task.Delay(TimeSpan.FromSeconds(60), _stop.Token);
            if (canned.Status <= 0) return;
            var body = Encoding.UTF8.GetBytes(canned.Body);
            var head = new StringBuilder($"HTTP/1.1 {canned.Status} X\r\nContent-Type: {canned.Type}\r\n{(canned.Hangs ? "" : $"Content-Length: {body.Length}\r\n")}Connection: close\r\n");
            foreach (var (name, value) in canned.Headers) head.Append($"{name}: {value}\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
            await stream.WriteAsync(body);
            if (canned.Hangs) await Task.Delay(TimeSpan.FromSeconds(60), _stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or EndOfStreamException)
        {
        }
    }

    private static async Task<Seen> Read(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || !(head[^1] == '\n' && head[^3] == '\n'))
        {
            await stream.ReadExactlyAsync(one);
            head.Add(one[0]);
        }
        var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).ToDictionary(l => l[..l.IndexOf(':')], l => l[(l.IndexOf(':') + 1)..].Trim(), StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length) : 0];
        await stream.ReadExactlyAsync(body);
        var first = lines[0].Split(' ');
        return new(first[0], first[1], headers, Encoding.UTF8.GetString(body));
    }
}
