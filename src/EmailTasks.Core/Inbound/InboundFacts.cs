using System.Collections.Immutable;

namespace EmailTasks.Core.Inbound;

/// <summary>What was read from one incoming message. All text comes from outside and is untrusted; the reader has capped it.</summary>
public sealed record InboundFacts
{
    /// <summary>Its Message-ID without angle brackets.</summary>
    public string? MessageId { get; init; }

    /// <summary>In-Reply-To (RFC 5322 §3.6.4), in order, without brackets.</summary>
    public ImmutableArray<string> InReplyTo { get; init; } = [];

    /// <summary>References, in order, without brackets: the mail that is answered stands last.</summary>
    public ImmutableArray<string> References { get; init; } = [];

    /// <summary>Who it says it is from.</summary>
    public MailParty? From { get; init; }

    /// <summary>Whether From names one sender, once.</summary>
    public bool IsOneSender { get; init; }

    /// <summary>The values of its Authentication-Results (RFC 8601), the topmost first, whoever wrote them.</summary>
    public ImmutableArray<string> AuthenticationResults { get; init; } = [];

    /// <summary>Addresses of To.</summary>
    public ImmutableArray<string> To { get; init; } = [];

    /// <summary>Addresses of Cc.</summary>
    public ImmutableArray<string> Cc { get; init; } = [];

    /// <summary>Addresses of Delivered-To, X-Original-To and Envelope-To: where the server put it.</summary>
    public ImmutableArray<string> DeliveredTo { get; init; } = [];

    /// <summary>The decoded subject; empty without one.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Its own date, whatever that is worth.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>The headers that speak of a program, by <c>inbound-signals.tsv</c>.</summary>
    public ImmutableArray<InboundSignal> Signals { get; init; } = [];

    /// <summary>The names of its list headers (RFC 2369, RFC 2919), in lower case.</summary>
    public ImmutableArray<string> ListHeaders { get; init; } = [];

    /// <summary>The delivery report (RFC 3464), if there is one.</summary>
    public DeliveryReport? Delivery { get; init; }

    /// <summary>The complaint (RFC 5965), if there is one.</summary>
    public ComplaintReport? Complaint { get; init; }

    /// <summary>A read receipt (RFC 8098).</summary>
    public bool IsReadReceipt { get; init; }

    /// <summary>METHOD of a calendar part (RFC 5546), upper case: REPLY, REQUEST, ...</summary>
    public string? CalendarMethod { get; init; }

    /// <summary>What came back of the mail it is about, from an attached copy, its headers, or quoted in a bounce's text.</summary>
    public ReturnedMail? Returned { get; init; }

    /// <summary>What a bounce without a report part says in words; null when no address or status was found.</summary>
    public BounceWords? Words { get; init; }

    /// <summary>Our tokens by shape only; nobody has checked a signature.</summary>
    public ImmutableArray<TokenCandidate> Tokens { get; init; } = [];

    /// <summary>The first lines written by its author: without quotes and signatures.</summary>
    public string NewText { get; init; } = "";

    /// <summary>Whether it quotes another mail.</summary>
    public bool HasQuote { get; init; }

    /// <summary>Whether it carries parts besides its text.</summary>
    public bool HasAttachments { get; init; }

    /// <summary>Whether it passed a limit of the reader and was not read to the end.</summary>
    public bool Truncated { get; init; }

    /// <summary>Whether no message could be read at all.</summary>
    public bool Unreadable { get; init; }

    /// <summary>Whether it answers some mail, ours or not.</summary>
    public bool Answers => !InReplyTo.IsEmpty || !References.IsEmpty;

    /// <summary>Whether it answers an id of the shape that only our mails have.</summary>
    public bool AnswersOurShape => InReplyTo.Any(TokenShape.IsMessageId) || References.Any(TokenShape.IsMessageId);
}

/// <summary>An address with its display name.</summary>
/// <param name="Address">As written; may be no address at all.</param>
/// <param name="Name">Empty without one.</param>
public sealed record MailParty(string Address, string Name);

/// <summary>A delivery report (RFC 3464).</summary>
/// <param name="EnvelopeId">Original-Envelope-Id (§2.2.1).</param>
/// <param name="ReportingMta">Reporting-MTA without its type (§2.2.2).</param>
/// <param name="Recipients">In order, at least one.</param>
public sealed record DeliveryReport(string? EnvelopeId, string? ReportingMta, ImmutableArray<DeliveryRecipient> Recipients);

/// <summary>One recipient group of a delivery report (RFC 3464 §2.3); addresses without their type.</summary>
public sealed record DeliveryRecipient(string? Original, string? Final, string Action, string? Status, string? Diagnostic, DateTimeOffset? WillRetryUntil);

/// <summary>A complaint (RFC 5965).</summary>
/// <param name="FeedbackType">Lower case: abuse, fraud, not-spam, opt-out, auth-failure, ...</param>
/// <param name="OriginalRecipient">Original-Rcpt-To, or the provider's own header; many providers hide it.</param>
/// <param name="OriginalSender">Original-Mail-From.</param>
/// <param name="UserAgent">The program that made it.</param>
public sealed record ComplaintReport(string FeedbackType, string? OriginalRecipient, string? OriginalSender, string? UserAgent);

/// <summary>The returned mail, or what is left of it.</summary>
public sealed record ReturnedMail(string? MessageId, string? To, string? Subject);

/// <summary>A bounce in words.</summary>
/// <param name="Recipient">The address it is about.</param>
/// <param name="Status">An enhanced status in the text.</param>
/// <param name="Diagnostic">The text around it, for the words in it.</param>
public sealed record BounceWords(string? Recipient, string? Status, string Diagnostic);

/// <summary>Where a token stood, the most telling first.</summary>
public enum TokenPlace
{
    /// <summary>In an address the message was sent or delivered to.</summary>
    Address,

    /// <summary>In the subject.</summary>
    Subject,

    /// <summary>In the text, quoted as a rule.</summary>
    Text,
}

/// <summary>Text of the shape of our tokens.</summary>
public sealed record TokenCandidate(string Token, TokenPlace Place);
