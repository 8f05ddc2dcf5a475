namespace EmailTasks.Core.Dns;

/// <summary>Who told a selector.</summary>
public enum SelectorSource
{
    /// <summary>The mailbox's settings.</summary>
    Given,

    /// <summary>The signature of a mail in the Sent folder.</summary>
    SentMail,

    /// <summary>The signature of a mail in the inbox that says it is from this mailbox's own address: a copy to oneself.</summary>
    OwnMail,
}

/// <summary>A selector, the domain whose zone holds its key, and who told it.</summary>
public sealed record DkimSelector(string Selector, string Domain, SelectorSource Source)
{
    /// <summary>Characters of a selector; the wire takes as many.</summary>
    public const int SelectorMax = 63;

    /// <summary>Characters of a signature that are read; a real one has some 800.</summary>
    public const int SignatureMax = 8_192;

    /// <summary>The name whose TXT record is asked for.</summary>
    public string Name => DkimCheck.Name(Selector, Domain);

    /// <summary>
    /// What a DKIM-Signature says (RFC 6376 §3.5), or null when it can't be read or signs for another domain. The signing domain
    /// must be the sender's or one above it, as DMARC's relaxed alignment wants (RFC 7489 §3.1.1): whoever forges a mail can then
    /// only make us ask the sender's own zone.
    /// </summary>
    /// <param name="signature">The header's value, folded or not. Untrusted.</param>
    /// <param name="senderDomain">As an A-label, lower case.</param>
    /// <param name="source">Where the mail lay.</param>
    public static DkimSelector? Of(string signature, string senderDomain, SelectorSource source)
    {
        if (signature.Length > SignatureMax || TagList.Parse(signature) is not { } tags) return null;
        if (tags.Value("d")?.ToLowerInvariant() is not { } domain || tags.Value("s")?.ToLowerInvariant() is not { Length: > 0 and <= SelectorMax } selector) return null;
        var aligned = domain == senderDomain || (domain.Contains('.') && senderDomain.EndsWith("." + domain, StringComparison.Ordinal));
        return aligned && selector.Split('.').All(IsLabel) ? new(selector, domain, source) : null;
    }

    /// <summary>The header fields that a signature covers (RFC 6376 §3.5, tag h), or null when it can't be read.</summary>
    public static IReadOnlyList<string>? SignedHeaders(string signature) =>
        signature.Length <= SignatureMax && TagList.Parse(signature)?.Value("h") is { } fields ? fields.Split(':', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : null;

    private static bool IsLabel(string label) => label.Length > 0 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
