namespace EmailTasks.Server.Inbound;

/// <summary>How much of an incoming message is looked at. Anybody may send us anything; what is longer is cut, and the cut is told.</summary>
internal static class InboundLimits
{
    /// <summary>Bytes of a message; providers take 25 to 50 MB.</summary>
    public const int MessageBytes = 40 * 1024 * 1024;

    /// <summary>Bytes of a mail of our own whose signature is checked: the largest content, encoded, is smaller.</summary>
    public const int ProofBytes = 2 * 1024 * 1024;

    /// <summary>Lines that may begin a part or belong to a part's header. Each can become an object; real mails have some hundred.</summary>
    public const int StructureLines = 20_000;

    /// <summary>Multiparts in multiparts; each line is compared with every open boundary. Real mails nest 5 deep.</summary>
    public const int Depth = 20;

    /// <summary>Parts that are looked at.</summary>
    public const int Parts = 500;

    /// <summary>Headers that are looked at.</summary>
    public const int Headers = 1_000;

    /// <summary>Bytes of one header that are parsed, all its lines together.</summary>
    public const int HeaderFieldBytes = 64 * 1024;

    /// <summary>Bytes of all headers together, those of parts too, that are parsed: real mails have some 20 KB, and 10 MB of addresses became a GB of objects.</summary>
    public const int HeadersBytes = 512 * 1024;

    /// <summary>Bytes of one header's value that are looked at: address lists of some hundred people.</summary>
    public const int HeaderBytes = 16 * 1024;

    /// <summary>Characters of a subject.</summary>
    public const int SubjectChars = 1_000;

    /// <summary>Ids, from In-Reply-To and from References each: the newest of a long thread.</summary>
    public const int References = 50;

    /// <summary>Characters of an id; RFC 5322 lines end at 998.</summary>
    public const int IdChars = 998;

    /// <summary>Authentication-Results that are looked at: one of each server on the way, and what a forger added.</summary>
    public const int AuthenticationResults = 20;

    /// <summary>Addresses of one header.</summary>
    public const int Addresses = 100;

    /// <summary>Bytes of text that are judged; also of a report part.</summary>
    public const int JudgedBytes = 128 * 1024;

    /// <summary>Characters of the author's own text that are kept with the facts.</summary>
    public const int NewTextChars = 4_000;

    /// <summary>Characters of a diagnostic.</summary>
    public const int DiagnosticChars = 2_000;

    /// <summary>Recipients of one report.</summary>
    public const int ReportRecipients = 200;

    /// <summary>Tokens from the text.</summary>
    public const int Tokens = 10;

    /// <summary>Bytes of a body that are shown, text and HTML each.</summary>
    public const int BodyBytes = 512 * 1024;

    /// <summary>Attachments that are listed.</summary>
    public const int Attachments = 100;

    /// <summary>Characters of an attachment's name or type.</summary>
    public const int NameChars = 255;
}
