using System.Globalization;
using System.Text;

namespace EmailTasks.Server.Wire;

/// <summary>Reads what a server said: an enhanced status code (RFC 3463), and words that are safe to keep.</summary>
internal static class ReplyText
{
    /// <summary>A reply is kept up to this length: long enough for every provider's code and link, short enough for a row.</summary>
    public const int MaxLength = 500;

    /// <summary>The enhanced code at the start of the reply, or marked by # or ( as older servers do; its class must fit the reply code.</summary>
    public static string? Enhanced(int code, string? text)
    {
        if (text is null) return null;
        var start = text.Length - text.TrimStart().Length;
        if (At(text, start) is { } first) return first[0] - '0' == code / 100 ? first : null;
        for (var i = 0; i < text.Length - 1; i++)
            if (text[i] is '#' or '(' && At(text, i + 1) is { } marked && marked[0] - '0' == code / 100)
                return marked;
        return null;
    }

    /// <summary>The words without control and direction characters, lines joined by a space.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, MaxLength));
        foreach (var c in text)
        {
            if (clean.Length == MaxLength) break;
            if (c is '\r' or '\n' or '\t') clean.Append(' ');
            else if (!char.IsControl(c) && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.Surrogate)) clean.Append(c);
        }
        return clean.ToString().Trim();
    }

    /// <summary>Class, subject and detail at this place; an address such as 5.1.8.20 is none.</summary>
    private static string? At(string text, int start)
    {
        var end = start;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.')) end++;
        var parts = text[start..end].Split('.');
        return parts is [{ Length: 1 }, { Length: >= 1 and <= 3 }, { Length: >= 1 and <= 3 }] && parts[0] is "2" or "4" or "5" ? string.Join('.', parts) : null;
    }
}
