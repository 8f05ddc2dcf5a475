namespace EmailTasks.Core.Dispatch;

/// <summary>A mailbox's limits; null is none.</summary>
public sealed record PaceLimits(int? PerMinute, int? PerHour, int? PerDay, int Connections)
{
    /// <summary>A ramp that a new mailbox's day follows.</summary>
    public WarmUp? WarmUp { get; init; }

    /// <summary>Irregular pauses between begins.</summary>
    public Spacing? Spacing { get; init; }

    /// <summary>Mails in 24 hours at an instant (UTC microseconds): the smaller of <see cref="PerDay"/> and the ramp.</summary>
    public int? PerDayAt(long now) => Ramp(now) is { } ramp && (PerDay is null || ramp < PerDay) ? ramp : PerDay;

    /// <summary>What waiting for the day's permits is called: the ramp, while it still rises and is what binds.</summary>
    public string DayReason(long now) =>
        WarmUp?.NextRise(now) is not null && (PerDay is null || Ramp(now) < PerDay) ? "warm_up" : PaceWindow.Day.Reason;

    private int? Ramp(long now) => WarmUp?.Allowance(now);
}

/// <summary>A ramp: a provider that has never seen a mailbox trusts it day by day.</summary>
/// <param name="Start">Mails in 24 hours on the first day.</param>
/// <param name="Step">Mails added each day.</param>
/// <param name="Ceiling">Where it ends.</param>
/// <param name="Since">When the first day began, UTC microseconds. Days are 24 hours long, whatever the wall clock does.</param>
public sealed record WarmUp(int Start, int Step, int Ceiling, long Since)
{
    private const long DayMicros = 24L * 3600 * 1_000_000;

    /// <summary>Full days since it began; 0 on the first.</summary>
    public long Day(long now) => now <= Since ? 0 : (now - Since) / DayMicros;

    /// <summary>Mails in 24 hours at an instant.</summary>
    public int Allowance(long now) => (int)Math.Min(Ceiling, Start + (Step * Math.Min(Day(now), int.MaxValue)));

    /// <summary>When it rises next; null at its ceiling.</summary>
    public long? NextRise(long now) => Allowance(now) < Ceiling ? Since + ((Day(now) + 1) * DayMicros) : null;
}

/// <summary>
/// Pauses between the begins of a mailbox, drawn between two lengths. The draw is a function of mailbox and begin number:
/// irregular to whoever watches, the same after a restart, on another node and in the forecast.
/// </summary>
public sealed record Spacing(int MinSeconds, int MaxSeconds)
{
    private const long Second = 1_000_000;

    /// <summary>The least time from this begin of the mailbox to its next, microseconds.</summary>
    public long Pause(string mailbox, long beginNo)
    {
        var range = (ulong)(((MaxSeconds - MinSeconds) * Second) + 1);
        return (MinSeconds * Second) + (long)Math.BigMul(Mixed(mailbox, beginNo), range, out _);
    }

    /// <summary>
    /// FNV-1a over the id, then the finaliser of SplitMix64 over the number. Not string.GetHashCode, which differs in every
    /// process; and no secret: whoever can count the mails can measure their distance too.
    /// </summary>
    private static ulong Mixed(string mailbox, long beginNo)
    {
        var hash = 0xcbf29ce484222325UL;
        foreach (var c in mailbox) hash = (hash ^ c) * 0x100000001b3UL;
        hash += 0x9e3779b97f4a7c15UL * (ulong)beginNo;
        hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9UL;
        hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebUL;
        return hash ^ (hash >> 31);
    }
}
