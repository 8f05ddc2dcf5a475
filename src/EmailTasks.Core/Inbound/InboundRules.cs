using System.Collections.Immutable;

namespace EmailTasks.Core.Inbound;

/// <summary>
/// What a message means, from its facts alone: as if it might answer a mail of ours, which only the server's matching
/// knows. So a normal mail of a person is <see cref="InboundKind.Reply"/>: it would be one if it matches.
/// </summary>
/// <remarks>
/// An automatic answer that counts as a creator's reply is the worse error: one sign that only programs give is enough,
/// and weak ones add up. What a person says in the text ("I am out of the office") never decides alone.
/// </remarks>
public static class InboundRules
{
    /// <summary>Weak signs that together make an automatic answer.</summary>
    private const int Enough = 2;

    /// <summary>Judges one message. Pure and total.</summary>
    public static InboundJudgement Judge(InboundFacts f)
    {
        if (f.Unreadable) return new(InboundKind.Unrelated, "unreadable");
        // Reports first: their form is exact, and they carry the headers of automatic mail too.
        if (f.Complaint is { } complaint) return Complained(complaint, f);
        if (f.Delivery is { } delivery) return Reported(delivery, f);
        if (f.IsReadReceipt) return new(InboundKind.AutoReply, "read_receipt");
        if (BounceInWords(f) is { } bounce) return bounce;
        // Before the automatic signs: mail providers send this for their users, by a program of theirs.
        if (TokenShape.UnsubscribeIn(f.Subject) is not null) return new(InboundKind.Unsubscribe, "unsubscribe_token");
        if (f.CalendarMethod is "REPLY" or "COUNTER") return new(InboundKind.AutoReply, "calendar_answer");
        if (Automatic(f) is { } automatic) return automatic;
        if (IsBulk(f)) return new(InboundKind.Unrelated, "bulk");
        return OfPerson(f);
    }

    /// <summary>
    /// The same, knowing what the mailbox's server says of the sender. Who is not who he says has answered nothing and opted out of
    /// nothing; reports are known by what they return, not by their sender.
    /// </summary>
    public static InboundJudgement Judge(InboundFacts f, SenderProof proof)
    {
        var judged = Judge(f);
        return proof == SenderProof.Failed && judged.Kind is (InboundKind.Reply or InboundKind.AutoReply or InboundKind.Unsubscribe)
            ? new(InboundKind.Spoofed, "sender_not_authentic")
            : judged;
    }

    private static InboundJudgement Complained(ComplaintReport report, InboundFacts f) => report.FeedbackType switch
    {
        "not-spam" => new(InboundKind.Unrelated, "not_spam_report"),
        "auth-failure" or "dmarc" => new(InboundKind.Unrelated, "authentication_report"), // RFC 6591: about DKIM or SPF, no person complained
        "opt-out" or "opt-out-list" => new(InboundKind.Unsubscribe, "opt_out_report") { Recipient = report.OriginalRecipient ?? f.Returned?.To },
        _ => new(InboundKind.Complaint, "feedback_report") { Recipient = report.OriginalRecipient ?? f.Returned?.To },
    };

    private static InboundJudgement Reported(DeliveryReport report, InboundFacts f)
    {
        ImmutableArray<BouncedRecipient> recipients = [.. report.Recipients.Select(BounceVerdicts.Judge)];
        return Bounced(recipients, f.Returned?.To);
    }

    private static InboundJudgement Bounced(ImmutableArray<BouncedRecipient> recipients, string? returnedTo)
    {
        var worst = recipients.MaxBy(r => r.Kind)!;
        return new(InboundKind.Bounce, worst.Reason, recipients) { Recipient = worst.Address ?? returnedTo };
    }

    /// <summary>Reports without a report part. Both a machine's sender and a machine's words: people forward bounces, and quote them.</summary>
    private static InboundJudgement? BounceInWords(InboundFacts f)
    {
        // Exim marks its bounces auto-replied, as an absence notice is marked; there only the address tells them apart.
        var daemon = InboundPhrases.IsLocalPart("daemon", f.From?.Address) || f.From is null || (Has(f, "Return-Path") && !Has(f, SignalMeaning.Answer));
        if (!daemon) return null;
        var delayed = InboundPhrases.Contains("delay_subject", f.Subject);
        var subject = delayed || InboundPhrases.Contains("bounce_subject", f.Subject);
        var told = f.Words?.Diagnostic ?? f.NewText;
        var text = InboundPhrases.Contains("bounce_text", told) || InboundPhrases.Contains("delay_text", told);
        // An address and a status in a daemon's mail need no words around them.
        if (!subject && f.Words is not { Recipient: not null, Status: not null } && !(text && f.Words is not null)) return null;
        if (subject && !text && f.Words is null && f.Returned is null) return null;
        // A text that also says the mail will be tried again is no failure.
        delayed = delayed || (InboundPhrases.Contains("delay_text", told) && f.Words?.Status is not ['5', ..]);
        return Bounced([BounceVerdicts.Judge(f.Words ?? new(null, null, told), delayed)], f.Returned?.To);
    }

    private static InboundJudgement? Automatic(InboundFacts f)
    {
        if (Has(f, SignalMeaning.Answer)) return new(InboundKind.AutoReply, "answered_by_program");
        var away = Math.Max(SubjectLine.Away(f.Subject), !SubjectLine.IsReply(f.Subject) && InboundPhrases.Contains("away_inside", f.Subject) ? Enough : 0);
        var ticket = InboundPhrases.Contains("ticket_subject", f.Subject) && !SubjectLine.IsReply(f.Subject);
        var answers = f.Answers || away > 0 || ticket || SubjectLine.IsReply(f.Subject);
        if (InboundPhrases.Contains("challenge_text", f.NewText) && !f.HasQuote) return new(InboundKind.AutoReply, "challenge");
        if (Has(f, SignalMeaning.Generated)) return answers ? new(InboundKind.AutoReply, Why(away, ticket)) : new(InboundKind.Unrelated, "notification");
        if (InboundPhrases.IsLocalPart("no_reply", f.From?.Address) || InboundPhrases.InLocalPart("no_reply_inside", f.From?.Address)) return answers ? new(InboundKind.AutoReply, "no_reply_address") : new(InboundKind.Unrelated, "notification");
        if (InboundPhrases.IsLocalPart("daemon", f.From?.Address)) return new(InboundKind.Unrelated, "mail_system");
        return Signs(f, away, ticket) < Enough ? null : new(InboundKind.AutoReply, Why(away, ticket));
    }

    /// <summary>Signs that people's mail may carry too. Programs seldom quote the mail they answer, so a quote halves what the words say.</summary>
    private static int Signs(InboundFacts f, int away, bool ticket)
    {
        var quote = f.HasQuote && f.Answers;
        var headers = f.Signals.Where(s => s.Means == SignalMeaning.Hint).Select(s => s.Header).Distinct(StringComparer.OrdinalIgnoreCase).Count();
        var words = away
            + (SubjectLine.IsReplyInside(f.Subject) ? 1 : 0)
            + (ticket || InboundPhrases.Contains("ticket_text", f.NewText) || InboundPhrases.Contains("automatic_text", f.NewText) ? Enough : 0)
            + (InboundPhrases.PrefixLength("receipt_subject", f.Subject) > 0 || InboundPhrases.Contains("ticket_number", f.Subject) ? 1 : 0)
            // Who asks something waits for an answer: that is a person, however polite.
            + (InboundPhrases.Contains("received_text", f.NewText) && f.NewText.IndexOfAny(['?', '？', '؟']) < 0 ? 1 : 0)
            + (InboundPhrases.Contains("away_text", f.NewText) ? 1 : 0);
        return Math.Min(headers, 1) + (quote ? Math.Min(words, 1) : words);
    }

    private static string Why(int away, bool ticket) => away > 0 ? "out_of_office" : ticket ? "ticket" : "automatic";

    /// <summary>List mail and newsletters. An answer to an id of our shape is one even when it came through a list: shared mailboxes are lists.</summary>
    private static bool IsBulk(InboundFacts f) => !f.AnswersOurShape && (!f.ListHeaders.IsEmpty || Has(f, SignalMeaning.Bulk));

    private static InboundJudgement OfPerson(InboundFacts f)
    {
        if (f.From is null || !f.From.Address.Contains('@')) return new(InboundKind.Unrelated, "no_sender");
        // "Stop" and nothing else stays an objection even as the answer to a question: whom we mail although he said so
        // has been wronged, whom we stop mailing by mistake can be put back by a person.
        if (UnsubscribeWords.Are(f.NewText)) return new(InboundKind.Unsubscribe, "unsubscribe_words");
        if (f.NewText.Length == 0 && UnsubscribeWords.Are(SubjectLine.Bare(f.Subject))) return new(InboundKind.Unsubscribe, "unsubscribe_words");
        if (f.NewText.Length == 0 && !f.HasAttachments && !f.HasQuote && !f.Answers) return new(InboundKind.Unrelated, "empty");
        return new(InboundKind.Reply, f.Answers ? "answers" : SubjectLine.IsForward(f.Subject) ? "forwarded" : "personal");
    }

    private static bool Has(InboundFacts f, SignalMeaning means) => f.Signals.Any(s => s.Means == means);

    private static bool Has(InboundFacts f, string header) => f.Signals.Any(s => s.Header == header);
}
