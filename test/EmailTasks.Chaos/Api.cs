using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EmailTasks.Chaos;

/// <summary>An answer, and when it was there.</summary>
/// <param name="Ok">False when it was a refusal.</param>
/// <param name="Stamp">On the monotonic clock.</param>
/// <param name="Micros">UTC microseconds.</param>
internal sealed record Answer(bool Ok, JsonElement Data, long Stamp, long Micros);

/// <summary>A person at the public interface: calls whichever node answers.</summary>
internal sealed class Api(IReadOnlyList<Node> nodes, string key, Random random) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.FromSeconds(30) }) { Timeout = TimeSpan.FromMinutes(5) };
    private long _calls;

    /// <summary>The one server to call, where there is no node to pick.</summary>
    public string? Url { get; init; }

    /// <summary>Calls once; null when nobody knows what came of it.</summary>
    public Task<Answer?> Try(string method, string path, object? body = null) => Once(method, path, body, NewKey(), Patience);

    /// <summary>Calls until there is a yes; the idempotency key makes it one change.</summary>
    public async Task<Answer> Must(string method, string path, object? body = null)
    {
        var idempotencyKey = NewKey();
        for (var since = Stopwatch.GetTimestamp(); ;)
        {
            if (await Once(method, path, body, idempotencyKey, TimeSpan.FromMinutes(3)) is { } answer) return answer.Ok ? answer : throw new InvalidOperationException($"{method} {path}: {answer.Data}");
            if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromMinutes(5)) throw new TimeoutException($"No answer to {method} {path}.");
            await Task.Delay(200);
        }
    }

    public void Dispose() => _http.Dispose();

    private string NewKey() => $"chaos-{Environment.ProcessId}-{Interlocked.Increment(ref _calls)}";

    private async Task<Answer?> Once(string method, string path, object? body, string idempotencyKey, TimeSpan patience)
    {
        if (Pick() is not { } url) return null;
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(new Uri(url), method == "GET" ? path : path + (path.Contains('?') ? "&" : "?") + "dry_run=false"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (method != "GET") request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body, WithoutNulls), Encoding.UTF8, "application/json");
        try
        {
            using var limit = new CancellationTokenSource(patience);
            using var response = await _http.SendAsync(request, limit.Token);
            var text = await response.Content.ReadAsStringAsync(limit.Token);
            var (stamp, micros) = (Stopwatch.GetTimestamp(), (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            var answer = JsonDocument.Parse(text).RootElement;
            if ((int)response.StatusCode is >= 500 or 429) return null;
            return answer.GetProperty("success").GetBoolean() ? new Answer(true, answer.GetProperty("data"), stamp, micros) : new Answer(false, answer, stamp, micros);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or JsonException)
        {
            return null;
        }
    }

    private string? Pick()
    {
        if (Url is not null) return Url;
        lock (random)
        {
            var able = nodes.Where(n => n.Answers).ToList();
            return able.Count == 0 ? null : able[random.Next(able.Count)].Url;
        }
    }
}
