using System.Collections.Immutable;
using MimeKit;

namespace EmailTasks.Server.Inbound;

/// <summary>A file that came with a message. Its name is untrusted; nothing is opened.</summary>
/// <param name="Name">The last part of the given name; empty without one.</param>
/// <param name="MediaType">As named by the sender.</param>
/// <param name="Size">Bytes as they came, i.e. encoded.</param>
public sealed record InboundAttachment(string Name, string MediaType, long Size);

/// <summary>What can be shown of a message. All of it is untrusted text.</summary>
public sealed record InboundBody
{
    /// <summary>The plain text, or the text of the HTML when there is none.</summary>
    public string Text { get; init; } = "";

    /// <summary>Letters of its HTML that no person sees, left out of <see cref="Text"/>.</summary>
    public int HiddenCharacters { get; init; }

    /// <summary>The places where they stood.</summary>
    public int HiddenParts { get; init; }

    /// <summary>Whether the text was longer.</summary>
    public bool TextTruncated { get; init; }

    /// <summary>Cleaned and inert HTML; null without any, or when it cannot be made safe.</summary>
    public string? Html { get; init; }

    /// <summary>Whether there is more HTML than is shown, or some that is not shown at all.</summary>
    public bool HtmlTruncated { get; init; }

    /// <summary>What came with it, attached messages too.</summary>
    public ImmutableArray<InboundAttachment> Attachments { get; init; } = [];

    /// <summary>Whether there are more attachments than listed, or the message was not read to its end.</summary>
    public bool AttachmentsTruncated { get; init; }
}

/// <summary>From the raw bytes of a message to what can be shown. Pure, bounded by <see cref="InboundLimits"/>, and never throws.</summary>
internal static class InboundBodies
{
    /// <summary>Reads a raw message, whatever its state.</summary>
    public static InboundBody Read(byte[] raw)
    {
        var mail = ParsedMail.Parse(raw, MailBudget.Again());
        if (mail.Unreadable) return new InboundBody { AttachmentsTruncated = mail.Truncated };
        List<string> plain = [], html = [];
        var attachments = ImmutableArray.CreateBuilder<InboundAttachment>();
        var (plainLeft, htmlLeft, plainCut, htmlCut, more) = (InboundLimits.BodyBytes, InboundLimits.BodyBytes, false, false, mail.Truncated);
        foreach (var part in mail.Parts)
        {
            if (PartText.IsInline(part, "plain")) plainCut |= Add(plain, part, ref plainLeft);
            else if (PartText.IsInline(part, "html")) htmlCut |= Add(html, part, ref htmlLeft);
            else if (attachments.Count < InboundLimits.Attachments) attachments.Add(Attachment(part));
            else more = true;
        }
        var source = string.Join('\n', html);
        var inert = html.Count == 0 ? null : Inert(source);
        var text = string.Join('\n', plain);
        var seen = html.Count == 0 ? null : HtmlText.Read(source);
        var fromHtml = string.IsNullOrWhiteSpace(text) && html.Count > 0;
        return new InboundBody
        {
            Text = fromHtml ? SafeText.Lines(seen!.Text, InboundLimits.BodyBytes) : text,
            TextTruncated = fromHtml ? htmlCut : plainCut,
            HiddenCharacters = seen?.HiddenCharacters ?? 0,
            HiddenParts = seen?.HiddenParts ?? 0,
            Html = inert,
            HtmlTruncated = htmlCut || (html.Count > 0 && inert is null),
            Attachments = attachments.ToImmutable(),
            AttachmentsTruncated = more,
        };
    }

    private static bool Add(List<string> to, MimeEntity part, ref int left)
    {
        if (left <= 0) return true;
        var text = PartText.Of(part, left, out var cut);
        left -= text.Length;
        to.Add(text);
        return cut;
    }

    private static string? Inert(string html)
    {
        try
        {
            return InertHtml.Of(html);
        }
        catch (Exception) // the HTML library on a stranger's bytes: what it cannot take is not shown as HTML
        {
            return null;
        }
    }

    private static InboundAttachment Attachment(MimeEntity part)
    {
        var name = part.ContentDisposition?.FileName ?? part.ContentType.Name ?? "";
        name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var size = part is MimePart { Content.Stream: { CanSeek: true } stream } ? stream.Length : 0;
        return new InboundAttachment(SafeText.Line(name, InboundLimits.NameChars), SafeText.Line(part.ContentType.MimeType, InboundLimits.NameChars).ToLowerInvariant(), size);
    }
}
