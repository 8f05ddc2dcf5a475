namespace EmailTasks.Core.Inbound;

/// <summary>What a subject's beginning tells.</summary>
internal static class SubjectLine
{
    /// <summary>Prefixes one behind another: "Re: AW: Re[2]:"; more is nobody's mail program.</summary>
    private const int MaxPrefixes = 8;

    /// <summary>Whether it begins as an answer does.</summary>
    public static bool IsReply(string subject) => Prefix("reply_prefix", subject) > 0;

    /// <summary>Whether it begins as a forwarded mail does.</summary>
    public static bool IsForward(string subject) => Prefix("forward_prefix", subject) > 0;

    /// <summary>"Gone filming! Re: hello": answering programs put a person's words before the answered subject, people leave it alone.</summary>
    public static bool IsReplyInside(string subject) => !IsReply(subject) && !IsForward(subject) && subject.Contains(" re: ", StringComparison.OrdinalIgnoreCase);

    /// <summary>Without the prefixes that mail programs put before it.</summary>
    public static string Bare(string subject)
    {
        var rest = subject.Trim();
        for (var i = 0; i < MaxPrefixes; i++)
        {
            var length = Math.Max(Prefix("reply_prefix", rest), Prefix("forward_prefix", rest));
            if (length == 0) break;
            rest = rest[length..].TrimStart();
        }
        return rest;
    }

    /// <summary>
    /// 2 when it is marked as an out-of-office answer: the phrase with a colon behind it, or nothing but the phrase; 1 when
    /// it only begins so ("Out of office next week, sorry"). Behind "Re:" it is a person's answer to such a mail: 0.
    /// </summary>
    public static int Away(string subject)
    {
        var text = subject.AsSpan().Trim().TrimStart("[(【");
        var length = InboundPhrases.PrefixLength("away_subject", text);
        if (length == 0) return 0;
        // "Out of Office AutoReply: hello": one phrase behind another.
        while (InboundPhrases.PrefixLength("away_subject", text[length..].TrimStart(" -–")) is > 0 and var more) length = text.Length - text[length..].TrimStart(" -–").Length + more;
        var rest = text[length..].TrimStart();
        if (rest.Length == 0 || rest[0] is ':' or '：' or ']' or ')' or '】') return 2;
        // Inside a word it is another word: "Absenceland".
        return length < text.Length && char.IsAsciiLetterOrDigit(text[length]) ? 0 : 1;
    }

    // "Re:", "Re[2]:", "Re (3):", "回复：", "RE :"
    private static int Prefix(string use, string subject)
    {
        var trimmed = subject.TrimStart();
        var length = InboundPhrases.PrefixLength(use, trimmed);
        if (length == 0) return 0;
        var at = length;
        while (at < trimmed.Length && at < length + 6 && (trimmed[at] is '[' or ']' or '(' or ')' or '^' or ' ' || char.IsAsciiDigit(trimmed[at]))) at++;
        return at < trimmed.Length && trimmed[at] is ':' or '：' ? subject.Length - trimmed.Length + at + 1 : 0;
    }
}
