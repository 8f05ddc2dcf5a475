namespace EmailTasks.Core.Dispatch;

/// <summary>How many mails may begin now, and if none, why and until when.</summary>
public sealed record Permits(int Count, string? Reason, long? Until);

/// <summary>What a mailbox has done so far, as far as its limits ask.</summary>
/// <param name="InFlight">Mails that have begun and not ended.</param>
/// <param name="Usage">What left.</param>
/// <param name="NextBeginAt">When its spacing lets the next mail begin, UTC microseconds; null without spacing or a begin.</param>
public sealed record PaceState(int InFlight, PaceUsage Usage, long? NextBeginAt);

/// <summary>
/// How fast a mailbox may send. Mail in flight counts as if it left now, so a slow server can't be overrun: permits =
/// limit − in flight − what left within the window. No token bucket, no burst. Begin asks it, and so does the forecast.
/// </summary>
public static class Pacing
{
    /// <summary>Permits at an instant.</summary>
    /// <param name="now">UTC microseconds.</param>
    public static Permits Now(PaceLimits limits, PaceState state, long now)
    {
        var best = new Permits(Math.Max(0, limits.Connections - state.InFlight), null, null);
        if (limits.Spacing is not null) best = state.NextBeginAt > now ? new Permits(0, "spacing", state.NextBeginAt) : best with { Count = Math.Min(1, best.Count) };
        foreach (var window in PaceWindow.All)
        {
            if (window.LimitOf(limits, now) is not { } limit) continue;
            var free = limit - state.InFlight - state.Usage.Sum(window, now);
            if (free > 0) best = free < best.Count ? best with { Count = (int)free } : best;
            else best = Longer(best, new Permits(0, window == PaceWindow.Day ? limits.DayReason(now) : window.Reason, FreeAt(window, limits, state, now)));
        }
        return best;
    }

    /// <summary>Of two waits the longer one, with its own reason; what the clock does not free is the longest.</summary>
    private static Permits Longer(Permits a, Permits b) =>
        a.Reason is null || (a.Until is not null && (b.Until is null || b.Until > a.Until)) ? b : a;

    /// <summary>The first instant with a permit: a bucket stops counting, or the ramp rises.</summary>
    private static long? FreeAt(PaceWindow window, PaceLimits limits, PaceState state, long now)
    {
        var left = state.InFlight + state.Usage.Sum(window, now);
        var rise = window == PaceWindow.Day ? limits.WarmUp?.NextRise(now) : null;
        foreach (var (bucket, count) in state.Usage.Counting(window, now))
        {
            var free = window.FreeAt(bucket);
            for (; rise < free; rise = limits.WarmUp!.NextRise(rise.Value))
                if (left < window.LimitOf(limits, rise.Value)) return rise;
            left -= count;
            if (left < window.LimitOf(limits, free)) return free;
        }
        return null; // mail in flight alone fills the limit: its end frees it, not the clock
    }
}
