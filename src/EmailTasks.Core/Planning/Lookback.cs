namespace EmailTasks.Core.Planning;

/// <summary>How far back plans and histories look.</summary>
public static class Lookback
{
    /// <summary>A day in microseconds.</summary>
    public const long DayMicros = 24L * 3600 * 1_000_000;

    /// <summary>Days for which a mail of another task counts as seen before.</summary>
    public const int SeenDays = 30;

    /// <summary>The same in microseconds.</summary>
    public const long SeenMicros = SeenDays * DayMicros;

    /// <summary>The same content to the same person counts as a repeat for 7 days, in microseconds.</summary>
    public const long RepeatMicros = 7 * DayMicros;
}
