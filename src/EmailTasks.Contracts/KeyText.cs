using System.Net;

namespace EmailTasks.Contracts;

/// <summary>
/// API keys of ours inside other text, <c>nox_&lt;id&gt;_&lt;64 hex digits&gt;</c>: whoever pastes one into a name, a mail or a path has shown
/// it to everybody who reads that. It is refused wherever it stands, and never repeated, however it is dressed up.
/// </summary>
public static class KeyText
{
    private const string Start = "nox_";
    private const int SecretDigits = 64;
    private const int IdMax = 64;

    /// <summary>What stands in place of a key.</summary>
    public const string Hidden = "[an API key]";

    /// <summary>Whether a text holds a key, also in capitals, percent-encoded, as entities, or with unseen characters in it.</summary>
    public static bool In(string text)
    {
        if (text.Length < Start.Length + SecretDigits || !MayHold(text)) return false;
        var plain = Plain(text);
        return Next(plain, 0) is not null;
    }

    /// <summary>The text with every key taken out of it; a key that is dressed up takes the whole text with it.</summary>
    public static string Without(string text)
    {
        if (!In(text)) return text;
        for (var key = Next(text, 0); key is { } found; key = Next(text, found.At + Hidden.Length))
            text = string.Concat(text.AsSpan(0, found.At), Hidden, text.AsSpan(found.At + found.Length));
        return In(text) ? Hidden : text;
    }

    // Cheap, and asked for every text of every call: the three letters in their order somewhere.
    private static bool MayHold(string text)
    {
        var n = text.IndexOfAny('n', 'N');
        var o = n < 0 ? -1 : text.IndexOfAny(['o', 'O'], n);
        return (o >= 0 && text.IndexOfAny(['x', 'X'], o) >= 0) || text.AsSpan().ContainsAny('%', '&');
    }

    private static string Plain(string text)
    {
        // Entities first: they may stand for unseen characters too.
        var plain = Unseen.Without(text.Contains('&') ? WebUtility.HtmlDecode(text) : text);
        return plain.Contains('%') ? Uri.UnescapeDataString(plain) : plain;
    }

    private static (int At, int Length)? Next(string text, int from)
    {
        for (var at = text.IndexOf(Start, from, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(Start, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var id = at + Start.Length;
            var end = id;
            while (end < text.Length && end - id < IdMax && char.IsAsciiLetterOrDigit(text[end])) end++;
            if (end == id || end >= text.Length || text[end] != '_') continue;
            var secret = end + 1;
            var last = secret;
            while (last < text.Length && char.IsAsciiHexDigit(text[last])) last++;
            if (last - secret >= SecretDigits) return (at, last - at);
        }
        return null;
    }
}
