using EmailTasks.Contracts;
using EmailTasks.Core.Inbound;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Inbound;

/// <summary>What follows from a message about a recipient. Pure.</summary>
internal static class Consequences
{
    /// <summary>The facts it makes true.</summary>
    public static IReadOnlyList<Fact> Facts(InboundJudgement judgement, MailMatch match) => judgement.Kind switch
    {
        InboundKind.Reply => [Fact.Replied],
        InboundKind.AutoReply => [Fact.AutoReplied],
        InboundKind.Bounce => IsHardBounce(judgement, match) ? [Fact.Bounced] : [],
        InboundKind.Complaint => match.Strength < MatchStrength.Address ? [Fact.Complained] : [],
        InboundKind.Unsubscribe => [Fact.Unsubscribed],
        InboundKind.Spoofed or InboundKind.Unrelated => [],
    };

    /// <summary>Why the address is mailed no more; null where it may be.</summary>
    public static string? Suppression(InboundJudgement judgement, MailMatch match) => judgement.Kind switch
    {
        InboundKind.Bounce when IsHardBounce(judgement, match) => SuppressionReasons.Bounced,
        InboundKind.Complaint when match.Strength < MatchStrength.Address => SuppressionReasons.Complained,
        InboundKind.Unsubscribe => SuppressionReasons.Unsubscribed,
        InboundKind.Reply or InboundKind.AutoReply or InboundKind.Bounce or InboundKind.Complaint or InboundKind.Spoofed or InboundKind.Unrelated => null,
    };

    /// <summary>How well it is known that the address's owner said it: by what only he had, by his server, or by nothing but the address.</summary>
    public static string Strength(MailMatch match, SenderProof proof) => match.Strength switch
    {
        MatchStrength.Token => SuppressionStrengths.Token,
        MatchStrength.Reference or MatchStrength.Returned => SuppressionStrengths.Reference,
        MatchStrength.Address => proof == SenderProof.Passed ? SuppressionStrengths.AddressVerified : SuppressionStrengths.AddressOnly,
    };

    /// <summary>
    /// A report that proves by our id which mail it is about, and names our address: the report of somebody the mail was
    /// forwarded to says nothing about whom we mailed (engine §12).
    /// </summary>
    private static bool IsHardBounce(InboundJudgement judgement, MailMatch match) =>
        match.Strength < MatchStrength.Address
        && judgement.Recipients.Any(r => r.Kind == BounceKind.Hard && r.FinalAddress is { } final && EmailAddress.TryParse(final, out _)?.Key == match.Row.AddressKey);
}

/// <summary>Kinds and strengths as they are stored and shown.</summary>
internal static class InboundWords
{
    public const string Reply = "reply";
    public const string AutoReply = "auto_reply";
    public const string Bounce = "bounce";
    public const string Complaint = "complaint";
    public const string Unsubscribe = "unsubscribe";
    public const string Spoofed = "spoofed";
    public const string Unrelated = "unrelated";

    public static string Of(InboundKind kind) => kind switch
    {
        InboundKind.Reply => Reply,
        InboundKind.AutoReply => AutoReply,
        InboundKind.Bounce => Bounce,
        InboundKind.Complaint => Complaint,
        InboundKind.Unsubscribe => Unsubscribe,
        InboundKind.Spoofed => Spoofed,
        InboundKind.Unrelated => Unrelated,
    };

    public static string Of(MatchStrength strength) => strength switch
    {
        MatchStrength.Reference => "reference",
        MatchStrength.Returned => "returned",
        MatchStrength.Token => "token",
        MatchStrength.Address => "address",
    };
}
