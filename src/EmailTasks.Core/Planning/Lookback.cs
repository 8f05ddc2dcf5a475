namespace EmailTasks.Core.Planning;

/// <summary>How far back plans and histories look.</summary>
public static class Lookback
{
    /// <summary>A mail of another task counts as seen before for 30 days, in microseconds.</summary>
    public const long SeenMicros = 30L * 24 * 3600 * 1_000_000;
}
