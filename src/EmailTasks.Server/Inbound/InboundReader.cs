using System.Collections.Immutable;
using EmailTasks.Core.Inbound;
using MimeKit;
using MimeKit.Utils;

namespace EmailTasks.Server.Inbound;

/// <summary>From the raw bytes of a message to its facts. Pure, and bounded by <see cref="InboundLimits"/>.</summary>
internal static class InboundReader
{
    private static readonly HashSet<string> SignalHeaders = new(InboundSignals.Headers, StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> FromHeader = new(["From"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> ResultHeader = new(["Authentication-Results"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> DeliveredHeaders = new(["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To"], StringComparer.OrdinalIgnoreCase);

    /// <summary>RFC 2369, RFC 2919; the opt-out alone makes a newsletter.</summary>
    private static readonly HashSet<string> ListHeaders = new(["List-Id", "List-Post", "List-Help", "List-Unsubscribe", "List-Archive", "List-Owner", "List-Subscribe", "Mailing-List", "X-Mailing-List"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a raw message (RFC 5322, RFC 2045), whatever its state.</summary>
    public static InboundFacts Read(byte[] raw) => Read(ParsedMail.Parse(raw, MailBudget.Again()));

    /// <summary>Reads a message that was taken apart.</summary>
    public static InboundFacts Read(ParsedMail mail)
    {
        if (mail.Unreadable) return new InboundFacts { Unreadable = true, Truncated = mail.Truncated };
        var texts = MailTexts.Of(mail);
        var own = NewText.Of(texts.Text);
        var senders = Parties(mail, "From").ToList();
        var from = senders.FirstOrDefault() ?? Parties(mail, "Sender").FirstOrDefault();
        ImmutableArray<string> to = [.. Parties(mail, "To").Select(p => p.Address)];
        ImmutableArray<string> cc = [.. Parties(mail, "Cc").Select(p => p.Address)];
        ImmutableArray<string> delivered = [.. mail.HeadersOf(DeliveredHeaders).Select(h => h.Value.Trim('<', '>', ' ')).Where(v => v.Length > 0).Distinct().Take(InboundLimits.Addresses)];
        var subject = SafeText.Line(mail.Header("Subject"), InboundLimits.SubjectChars);
        var failed = mail.Header("X-Failed-Recipients");
        string[] ours = [.. to, .. cc, .. delivered, .. from is null ? [] : new[] { from.Address }];
        return new InboundFacts
        {
            MessageId = Ids(mail, "Message-ID").FirstOrDefault(),
            InReplyTo = [.. Ids(mail, "In-Reply-To")],
            References = [.. Ids(mail, "References")],
            From = from,
            IsOneSender = senders.Count == 1 && mail.HeadersOf(FromHeader).Take(2).Count() == 1,
            AuthenticationResults = [.. mail.HeadersOf(ResultHeader).Take(InboundLimits.AuthenticationResults).Select(h => h.Value)],
            To = to,
            Cc = cc,
            DeliveredTo = delivered,
            Subject = subject,
            Date = mail.Header("Date") is { } date && DateUtils.TryParse(date, out var at) ? at : null,
            Signals = [.. mail.HeadersOf(SignalHeaders).Select(h => InboundSignals.Of(h.Name, h.Value)).OfType<InboundSignal>().Distinct()],
            ListHeaders = [.. mail.HeadersOf(ListHeaders).Select(h => h.Name.ToLowerInvariant()).Distinct()],
            Delivery = texts.Delivery,
            Complaint = texts.Complaint,
            IsReadReceipt = texts.IsReadReceipt,
            CalendarMethod = texts.CalendarMethod,
            Returned = texts.Returned ?? BounceText.Returned(texts.Text),
            Words = BounceText.Words(texts.Text, failed, ours),
            Tokens = Tokens(ours, subject, texts.Text + "\n" + texts.Html),
            NewText = SafeText.Lines(own.Text, InboundLimits.NewTextChars),
            HasQuote = own.HasQuote,
            HasAttachments = texts.HasAttachments,
            Truncated = mail.Truncated || texts.Truncated,
        };
    }

    private static ImmutableArray<TokenCandidate> Tokens(IEnumerable<string> addresses, string subject, string text)
    {
        var found = TokenShape.In(string.Join(' ', addresses), InboundLimits.Tokens).Select(t => new TokenCandidate(t, TokenPlace.Address))
            .Concat(TokenShape.In(subject, InboundLimits.Tokens).Select(t => new TokenCandidate(t, TokenPlace.Subject)))
            .Concat(TokenShape.In(text, InboundLimits.Tokens).Select(t => new TokenCandidate(t, TokenPlace.Text)));
        return [.. found.DistinctBy(t => t.Token)];
    }

    private static IEnumerable<MailParty> Parties(ParsedMail mail, string name)
    {
        if (mail.RawHeader(name) is not { } raw) return [];
        if (!InternetAddressList.TryParse(raw, out var list)) return Bare(mail.Header(name) ?? "");
        return list.Mailboxes.Take(InboundLimits.Addresses)
            .Select(m => new MailParty(SafeText.Line(m.Address, InboundLimits.IdChars), Name(m.Name)))
            .Where(p => p.Address.Length > 0);
    }

    // The library has decoded what it could; a charset it does not know is left encoded.
    private static string Name(string? name) => SafeText.Line(name is not null && name.Contains("=?", StringComparison.Ordinal) ? EncodedWords.Decode(System.Text.Encoding.UTF8.GetBytes(name)) : name, InboundLimits.NameChars);

    // Not parsable as a list: the one address in brackets, or the whole.
    private static IEnumerable<MailParty> Bare(string value)
    {
        var open = value.LastIndexOf('<');
        var close = value.IndexOf('>', Math.Max(open, 0));
        var address = open >= 0 && close > open ? value[(open + 1)..close] : value;
        address = SafeText.Line(address, InboundLimits.IdChars);
        return address.Contains('@') && !address.Contains(' ') ? [new MailParty(address, open > 0 ? SafeText.Line(value[..open].Trim('"', ' '), InboundLimits.NameChars) : "")] : [];
    }

    // Long threads: the first id is where it began, the last ones are what is answered.
    private static List<string> Ids(ParsedMail mail, string name)
    {
        if (mail.RawHeader(name) is not { } raw) return [];
        var ids = MimeUtils.EnumerateReferences(raw, 0, raw.Length).Select(id => SafeText.Line(id, InboundLimits.IdChars)).Where(id => id.Length > 0).Distinct().ToList();
        return ids.Count <= InboundLimits.References ? ids : [ids[0], .. ids[^(InboundLimits.References - 1)..]];
    }
}
