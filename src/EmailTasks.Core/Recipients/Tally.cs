namespace EmailTasks.Core.Recipients;

/// <summary>Recipients by state, or a change of them. Shards may be negative; only sums are shown.</summary>
public sealed class Tally
{
    private readonly long[] _byState = new long[Enum.GetValues<RecipientState>().Length];
    private readonly long[] _byFact = new long[Enum.GetValues<Fact>().Length];

    /// <summary>Recipients in a state.</summary>
    public long this[RecipientState state]
    {
        get => _byState[(int)state];
        set => _byState[(int)state] = value;
    }

    /// <summary>Sent recipients with a fact; see <see cref="RecipientFacts.Counts"/>.</summary>
    public long this[Fact fact]
    {
        get => _byFact[(int)fact];
        set => _byFact[(int)fact] = value;
    }

    /// <summary>Reply messages.</summary>
    public long InboundMessages { get; set; }

    /// <summary>Distinct persons behind the recipients that replied.</summary>
    public long RepliedCreators { get; set; }

    /// <summary>The part of pending that waits for another attempt.</summary>
    public long Retrying { get; set; }

    /// <summary>The part of failed that was refused for good for reasons of the recipient.</summary>
    public long Hard { get; set; }

    /// <summary>All of them.</summary>
    public long Total => _byState.Sum();

    /// <summary>True when no state moves.</summary>
    public bool IsZero => Retrying == 0 && Hard == 0 && _byState.All(n => n == 0);

    /// <summary>True when nothing that came back moves.</summary>
    public bool HasNoFacts => InboundMessages == 0 && RepliedCreators == 0 && _byFact.All(n => n == 0);

    /// <summary>Moves one row from what it was to what it is.</summary>
    public void Move(RecipientState was, bool wasRetrying, RecipientState now, bool nowRetrying)
    {
        _byState[(int)was]--;
        _byState[(int)now]++;
        Retrying += (nowRetrying ? 1 : 0) - (wasRetrying ? 1 : 0);
    }

    /// <summary>Moves one row's facts from what they were to what they are.</summary>
    public void Move(RecipientState was, RecipientFacts before, RecipientState now, RecipientFacts after)
    {
        for (var i = 0; i < _byFact.Length; i++) _byFact[i] += (after.Counts((Fact)i, now) ? 1 : 0) - (before.Counts((Fact)i, was) ? 1 : 0);
    }
}
