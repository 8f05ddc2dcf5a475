using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace EmailTasks.Cli.Net;

/// <summary>
/// Reads server-sent events until the server says <c>end</c>. A stream that broke is asked for again, a bounded number of
/// times in a row: the server begins each with the present state, so nothing is missed.
/// </summary>
internal sealed class EventReader(Target target, Trace trace, TimeSpan timeout) : IDisposable
{
    /// <summary>Failures in a row; with the pauses between them some 25 s, in which a server restarts.</summary>
    private const int FailuresMax = 8;

    /// <summary>An event of ours is below 2 KB.</summary>
    private const int LineBytesMax = 1024 * 1024;

    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    /// <summary>The server gives a sign of life every 15 s; three missed ones mean that it, or the way to it, is gone.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(45);

    private readonly HttpMessageInvoker _http = Caller.Invoker(target);
    private readonly long _start = Stopwatch.GetTimestamp();

    private TimeSpan Left => timeout - Stopwatch.GetElapsedTime(_start);

    /// <summary>True when the time given ran out.</summary>
    public bool TimedOut { get; private set; }

    /// <summary>Reads to the end: its envelope, or why there is none.</summary>
    /// <param name="change">Takes each event's data; false ends the reading.</param>
    public Reply Read(string url, Func<byte[], bool> change)
    {
        for (var failures = 1; ; failures++)
        {
            var stop = false;
            var reply = Once(url, failures, data =>
            {
                failures = 0;
                stop = !change(data);
                return !stop;
            });
            if (stop || (reply.Envelope is not null && !reply.MayPass)) return reply;
            var pause = reply.RetryAfter ?? TimeSpan.FromMilliseconds(Math.Min(PauseMax.TotalMilliseconds, 100 * Math.Pow(2, failures)));
            TimedOut = pause >= Left;
            if (TimedOut || failures >= FailuresMax || !reply.MayPass) return reply;
            trace.Wait(pause, reply.ErrorCode ?? reply.Problem);
            Thread.Sleep(pause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Reply Once(string url, int attempt, Func<byte[], bool> change)
    {
        trace.Request(attempt, "GET", url);
        var start = Stopwatch.GetTimestamp();
        using var limit = new CancellationTokenSource();
        Arm(limit);
        try
        {
            using var request = Caller.Request("GET", url, target.Key, "text/event-stream, application/json");
            request.Content = new ByteArrayContent([]); // as in Caller: without it the handler makes attempts of its own
            using var response = _http.Send(request, limit.Token);
            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            {
                trace.Answer(attempt, "GET", url, (int)response.StatusCode, Stopwatch.GetElapsedTime(start).TotalMilliseconds, null);
                return Events(response, limit, change);
            }
            var reply = Caller.Understand(response, Caller.Read(response, limit.Token), out var requestId);
            trace.Answer(attempt, "GET", url, (int)response.StatusCode, Stopwatch.GetElapsedTime(start).TotalMilliseconds, requestId);
            return reply;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            var reply = limit.IsCancellationRequested ? new Reply(null, "The server fell silent.", "Look whether it runs and whether the address is right.") : Caller.Words(e);
            trace.Failure(attempt, "GET", url, Stopwatch.GetElapsedTime(start).TotalMilliseconds, reply.Problem);
            return reply;
        }
    }

    private void Arm(CancellationTokenSource limit) =>
        limit.CancelAfter(Left < SilenceMax ? (Left > TimeSpan.Zero ? Left : TimeSpan.FromMilliseconds(1)) : SilenceMax);

    private Reply Events(HttpResponseMessage response, CancellationTokenSource limit, Func<byte[], bool> change)
    {
        using var stream = response.Content.ReadAsStream(limit.Token);
        using var closing = limit.Token.Register(response.Dispose); // a synchronous read does not hear a token
        var (name, data) = ("", new List<byte>());
        foreach (var line in Lines(stream, limit))
        {
            if (line.Length == 0)
            {
                if (name == "end") return new Reply([.. data]) { Status = 200 };
                if (name == "change" && !change([.. data])) return new Reply(null);
                (name, data) = ("", []);
            }
            else if (line.AsSpan().StartsWith("event: "u8)) name = Encoding.UTF8.GetString(line.AsSpan(7));
            else if (line.AsSpan().StartsWith("data: "u8)) data.AddRange(line.AsSpan(6));
        }
        limit.Token.ThrowIfCancellationRequested();
        return new Reply(null, "The connection to the server broke.", "Look whether it runs and whether the address is right.");
    }

    private IEnumerable<byte[]> Lines(Stream stream, CancellationTokenSource limit)
    {
        var chunk = new byte[4096];
        var line = new List<byte>();
        for (int got; (got = stream.Read(chunk)) > 0;)
        {
            Arm(limit);
            for (var i = 0; i < got; i++)
            {
                if (chunk[i] == '\n')
                {
                    yield return [.. line];
                    line.Clear();
                }
                else if (line.Count < LineBytesMax) line.Add(chunk[i]);
            }
        }
    }
}
