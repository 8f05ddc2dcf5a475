using MimeKit;
using MimeKit.Utils;

namespace EmailTasks.Server.Message;

/// <summary>Builds the MIME message from parts that are already encoded.</summary>
internal sealed class MimeWriter(RenderPlan plan)
{
    private static readonly FormatOptions Wire = WireFormat();

    private readonly byte[] _from = HeaderText.Mailbox("From", plan.FromName, plan.SenderAddress);
    private readonly byte[]? _replyTo = plan.ReplyTo is null ? null : HeaderText.Mailbox("Reply-To", null, plan.ReplyTo);
    private readonly string _domain = plan.SenderAddress[(plan.SenderAddress.LastIndexOf('@') + 1)..];

    public MimeMessage Build(RenderedText text, MessageRecipient recipient, MessageTokens tokens, DateTimeOffset date)
    {
        var content = new List<object>(11)
        {
            Raw("From", _from),
            Raw("To", HeaderText.Mailbox("To", recipient.Name, recipient.Address)),
        };
        if (_replyTo is not null) content.Add(Raw("Reply-To", _replyTo));
        content.Add(Raw("Subject", HeaderText.Unstructured("Subject", text.Subject)));
        content.Add(Raw("Date", HeaderText.Unbroken("Date", DateUtils.FormatDate(date))));
        content.Add(Raw("Message-ID", HeaderText.Unbroken("Message-ID", $"<{tokens.MessageId}@{_domain}>")));
        content.Add(Raw("List-Unsubscribe", HeaderText.Unbroken("List-Unsubscribe", Unsubscribe.Header(plan, tokens))));
        if (plan.Links.OneClick) content.Add(Raw("List-Unsubscribe-Post", HeaderText.Unbroken("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")));
        content.Add(Raw("MIME-Version", " 1.0\r\n"u8.ToArray()));
        content.Add(Body(text, tokens));
        return new MimeMessage([.. content]);
    }

    public static byte[] ToBytes(MimeMessage message)
    {
        using var to = new MemoryStream(16 * 1024);
        message.WriteTo(Wire, to);
        return to.ToArray();
    }

    private static MimeEntity Body(RenderedText text, MessageTokens tokens)
    {
        var plain = Part("plain", text.Text);
        if (text.Html is null) return plain;
        // "=_" can stand in neither quoted-printable nor base64, so no body can contain the boundary.
        return new Multipart("alternative", plain, Part("html", text.Html)) { Boundary = "=_" + tokens.MessageId };
    }

    private static MimePart Part(string subtype, string text)
    {
        var (bytes, length, encoding) = BodyEncoding.Encode(text);
        var part = new MimePart("text", subtype)
        {
            Content = new MimeContent(new MemoryStream(bytes, 0, length, writable: false), encoding),
            ContentTransferEncoding = encoding,
        };
        part.ContentType.Charset = "utf-8";
        return part;
    }

    // The value is given raw, so that no format option (UTF-8 headers, refolding) writes it differently later.
    private static Header Raw(string name, byte[] value)
    {
        var header = new Header(name, "");
        header.SetRawValue(value);
        return header;
    }

    // What MailKit's SmtpClient sets on its clone of the options before it writes.
    private static FormatOptions WireFormat()
    {
        var options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        options.HiddenHeaders.Add(HeaderId.ContentLength);
        options.HiddenHeaders.Add(HeaderId.ResentBcc);
        options.HiddenHeaders.Add(HeaderId.Bcc);
        return options;
    }
}
