namespace EmailTasks.Core.Tasks;

/// <summary>When a scheduled task starts by itself, and when it no longer does. Instants are UTC microseconds.</summary>
public static class ScheduleRules
{
    /// <summary>How late a task may still start by itself: the server was down, or its mailbox was paused. Later, a person decides.</summary>
    public const long LateMicros = 60L * 60 * 1_000_000;

    /// <summary>The nearest time that can be planned: nearer than that is <c>email send</c>.</summary>
    public static readonly TimeSpan Soonest = TimeSpan.FromMinutes(1);

    /// <summary>The farthest: nobody means a mail of more than a year from now.</summary>
    public static readonly TimeSpan Farthest = TimeSpan.FromDays(365);

    /// <summary>Whether it may start now: <c>due ≤ now &lt; due + 60 min</c>.</summary>
    public static bool IsDue(long due, long now) => due <= now && !IsOverdue(due, now);

    /// <summary>Whether it is too late to start by itself.</summary>
    public static bool IsOverdue(long due, long now) => now >= due + LateMicros;

    /// <summary>What is wrong with a planned time, or null.</summary>
    public static string? Problem(DateTimeOffset at, DateTimeOffset now) =>
        at < now + Soonest ? "plan_send_at is less than 1 minute ahead."
        : at > now + Farthest ? "plan_send_at is more than 365 days ahead."
        : null;

    /// <summary>
    /// The same instant on the wall clock of a zone, when its offset there is not the one that was given; null when the
    /// giver and the zone agree. An offset is easily copied from another season: 09:00+01:00 is 10:00 in a Berlin summer.
    /// </summary>
    public static DateTimeOffset? Elsewhere(DateTimeOffset given, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(given, zone);
        return local.Offset == given.Offset ? null : local;
    }
}

/// <summary>Mails that a key starts at one instant; it may lie ahead.</summary>
public sealed record KeySpend(long At, long Mails);

/// <summary>The bound of a key on mails in any 24 hours, also for what is planned ahead.</summary>
public static class DailySpend
{
    /// <summary>How long a started mail counts: any 24 hours, not a calendar day.</summary>
    public const long DayMicros = 24L * 3600 * 1_000_000;

    /// <summary>The most mails that already fall into one stretch of 24 hours together with a start at <paramref name="at"/>.</summary>
    public static long Most(IReadOnlyCollection<KeySpend> spends, long at)
    {
        var most = 0L;
        foreach (var end in spends.Select(s => s.At).Where(t => t >= at && t < at + DayMicros).Append(at))
            most = Math.Max(most, spends.Where(s => s.At > end - DayMicros && s.At <= end).Sum(s => s.Mails));
        return most;
    }
}
