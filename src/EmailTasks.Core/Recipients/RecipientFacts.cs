namespace EmailTasks.Core.Recipients;

/// <summary>What came back about one recipient's mail.</summary>
public enum Fact
{
    /// <summary>Refused for good after it was accepted (RFC 3464 with a permanent status of the recipient).</summary>
    Bounced,

    /// <summary>Opened by a person.</summary>
    Opened,

    /// <summary>Opened by a proxy or scanner.</summary>
    MachineOpened,

    /// <summary>A link was followed by a person.</summary>
    Clicked,

    /// <summary>A link was followed by a scanner.</summary>
    MachineClicked,

    /// <summary>Answered by somebody.</summary>
    Replied,

    /// <summary>Answered by a machine (RFC 3834).</summary>
    AutoReplied,

    /// <summary>Opted out.</summary>
    Unsubscribed,

    /// <summary>Called spam (RFC 5965).</summary>
    Complained,
}

/// <summary>When each fact was first seen, UTC microseconds; null where it was not. A value: changing it makes another.</summary>
public sealed class RecipientFacts : IEquatable<RecipientFacts>
{
    private static readonly Fact[] All = Enum.GetValues<Fact>();

    private readonly long?[] _at = new long?[All.Length];

    /// <summary>When it was first seen.</summary>
    public long? this[Fact fact]
    {
        get => _at[(int)fact];
        init => _at[(int)fact] = value;
    }

    /// <summary>Whether anything came back.</summary>
    public bool IsEmpty => Array.TrueForAll(_at, at => at is null);

    /// <summary>The same with one more fact; the first sighting stays.</summary>
    public RecipientFacts With(Fact fact, long at)
    {
        if (this[fact] is not null) return this;
        var next = Copy();
        next._at[(int)fact] = at;
        return next;
    }

    /// <summary>The same without a fact, where it was judged anew.</summary>
    public RecipientFacts Without(Fact fact)
    {
        if (this[fact] is null) return this;
        var next = Copy();
        next._at[(int)fact] = null;
        return next;
    }

    /// <summary>
    /// Whether the recipient counts under a fact: only recipients that were sent do, and a machine's open or click only
    /// while no person's is known.
    /// </summary>
    public bool Counts(Fact fact, RecipientState state) => state == RecipientState.Sent && this[fact] is not null && fact switch
    {
        Fact.MachineOpened => this[Fact.Opened] is null,
        Fact.MachineClicked => this[Fact.Clicked] is null,
        Fact.Bounced or Fact.Opened or Fact.Clicked or Fact.Replied or Fact.AutoReplied or Fact.Unsubscribed or Fact.Complained => true,
    };

    /// <inheritdoc/>
    public bool Equals(RecipientFacts? other) => other is not null && _at.AsSpan().SequenceEqual(other._at);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RecipientFacts);

    /// <inheritdoc/>
    public override int GetHashCode() => Array.Find(_at, at => at is not null).GetHashCode();

    private RecipientFacts Copy()
    {
        var next = new RecipientFacts();
        _at.CopyTo(next._at, 0);
        return next;
    }
}
