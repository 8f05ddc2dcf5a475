namespace EmailTasks.Core.Dispatch;

/// <summary>A rolling window, kept as buckets so that any stretch of its length holds at most its limit.</summary>
/// <param name="Id">The number it is stored under.</param>
/// <param name="BucketSeconds">One bucket's length.</param>
/// <param name="Buckets">Buckets that count: the window and one more, because the oldest may lie half inside.</param>
/// <param name="Reason">What waiting for it is called.</param>
public sealed record PaceWindow(int Id, int BucketSeconds, int Buckets, string Reason)
{
    public static readonly PaceWindow Minute = new(0, 5, 14, "minute_limit");
    public static readonly PaceWindow Hour = new(1, 60, 61, "hour_limit");
    public static readonly PaceWindow Day = new(2, 600, 145, "day_limit");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PaceWindow> All { get; } = [Minute, Hour, Day];

    /// <summary>The bucket an instant (UTC microseconds) falls into.</summary>
    public long Bucket(long micros) => micros / 1_000_000 / BucketSeconds;

    /// <summary>The oldest bucket that still counts.</summary>
    public long Oldest(long micros) => Bucket(micros) - Buckets + 1;

    /// <summary>When a bucket stops counting, UTC microseconds.</summary>
    public long FreeAt(long bucket) => (bucket + Buckets) * BucketSeconds * 1_000_000;

    /// <summary>The limit of this window at an instant; only a day's changes with time, while a mailbox warms up.</summary>
    public int? LimitOf(PaceLimits limits, long now) => Id switch { 0 => limits.PerMinute, 1 => limits.PerHour, _ => limits.PerDayAt(now) };
}

/// <summary>Mails that left within one bucket.</summary>
public sealed record UsageBucket(int Window, long Bucket, long Count);

/// <summary>
/// What left within the rolling windows. It forgets what no longer counts, so instants asked about must not go back; a
/// forecast asks a million times, so the sums are kept and not counted.
/// </summary>
public sealed class PaceUsage
{
    private readonly Counted[] _windows = [new(), new(), new()];

    /// <summary>Nothing left yet.</summary>
    public PaceUsage()
    {
    }

    /// <summary>What the database knows.</summary>
    public PaceUsage(IEnumerable<UsageBucket> buckets)
    {
        foreach (var b in buckets) _windows[b.Window].Add(b.Bucket, b.Count);
    }

    /// <summary>Mails leave.</summary>
    /// <param name="micros">When, UTC microseconds.</param>
    public void Add(long micros, long count)
    {
        foreach (var window in PaceWindow.All) _windows[window.Id].Add(window.Bucket(micros), count);
    }

    /// <summary>Mails that count against a window at an instant.</summary>
    public long Sum(PaceWindow window, long now) => _windows[window.Id].Since(window.Oldest(now));

    /// <summary>The buckets that count, oldest first.</summary>
    public IEnumerable<(long Bucket, long Count)> Counting(PaceWindow window, long now)
    {
        Sum(window, now);
        return _windows[window.Id].All;
    }

    /// <summary>Buckets in order; the front is cut off by moving a mark, and now and then for good.</summary>
    private sealed class Counted
    {
        private const int Slack = 512;

        private readonly List<(long Bucket, long Count)> _buckets = [];
        private int _first;
        private long _sum;

        public IEnumerable<(long Bucket, long Count)> All => _buckets.Skip(_first);

        public void Add(long bucket, long count)
        {
            var at = _buckets.Count;
            while (at > _first && _buckets[at - 1].Bucket >= bucket) at--;
            if (at < _buckets.Count && _buckets[at].Bucket == bucket) _buckets[at] = (bucket, _buckets[at].Count + count);
            else _buckets.Insert(at, (bucket, count));
            _sum += count;
        }

        public long Since(long oldest)
        {
            while (_first < _buckets.Count && _buckets[_first].Bucket < oldest) _sum -= _buckets[_first++].Count;
            if (_first > Slack)
            {
                _buckets.RemoveRange(0, _first);
                _first = 0;
            }
            return _sum;
        }
    }
}
