using EmailTasks.Core.Inbound;
using MimeKit;

namespace EmailTasks.Server.Inbound;

/// <summary>What the parts of a message say: its text, and the reports among them.</summary>
internal sealed record MailTexts
{
    /// <summary>The plain text, or the text of its HTML when there is none.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The HTML as it came.</summary>
    public string Html { get; private set; } = "";

    public DeliveryReport? Delivery { get; private set; }

    public ComplaintReport? Complaint { get; private set; }

    public ReturnedMail? Returned { get; private set; }

    public bool IsReadReceipt { get; private set; }

    public string? CalendarMethod { get; private set; }

    public bool HasAttachments { get; private set; }

    public bool Truncated { get; private set; }

    /// <summary>Looks at every part once. Attached messages are looked at for what was returned, never for what they report: people forward bounces.</summary>
    public static MailTexts Of(ParsedMail mail)
    {
        var texts = new MailTexts();
        var plain = new List<string>();
        var html = new List<string>();
        var left = InboundLimits.JudgedBytes;
        foreach (var part in mail.Parts)
        {
            if (PartText.IsInline(part, "plain") && left > 0) left -= Add(plain, part);
            else if (PartText.IsInline(part, "html") && left > 0) left -= Add(html, part);
            else texts.Special(part);
        }
        texts.Html = string.Join('\n', html);
        texts.Text = string.Join('\n', plain);
        if (string.IsNullOrWhiteSpace(texts.Text) && texts.Html.Length > 0) texts.Text = HtmlText.Of(texts.Html);
        return texts;

        int Add(List<string> to, MimeEntity part)
        {
            var text = PartText.Of(part, left, out var cut);
            texts.Truncated |= cut;
            to.Add(text);
            return text.Length;
        }
    }

    private void Special(MimeEntity part)
    {
        var type = part.ContentType;
        if (Is(type, "message", "delivery-status", "global-delivery-status")) Delivery ??= ReportFields.Delivery(Report(part));
        else if (Is(type, "message", "feedback-report")) Complaint ??= ReportFields.Complaint(Report(part));
        else if (Is(type, "message", "disposition-notification", "global-disposition-notification")) IsReadReceipt = true;
        else if (Is(type, "text", "calendar")) CalendarMethod ??= Method(part);
        else if (part is MessagePart { Message: { } message }) Attached(message.Headers);
        else if (Is(type, "text", "rfc822-headers") || Is(type, "message", "global-headers", "rfc822", "global")) Attached(Report(part));
        else HasAttachments = true;
    }

    private void Attached(HeaderList headers)
    {
        Returned ??= new ReturnedMail(
            MimeKit.Utils.MimeUtils.EnumerateReferences(Value(headers, "Message-ID") ?? "").FirstOrDefault(),
            InternetAddressList.TryParse(Value(headers, "To") ?? "", out var to) ? to.Mailboxes.FirstOrDefault()?.Address : null,
            Value(headers, "Subject"));
        // Microsoft's junk reports are an attached copy with this header, and no report part.
        if (Value(headers, "X-HmXmrOriginalRecipient") is { } recipient) Complaint ??= new ComplaintReport("abuse", recipient.Trim('<', '>', ' '), null, null);
        HasAttachments = true;
    }

    private void Attached(string text)
    {
        Returned ??= BounceText.Returned(text);
        HasAttachments = true;
    }

    private static string? Value(HeaderList headers, string name) => headers.FirstOrDefault(h => h.Field.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } header ? ParsedMail.Value(header) : null;

    private string Report(MimeEntity part)
    {
        var text = PartText.Of(part, InboundLimits.JudgedBytes, out var cut);
        Truncated |= cut;
        return text;
    }

    private string? Method(MimeEntity part)
    {
        if (part.ContentType.Parameters["method"] is { Length: > 0 and < 20 } named) return named.ToUpperInvariant();
        var line = Report(part).Split('\n').FirstOrDefault(l => l.StartsWith("METHOD:", StringComparison.OrdinalIgnoreCase));
        return line is null ? null : SafeText.Line(line[7..], 20).ToUpperInvariant();
    }

    private static bool Is(ContentType type, string media, params ReadOnlySpan<string> subtypes)
    {
        foreach (var subtype in subtypes)
            if (type.IsMimeType(media, subtype))
                return true;
        return false;
    }
}
