namespace EmailTasks.Core.Recipients;

/// <summary>Recipients by state, or a change of them. Shards may be negative; only sums are shown.</summary>
public sealed class Tally
{
    private readonly long[] _byState = new long[Enum.GetValues<RecipientState>().Length];

    /// <summary>Recipients in a state.</summary>
    public long this[RecipientState state]
    {
        get => _byState[(int)state];
        set => _byState[(int)state] = value;
    }

    /// <summary>The part of pending that waits for another attempt.</summary>
    public long Retrying { get; set; }

    /// <summary>The part of failed that was refused for good for reasons of the recipient.</summary>
    public long Hard { get; set; }

    /// <summary>All of them.</summary>
    public long Total => _byState.Sum();

    /// <summary>True when nothing moves.</summary>
    public bool IsZero => Retrying == 0 && Hard == 0 && _byState.All(n => n == 0);

    /// <summary>Moves one row from what it was to what it is.</summary>
    public void Move(RecipientState was, bool wasRetrying, RecipientState now, bool nowRetrying)
    {
        _byState[(int)was]--;
        _byState[(int)now]++;
        Retrying += (nowRetrying ? 1 : 0) - (wasRetrying ? 1 : 0);
    }
}
