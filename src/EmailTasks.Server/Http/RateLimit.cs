using System.Collections.Concurrent;

namespace EmailTasks.Server.Http;

/// <summary>
/// Calls a key may make within a sliding window: those of this window, and of the last one as much as still lies within.
/// Nothing is stored: a restart forgives, which is cheaper than a write for every read.
/// </summary>
public sealed class RateLimit(int calls, TimeSpan window)
{
    /// <summary>
    /// Calls in <see cref="WindowSeconds"/>. A command line in a loop makes some 50 a second; one that makes ten times
    /// as many for long has run away, and would keep everybody else from the one writer.
    /// </summary>
    public const int Calls = 5_000;

    /// <summary>Short enough that who waits it out loses little.</summary>
    public const int WindowSeconds = 10;

    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentDictionary<string, Counter> _counters = new(StringComparer.Ordinal);

    /// <summary>The limit unless told.</summary>
    public static RateLimit Default() => new(Calls, TimeSpan.FromSeconds(WindowSeconds));

    /// <summary>Counts a call; answers how long to wait when it is one too many, which is then not counted.</summary>
    /// <param name="key">The key's id.</param>
    /// <param name="now">A time that never goes back.</param>
    public TimeSpan? Take(string key, TimeSpan now)
    {
        var counter = _counters.GetOrAdd(key, static _ => new Counter());
        lock (counter)
        {
            var at = now.Ticks / window.Ticks;
            if (at != counter.Window) (counter.Last, counter.Now, counter.Window) = (at == counter.Window + 1 ? counter.Now : 0, 0, at);
            var past = (double)(now.Ticks % window.Ticks) / window.Ticks;
            if (counter.Last * (1 - past) + counter.Now + 1 > calls) return Wait(counter, past);
            counter.Now++;
            return null;
        }
    }

    /// <summary>
    /// How long until one call fits. At a window's end what it held still counts in full, so waiting for the end alone was
    /// once not enough: a caller that kept to Retry-After was refused again.
    /// </summary>
    private TimeSpan Wait(Counter counter, double past)
    {
        var windows = counter.Now < calls ? 1 - (double)(calls - 1 - counter.Now) / counter.Last - past : 1 - past + 1 - (double)(calls - 1) / counter.Now;
        return window * windows + Rounding;
    }

    private sealed class Counter
    {
        public long Window { get; set; } = long.MinValue / 2;
        public int Last { get; set; }
        public int Now { get; set; }
    }
}
