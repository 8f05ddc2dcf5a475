namespace EmailTasks.Core.Dispatch;

/// <summary>A mailbox's limits; null is none.</summary>
public sealed record PaceLimits(int? PerMinute, int? PerHour, int? PerDay, int Connections);

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

    /// <summary>The limit of this window.</summary>
    public int? LimitOf(PaceLimits limits) => Id switch { 0 => limits.PerMinute, 1 => limits.PerHour, _ => limits.PerDay };
}

/// <summary>Mails that left within one bucket.</summary>
public sealed record UsageBucket(int Window, long Bucket, long Count);

/// <summary>How many mails may begin now, and if none, why and until when.</summary>
public sealed record Permits(int Count, string? Reason, long? Until);

/// <summary>
/// How fast a mailbox may send. Mail in flight counts as if it left now, so a slow server can't be overrun: permits =
/// limit − in flight − what left within the window. No token bucket, no burst.
/// </summary>
public static class Pacing
{
    /// <summary>Permits at an instant.</summary>
    /// <param name="now">UTC microseconds.</param>
    public static Permits Now(PaceLimits limits, int inFlight, IReadOnlyList<UsageBucket> usage, long now)
    {
        var best = new Permits(Math.Max(0, limits.Connections - inFlight), null, null);
        foreach (var window in PaceWindow.All)
        {
            if (window.LimitOf(limits) is not { } limit) continue;
            var counting = usage.Where(u => u.Window == window.Id && u.Bucket >= window.Oldest(now)).OrderBy(u => u.Bucket).ToList();
            var free = limit - inFlight - counting.Sum(u => u.Count);
            if (free > 0) best = best with { Count = (int)Math.Min(best.Count, free) };
            else best = Longer(best, new Permits(0, window.Reason, FreeAt(window, counting, limit - inFlight)));
        }
        return best;
    }

    /// <summary>Of two waits the longer one, with its own reason; what the clock does not free is the longest.</summary>
    private static Permits Longer(Permits a, Permits b) =>
        a.Reason is null || (a.Until is not null && (b.Until is null || b.Until > a.Until)) ? b : a;

    private static long? FreeAt(PaceWindow window, List<UsageBucket> counting, long allowed)
    {
        var left = counting.Sum(u => u.Count);
        foreach (var bucket in counting)
        {
            left -= bucket.Count;
            if (left < allowed) return window.FreeAt(bucket.Bucket);
        }
        return null; // mail in flight alone fills the limit: its end frees it, not the clock
    }

    /// <summary>When the first and last of so many mails would leave, and what sets the pace.</summary>
    public static Forecast Predict(PaceLimits limits, SendWindow? window, long mails, DateTimeOffset start)
    {
        if (mails == 0) return new Forecast(null, null, null, "nothing");
        var slowest = Slowest(limits);
        if (window is null)
        {
            return slowest is { } rate
                ? new Forecast(start, start + Spread(limits, mails), rate.PerDay, rate.Reason)
                : new Forecast(start, null, null, "nothing");
        }
        return InWindows(limits, window, mails, start, slowest);
    }

    private static Forecast InWindows(PaceLimits limits, SendWindow window, long mails, DateTimeOffset start, (long PerDay, string Reason)? slowest)
    {
        if (window.Open(start) is not { } open) return new Forecast(null, null, 0, "window");
        var first = open.From > start ? open.From : start;
        if (slowest is null) return new Forecast(first, null, null, "window");
        var left = mails;
        var from = first;
        for (var i = 0; i < 400; i++)
        {
            var fits = Capacity(limits, open.Until - from);
            if (fits >= left) return new Forecast(first, from + Spread(limits, left), Capacity(limits, open.Until - open.From), i == 0 ? slowest.Value.Reason : "window");
            left -= fits;
            if (window.Open(open.Until.AddMinutes(1)) is not { } next) break;
            open = next;
            from = open.From;
        }
        return new Forecast(first, null, Capacity(limits, open.Until - open.From), "window");
    }

    private static (long PerDay, string Reason)? Slowest(PaceLimits limits)
    {
        (long PerDay, string Reason)? slowest = null;
        void Offer(long? perDay, PaceWindow window)
        {
            if (perDay is { } n && (slowest is null || n < slowest.Value.PerDay)) slowest = (n, window.Reason);
        }
        Offer(limits.PerDay, PaceWindow.Day);
        Offer(limits.PerHour * 24L, PaceWindow.Hour);
        Offer(limits.PerMinute * 1440L, PaceWindow.Minute);
        return slowest;
    }

    /// <summary>Mails that fit into a stretch of time.</summary>
    private static long Capacity(PaceLimits limits, TimeSpan length)
    {
        static long Of(int? limit, TimeSpan length, TimeSpan window) => limit is null ? long.MaxValue : (long)Math.Ceiling(length / window) * limit.Value;
        return Math.Min(Of(limits.PerMinute, length, TimeSpan.FromMinutes(1)), Math.Min(Of(limits.PerHour, length, TimeSpan.FromHours(1)), Of(limits.PerDay, length, TimeSpan.FromDays(1))));
    }

    /// <summary>How long so many mails take at least: full windows before the last one.</summary>
    private static TimeSpan Spread(PaceLimits limits, long mails)
    {
        static TimeSpan Of(int? limit, long mails, TimeSpan window) => limit is null ? TimeSpan.Zero : window * ((mails - 1) / limit.Value);
        return new[] { Of(limits.PerMinute, mails, TimeSpan.FromMinutes(1)), Of(limits.PerHour, mails, TimeSpan.FromHours(1)), Of(limits.PerDay, mails, TimeSpan.FromDays(1)) }.Max();
    }
}

/// <summary>When it would leave.</summary>
public sealed record Forecast(DateTimeOffset? FirstAt, DateTimeOffset? LastAt, long? PerDay, string LimitedBy);
