using MimeKit;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// A message taken apart: its headers, and its parts in order without those of messages attached to it. The one place where raw mail
/// is parsed; others ask here, so that no byte of a stranger's reaches the library past the bounds.
/// </summary>
internal sealed class ParsedMail
{
    private static readonly ParserOptions Options = Lenient();

    private readonly List<Header> _headers = [];

    private readonly MailBudget _budget;

    private ParsedMail(bool truncated, MailBudget budget) => (Truncated, _budget) = (truncated, budget);

    /// <summary>The library's own message, for what asks its bytes as they came; null when none could be read.</summary>
    public MimeMessage? Message { get; private set; }

    /// <summary>The leaves in order: text, attachments, attached messages.</summary>
    public List<MimeEntity> Parts { get; } = [];

    /// <summary>Parts that are another form of one before them.</summary>
    public HashSet<MimeEntity> Alternatives { get; } = [];

    /// <summary>Whether a limit cut something off.</summary>
    public bool Truncated { get; private set; }

    /// <summary>Whether no message could be read.</summary>
    public bool Unreadable { get; private set; }

    /// <summary>Takes a message apart, whatever its state.</summary>
    /// <exception cref="OverBudgetException">It cost too much.</exception>
    /// <exception cref="OperationCanceledException">Somebody stopped it.</exception>
    public static ParsedMail Parse(byte[] raw, MailBudget budget)
    {
        var (kept, cut) = RawBounds.Of(raw, budget);
        var mail = new ParsedMail(cut, budget);
        try
        {
            // Persistent: parts stay slices of the one buffer instead of copies.
            var message = new MimeParser(Options, kept, MimeFormat.Entity, persistent: true).ParseMessage();
            mail.Message = message;
            mail.Take(message.Headers);
            if (message.Body is { } body)
            {
                foreach (var header in body.Headers) if (mail._headers.Count < InboundLimits.Headers) mail._headers.Add(header);
                mail.Walk(body, 0, alternative: false);
            }
        }
        catch (Exception e) when (e is not (OverBudgetException or OperationCanceledException))
        {
            // The library's own exceptions (FormatException) and whatever it did not foresee: a message nobody can read must not stop the mailbox.
            mail.Unreadable = mail._headers.Count == 0;
        }
        return mail;
    }

    /// <summary>The decoded value of the first header of this name, unfolded; null without one.</summary>
    public string? Header(string name)
    {
        foreach (var header in _headers)
            if (header.Field.Equals(name, StringComparison.OrdinalIgnoreCase))
                return Value(header);
        return null;
    }

    /// <summary>Every header with its decoded value.</summary>
    public IEnumerable<(string Name, string Value)> Headers => _headers.Select(h => (h.Field, Value(h)));

    /// <summary>The headers whose names are among these.</summary>
    public IEnumerable<(string Name, string Value)> HeadersOf(IReadOnlySet<string> names) => _headers.Where(h => names.Contains(h.Field)).Select(h => (h.Field, Value(h)));

    /// <summary>The raw value of the first header of this name, cut to its limit.</summary>
    public byte[]? RawHeader(string name)
    {
        foreach (var header in _headers)
            if (header.Field.Equals(name, StringComparison.OrdinalIgnoreCase))
                return Cut(header);
        return null;
    }

    /// <summary>The decoded value of a header, in one line.</summary>
    public static string Value(Header header) => SafeText.Line(EncodedWords.Decode(Cut(header)), InboundLimits.HeaderBytes);

    private static byte[] Cut(Header header) => header.RawValue.Length <= InboundLimits.HeaderBytes ? header.RawValue : header.RawValue[..InboundLimits.HeaderBytes];

    private void Take(HeaderList headers)
    {
        foreach (var header in headers)
        {
            if (_headers.Count >= InboundLimits.Headers) Truncated = true;
            else _headers.Add(header);
        }
    }

    private void Walk(MimeEntity entity, int depth, bool alternative)
    {
        _budget.Check();
        if (Parts.Count >= InboundLimits.Parts || depth > InboundLimits.Depth)
        {
            Truncated = true;
            return;
        }
        if (entity is not Multipart multipart)
        {
            Parts.Add(entity);
            if (alternative) Alternatives.Add(entity);
            return;
        }
        var forms = multipart.ContentType.IsMimeType("multipart", "alternative");
        // A multipart without its boundary has no parts: all of it stands in front of the first.
        if (multipart.Count == 0 && multipart.Preamble is { Length: > 0 } preamble) Parts.Add(new TextPart("plain") { Text = preamble.Length <= InboundLimits.JudgedBytes ? preamble : preamble[..InboundLimits.JudgedBytes] });
        for (var i = 0; i < multipart.Count; i++) Walk(multipart[i], depth + 1, alternative || (forms && i > 0));
    }

    private static ParserOptions Lenient()
    {
        var options = ParserOptions.Default.Clone();
        options.MaxMimeDepth = InboundLimits.Depth;
        options.MaxAddressGroupDepth = 3;
        options.AllowAddressesWithoutDomain = true;
        return options;
    }
}
