namespace EmailTasks.Core.Dispatch;

/// <summary>
/// Stops a task whose recipients are refused for good too often: a bad list is what costs a sender its reputation, and
/// every further mail makes it worse. Only a person may go on.
/// </summary>
/// <param name="ShareParts">The share that stops, in parts of 10,000.</param>
/// <param name="Minimum">Results before it judges: of two mails, one refusal says nothing.</param>
public sealed record BounceGuard(int ShareParts, int Minimum)
{
    /// <summary>What <see cref="ShareParts"/> counts in: whole numbers compare the same on every database.</summary>
    public const int Whole = 10_000;

    /// <summary>Whether it stops.</summary>
    /// <param name="results">Mails sent or failed since the start, or since a person let it go on.</param>
    /// <param name="hard">Those of them refused for good.</param>
    public bool Trips(long results, long hard) => hard > 0 && results >= Minimum && hard * Whole >= results * ShareParts;
}
