namespace EmailTasks.Core.Dispatch;

/// <summary>When a recipient is tried again after temporary refusals.</summary>
public static class RetrySchedule
{
    /// <summary>The refusal with this number is the last: the recipient has failed.</summary>
    public const int LastRefusal = 5;

    /// <summary>Every delay is spread by this share in both directions, so that a burst of refusals does not come back as a burst.</summary>
    public const double Spread = 0.2;

    // The fifth delay would follow the fifth refusal, which is the last one; it is kept so that the list reads as the field knows it.
    private static readonly int[] Minutes = [5, 20, 60, 240, 720];

    /// <summary>The delay after this many temporary refusals (the one just received included), or null when that was the last.</summary>
    /// <param name="tries">Refusals so far, 1 or more.</param>
    /// <param name="jitter01">Randomness from the caller, 0 to 1; 0.5 is the bare delay.</param>
    public static TimeSpan? Next(int tries, double jitter01)
    {
        if (tries >= LastRefusal) return null;
        return TimeSpan.FromMinutes(Jitter.Around(Minutes[Math.Max(tries, 1) - 1], Spread, jitter01));
    }
}

/// <summary>When a failing mailbox is tried again.</summary>
public static class HealthBackoff
{
    private static readonly int[] Seconds = [15, 30, 60, 120, 300, 600, 900];

    /// <summary>The wait after this many failures in a row: 15 s, 30 s, 1, 2, 5, 10 minutes, then always 15, each ± 20 %.</summary>
    /// <param name="failures">Failures in a row, 1 or more.</param>
    /// <param name="jitter01">Randomness from the caller, 0 to 1; 0.5 is the bare wait.</param>
    public static TimeSpan Next(int failures, double jitter01) =>
        TimeSpan.FromSeconds(Jitter.Around(Seconds[Math.Clamp(failures, 1, Seconds.Length) - 1], RetrySchedule.Spread, jitter01));
}

internal static class Jitter
{
    public static double Around(double middle, double spread, double jitter01) =>
        middle * (1 - spread + (2 * spread * Math.Clamp(jitter01, 0, 1)));
}
