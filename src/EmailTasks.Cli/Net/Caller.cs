using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>What came of a call: the server's envelope, or words about why there is none.</summary>
/// <param name="Envelope">The server's answer, byte for byte; null when there is none.</param>
/// <param name="Problem">Why there is none.</param>
/// <param name="Fix">What to do about that.</param>
internal sealed record Reply(byte[]? Envelope, string Problem = "", string Fix = "")
{
    /// <summary>The HTTP status, 0 without an answer.</summary>
    public int Status { get; init; }

    /// <summary>The <c>error_code</c>, null for a success.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>How long the server wants to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True when another attempt, with the same key, may do.</summary>
    public bool MayPass => Envelope is null ? Status is 0 or >= 500 or 429 : Status is 429 or 503;
}

/// <summary>Calls the server: the same request again, with the same idempotency key, when the network or the server stumbles.</summary>
internal sealed class Caller : IDisposable
{
    private const int RetriesMax = 3;
    private const int AnswerBytesMax = 64 * 1024 * 1024;

    /// <summary>The server holds a wait for about 20 s; when it answers sooner, this is how often it is asked.</summary>
    private static readonly TimeSpan PollPause = TimeSpan.FromSeconds(1);

    private readonly HttpMessageInvoker _http;
    private readonly Trace _trace;
    private readonly string? _key;
    private readonly long _deadline;

    /// <summary>A caller for one invocation.</summary>
    public Caller(Target target, Trace trace, TimeSpan timeout)
    {
        (_trace, _key) = (trace, target.Key);
        _deadline = Stopwatch.GetTimestamp() + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
        _http = Invoker(target);
    }

    private TimeSpan Left => TimeSpan.FromSeconds(Math.Max(0, (_deadline - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency));

    /// <summary>What speaks to the server. A redirect could carry the key elsewhere, and a proxy has no business between a machine and itself.</summary>
    public static HttpMessageInvoker Invoker(Target target) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !ServerUrl.IsLoopback(new Uri(target.Url)) });

    /// <summary>A request with what every request carries.</summary>
    public static HttpRequestMessage Request(string method, string url, string? key, string accept)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), url);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        request.Headers.TryAddWithoutValidation("User-Agent", $"{Product.Name}/{Product.Version}");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return request;
    }

    /// <summary>Makes the call.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="url">The whole URL.</param>
    /// <param name="body">The body, or null.</param>
    /// <param name="idempotencyKey">The key of this invocation, null for reads.</param>
    /// <param name="waits">True to ask again while the answer is ASYNC_NOT_READY.</param>
    public Reply Call(string method, string url, byte[]? body, string? idempotencyKey, bool waits)
    {
        var retries = 0;
        Reply? notReady = null;
        for (var attempt = 1; ; attempt++)
        {
            var reply = Attempt(attempt, method, url, body, idempotencyKey);
            TimeSpan pause;
            if (waits && reply.ErrorCode == ErrorCodes.AsyncNotReady)
            {
                (notReady, retries) = (reply, 0);
                pause = reply.RetryAfter ?? PollPause;
            }
            else if (reply.MayPass && retries < RetriesMax)
            {
                pause = reply.RetryAfter ?? TimeSpan.FromMilliseconds(100 * Math.Pow(3, retries));
                retries++;
            }
            else
            {
                return reply;
            }
            if (pause >= Left) return reply.Envelope is null ? notReady ?? reply : reply;
            if (reply.ErrorCode != ErrorCodes.AsyncNotReady) _trace.Wait(pause, reply.ErrorCode ?? reply.Problem);
            Thread.Sleep(pause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Reply Attempt(int attempt, string method, string url, byte[]? body, string? idempotencyKey)
    {
        _trace.Request(attempt, method, url);
        var start = Stopwatch.GetTimestamp();
        using var limit = new CancellationTokenSource(Left);
        try
        {
            using var request = Request(method, url, body, idempotencyKey);
            using var response = _http.Send(request, limit.Token);
            var bytes = Read(response, limit.Token);
            var reply = Understand(response, bytes, out var requestId);
            _trace.Answer(attempt, method, url, (int)response.StatusCode, Stopwatch.GetElapsedTime(start).TotalMilliseconds, requestId);
            return reply;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or SocketException)
        {
            var reply = limit.IsCancellationRequested
                ? new Reply(null, "The server did not answer in time.", "Give it longer with --timeout, or look whether it is well.")
                : Words(e);
            _trace.Failure(attempt, method, url, Stopwatch.GetElapsedTime(start).TotalMilliseconds, reply.Problem);
            return reply;
        }
    }

    private HttpRequestMessage Request(string method, string url, byte[]? body, string? idempotencyKey)
    {
        var request = Request(method, url, _key, "application/json");
        if (idempotencyKey is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        // An empty body, too: without one the handler makes up to three attempts of its own behind each of ours.
        request.Content = new ByteArrayContent(body ?? []);
        if (body is not null) request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return request;
    }

    /// <summary>The whole answer, or null when it is too long.</summary>
    public static byte[]? Read(HttpResponseMessage response, CancellationToken stop)
    {
        using var stream = response.Content.ReadAsStream(stop);
        // A synchronous read does not hear a token; closing the response under it does end it.
        using var closing = stop.Register(response.Dispose);
        using var whole = new MemoryStream();
        var chunk = new byte[16 * 1024];
        for (int got; (got = stream.Read(chunk)) > 0;)
        {
            if (whole.Length + got > AnswerBytesMax) return null;
            whole.Write(chunk, 0, got);
        }
        stop.ThrowIfCancellationRequested();
        return whole.ToArray();
    }

    /// <summary>Our envelope, or words: a proxy's page must not pass for an answer.</summary>
    public static Reply Understand(HttpResponseMessage response, byte[]? bytes, out string? requestId)
    {
        requestId = null;
        var status = (int)response.StatusCode;
        var after = RetryAfter(response);
        try
        {
            if (bytes is not null && status is < 300 or >= 400)
            {
                using var document = JsonDocument.Parse(bytes);
                var root = document.RootElement;
                if (Show.Json.At(root, "success").ValueKind is var success and (JsonValueKind.True or JsonValueKind.False))
                {
                    requestId = Show.Json.Text(root, "meta", "request_id");
                    var code = Show.Json.Text(root, "error_code");
                    if (success == JsonValueKind.True ? status < 300 : code is not null && status >= 400)
                        return new Reply(bytes) { Status = status, ErrorCode = success == JsonValueKind.True ? null : code, RetryAfter = after };
                }
            }
        }
        catch (JsonException)
        {
        }
        return status is >= 300 and < 400
            ? new Reply(null, $"The server answered with a redirect ({status}); redirects are not followed.", "Give the right address with --server or NOXINFLUENCER_SERVER_URL.") { Status = status }
            : new Reply(null, $"What answered (status {status}) is no Email Tasks server, or a proxy stands in between.", "Look at the address: --server, NOXINFLUENCER_SERVER_URL, HTTPS_PROXY.") { Status = status, RetryAfter = after };
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is not { } header) return null;
        var wait = header.Delta ?? header.Date - TimeProvider.System.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : null;
    }

    /// <summary>Why no answer came.</summary>
    public static Reply Words(Exception e)
    {
        const string look = "Look whether it runs and whether the address is right.";
        return (e as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => new(null, "The server's name was not found.", "Look at the address: --server or NOXINFLUENCER_SERVER_URL."),
            HttpRequestError.SecureConnectionError => new(null, "No trusted TLS connection to the server came about.", "Look at its certificate and at the address."),
            HttpRequestError.ConnectionError => new(null, "Nobody answers at the server's address.", look),
            HttpRequestError.ProxyTunnelError => new(null, "The proxy did not let the call through.", "Look at HTTPS_PROXY and NO_PROXY."),
            _ => new(null, "The connection to the server broke.", look),
        };
    }
}
