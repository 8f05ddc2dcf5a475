using System.Text.RegularExpressions;
using EmailTasks.Core.Inbound;

namespace EmailTasks.Server.Inbound;

/// <summary>What a bounce says in words: qmail, Exim, old Exchange and many providers send no report part.</summary>
internal static class BounceText
{
    private static readonly Regex AnyAddress = new(@"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    // The copy of the mail, or its headers, below the words.
    private static readonly Regex ReturnedId = new(@"^[> \t]*Message-ID[:]\s*<(?<id>[^<>\s]{3,998})>", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.IgnoreCase);

    private static readonly Regex ReturnedTo = new(@"^[> \t]*To:(?<to>[^\n]{1,500})", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.Multiline);

    private static readonly Regex ReturnedSubject = new(@"^[> \t]*Subject:(?<subject>[^\n]{1,500})", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.Multiline);

    private static readonly Regex CopyStarts = new(@"^[> \t]*(--- ?Below this line|------ This is a copy|------ The body of|----- ?Original message|-----Original Message|Original message headers|Received: |Return-Path: |Message-ID: |-{3,} Undelivered message|-{4,}.{0,40}邮件)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.IgnoreCase);

    /// <summary>The address, status and words of a bounce, as far as they stand in the text.</summary>
    /// <param name="text">The mail's text.</param>
    /// <param name="failed">X-Failed-Recipients, as Exim and Gmail write it.</param>
    /// <param name="ours">Whom the bounce was sent to and who sent it: never whom it is about.</param>
    public static BounceWords? Words(string text, string? failed, IReadOnlyCollection<string> ours)
    {
        var words = CopyStarts.Match(text) is { Success: true } copy ? text[..copy.Index] : text;
        var recipient = First(failed ?? "", ours) ?? First(words, ours);
        var status = EnhancedStatus.In(words);
        return recipient is null && status is null ? null : new BounceWords(recipient, status, SafeText.Lines(words, InboundLimits.DiagnosticChars));
    }

    /// <summary>What the text shows of the returned mail.</summary>
    public static ReturnedMail? Returned(string text)
    {
        var id = ReturnedId.Match(text) is { Success: true } m ? m.Groups["id"].Value : null;
        if (id is null) return null;
        var to = ReturnedTo.Match(text) is { Success: true } t ? First(t.Groups["to"].Value, []) : null;
        var subject = ReturnedSubject.Match(text) is { Success: true } s ? SafeText.Line(s.Groups["subject"].Value, InboundLimits.SubjectChars) : null;
        return new ReturnedMail(id, to, subject);
    }

    private static string? First(string text, IReadOnlyCollection<string> but)
    {
        foreach (var match in AnyAddress.EnumerateMatches(text))
        {
            var address = text.Substring(match.Index, match.Length).Trim('\'', '.');
            if (!but.Contains(address, StringComparer.OrdinalIgnoreCase) && !address.StartsWith("postmaster@", StringComparison.OrdinalIgnoreCase) && !address.StartsWith("mailer-daemon@", StringComparison.OrdinalIgnoreCase))
                return address;
        }
        return null;
    }
}
