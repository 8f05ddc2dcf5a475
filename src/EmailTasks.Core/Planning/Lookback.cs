namespace EmailTasks.Core.Planning;

/// <summary>How far back plans and histories look.</summary>
public static class Lookback
{
    /// <summary>A mail of another task counts as seen before for 30 days, in microseconds.</summary>
    public const long SeenMicros = 30L * 24 * 3600 * 1_000_000;

    /// <summary>The same content to the same person counts as a repeat for 7 days, in microseconds.</summary>
    public const long RepeatMicros = 7L * 24 * 3600 * 1_000_000;
}
