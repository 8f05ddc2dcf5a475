namespace EmailTasks.Core.Dispatch;

/// <summary>
/// When a mailbox may send. An instant is inside if its local wall time is: half-open, both repetitions of a repeated
/// hour, nothing of a skipped one. <c>From</c> later than <c>To</c> crosses midnight and belongs to the day it starts on.
/// </summary>
public sealed record SendWindow(IReadOnlySet<DayOfWeek> Days, TimeOnly From, TimeOnly To, TimeZoneInfo Zone)
{
    private const int MinutesAhead = 16 * 24 * 60; // every weekday comes round in 8 days; a window that lies in a skipped hour, one week later

    /// <summary>Whether mail may leave at this instant.</summary>
    public bool IsInside(DateTimeOffset instant)
    {
        var local = TimeZoneInfo.ConvertTime(instant, Zone).DateTime;
        var time = TimeOnly.FromDateTime(local);
        if (From == To) return Days.Contains(local.DayOfWeek);
        if (From < To) return Days.Contains(local.DayOfWeek) && time >= From && time < To;
        return (time >= From && Days.Contains(local.DayOfWeek)) || (time < To && Days.Contains(local.AddDays(-1).DayOfWeek));
    }

    /// <summary>The open stretch that holds <paramref name="now"/>, or the next one; null when it never opens.</summary>
    public (DateTimeOffset From, DateTimeOffset Until)? Open(DateTimeOffset now)
    {
        var minute = new DateTimeOffset(now.UtcTicks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero);
        DateTimeOffset? from = null;
        for (var i = 0; i <= MinutesAhead; i++)
        {
            var at = minute.AddMinutes(i);
            var inside = IsInside(at);
            if (inside) from ??= at;
            else if (from is { } start) return (start, at);
        }
        return from is { } always ? (always, minute.AddMinutes(MinutesAhead)) : null;
    }

    /// <summary>The day of a three-letter word that the gate has checked.</summary>
    public static DayOfWeek Day(string word) => word switch
    {
        "sun" => DayOfWeek.Sunday,
        "mon" => DayOfWeek.Monday,
        "tue" => DayOfWeek.Tuesday,
        "wed" => DayOfWeek.Wednesday,
        "thu" => DayOfWeek.Thursday,
        "fri" => DayOfWeek.Friday,
        "sat" => DayOfWeek.Saturday,
        _ => throw new ArgumentOutOfRangeException(nameof(word), word, "The gate checks days."),
    };
}
