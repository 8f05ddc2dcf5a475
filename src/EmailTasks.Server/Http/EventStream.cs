using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>What a slice tells as it happens.</summary>
/// <param name="Items">One item with each change; null where it looked and nothing had changed.</param>
/// <param name="End">What the last item comes to.</param>
public sealed record EventStream<T>(IAsyncEnumerable<T?> Items, Func<T, Outcome<T>> End)
    where T : class;

/// <summary>Items of a stream as JSON, and what it came to.</summary>
internal sealed record EventBytes(IAsyncEnumerable<byte[]?> Items, Func<Answer> End);

/// <summary>
/// Writes server-sent events: <c>change</c> with data, <c>end</c> with an envelope, and a comment now and then, by which
/// both sides notice that the other is gone. A stream that ends without <c>end</c> broke; whoever comes back begins with
/// the present state, so <c>Last-Event-ID</c> needs no answer.
/// </summary>
internal sealed class EventWriter(HttpContext http, TimeProvider time)
{
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(15);

    private long _written = time.GetTimestamp();
    private int _number;

    /// <summary>Writes items until they end or <paramref name="ended"/> says that the caller may no longer see them; answers why, or null.</summary>
    /// <param name="ended">Asked before each item and each beat.</param>
    public async Task<Refusal?> Run(IAsyncEnumerable<byte[]?> items, Func<Task<Refusal?>> ended)
    {
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // a proxy must not keep events back
        await foreach (var item in items)
        {
            if (item is null && time.GetElapsedTime(_written) < BeatEvery) continue;
            if (await ended() is { } refusal) return refusal;
            await Write(item is null ? ": still here\n\n"u8.ToArray() : Event("change", item));
        }
        return null;
    }

    /// <summary>The last event.</summary>
    public Task End(byte[] envelope) => Write(Event("end", envelope));

    private byte[] Event(string name, byte[] data) => [.. Encoding.ASCII.GetBytes($"id: {++_number}\nevent: {name}\ndata: "), .. data, (byte)'\n', (byte)'\n'];

    private async Task Write(byte[] bytes)
    {
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        _written = time.GetTimestamp();
    }
}

/// <summary>How many streams are open: each looks into the database a few times a second.</summary>
internal sealed class OpenStreams
{
    /// <summary>All together; some 700 small reads a second.</summary>
    public const int Most = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);
    private int _open;

    /// <summary>Takes a place for a key, or says why there is none.</summary>
    public (IDisposable? Place, Refusal? Refusal) Take(string key)
    {
        lock (_gate)
        {
            var has = _keys.GetValueOrDefault(key);
            if (has >= Limits.StreamsPerKey) return (null, Quotas.Streams());
            if (_open >= Most) return (null, Refusals.TooManyStreams());
            _keys[key] = has + 1;
            _open++;
            return (new Place(this, key), null);
        }
    }

    private void GiveBack(string key)
    {
        lock (_gate)
        {
            _open--;
            if (--_keys[key] == 0) _keys.Remove(key);
        }
    }

    private sealed class Place(OpenStreams streams, string key) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) streams.GiveBack(key);
        }
    }
}
