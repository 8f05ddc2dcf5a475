using System.Collections.Immutable;

namespace EmailTasks.Core.Inbound;

/// <summary>What an incoming message means. Only the server's matching knows whether it is about a mail of ours.</summary>
public enum InboundKind
{
    /// <summary>A person wrote it: a reply, if it answers a mail of ours.</summary>
    Reply,

    /// <summary>A program answered (RFC 3834): out of office, ticket received, read receipt, challenge, calendar answer.</summary>
    AutoReply,

    /// <summary>A report about delivery (RFC 3464, or the older shapes in words); <see cref="BounceKind"/> says which.</summary>
    Bounce,

    /// <summary>A person pressed "spam" and the provider tells us (RFC 5965).</summary>
    Complaint,

    /// <summary>A person wants no more mail.</summary>
    Unsubscribe,

    /// <summary>A person's mail, so it says; but the mailbox's own server says that its sender is not who he says.</summary>
    Spoofed,

    /// <summary>None of these: newsletters, list mail, notifications, what cannot be read.</summary>
    Unrelated,
}

/// <summary>What a delivery report says, the worst last.</summary>
public enum BounceKind
{
    /// <summary>Delivered, relayed or expanded (RFC 3464 §2.3.3): no bounce.</summary>
    Delivered,

    /// <summary>Still being tried: no bounce.</summary>
    Delayed,

    /// <summary>Failed this time: mailbox full, policy, given up after retries, or not clear.</summary>
    Soft,

    /// <summary>The address or its domain does not take mail, and will not tomorrow.</summary>
    Hard,
}

/// <summary>One recipient of a delivery report.</summary>
/// <param name="Address">The original recipient where it is told, else the final one; untrusted. Null when the report names none.</param>
/// <param name="FinalAddress">Final-Recipient (RFC 3464 §2.3.2), or the same as <paramref name="Address"/>.</param>
/// <param name="Kind">What is said about it.</param>
/// <param name="Reason">Our stable code.</param>
/// <param name="EnhancedStatus">The status it was judged by (RFC 3463), such as 5.1.1; null without one.</param>
public sealed record BouncedRecipient(string? Address, string? FinalAddress, BounceKind Kind, string Reason, string? EnhancedStatus);

/// <summary>The meaning of one message.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Reason">A short stable code of ours, never text from outside.</param>
/// <param name="Recipients">For a bounce: every recipient it speaks of; else empty.</param>
public sealed record InboundJudgement(InboundKind Kind, string Reason, ImmutableArray<BouncedRecipient> Recipients)
{
    /// <summary>A judgement that is about no recipient.</summary>
    public InboundJudgement(InboundKind kind, string reason) : this(kind, reason, []) { }

    /// <summary>The worst of the recipients; the first of them when several are.</summary>
    public BouncedRecipient? Worst => Recipients.IsEmpty ? null : Recipients.MaxBy(r => r.Kind);

    /// <summary>What the report says at its worst; null when this is no bounce.</summary>
    public BounceKind? Bounce => Worst?.Kind;

    /// <summary>Whom the bounce or complaint is about, as the report says; untrusted.</summary>
    public string? Recipient { get; init; }

    /// <summary>The status of the worst recipient.</summary>
    public string? EnhancedStatus => Worst?.EnhancedStatus;

    /// <summary>Delayed and delivered reports are of kind Bounce and count as none.</summary>
    public bool CountsAsBounce => Bounce is BounceKind.Hard or BounceKind.Soft;
}
