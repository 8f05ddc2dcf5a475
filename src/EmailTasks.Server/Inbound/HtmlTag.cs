using System.Net;

namespace EmailTasks.Server.Inbound;

/// <summary>A tag as browsers read it: a ">" within quotes does not end it, and of two attributes of one name the first counts.</summary>
/// <param name="Name">Lower case.</param>
/// <param name="IsEnd">Whether it ends an element.</param>
/// <param name="End">Where the text behind it begins.</param>
internal sealed record HtmlTag(string Name, bool IsEnd, int End, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>Characters of one value that are kept.</summary>
    private const int ValueMax = 8_192;

    /// <summary>Attributes that are kept.</summary>
    private const int AttributesMax = 40;

    private static readonly HashSet<string> Kept = new(["style", "class", "id", "hidden", "color", "bgcolor", "background", "open"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the tag whose "&lt;" stands there; null when it has no end, and then neither has anything behind it.</summary>
    public static HtmlTag? Read(string html, int open)
    {
        var at = open + 1;
        var isEnd = html[at] == '/';
        if (isEnd) at++;
        var from = at;
        while (at < html.Length && !IsSpace(html[at]) && html[at] is not ('/' or '>')) at++;
        var name = html[from..at].ToLowerInvariant();
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var count = 0; ; count++)
        {
            while (at < html.Length && (IsSpace(html[at]) || html[at] == '/')) at++;
            if (at >= html.Length) return null;
            if (html[at] == '>') return new HtmlTag(name, isEnd, at + 1, attributes);
            from = at++; // an equals sign may begin a name
            while (at < html.Length && !IsSpace(html[at]) && html[at] is not ('/' or '>' or '=')) at++;
            var attribute = html.AsSpan(from, at - from);
            while (at < html.Length && IsSpace(html[at])) at++;
            var value = ReadOnlySpan<char>.Empty;
            if (at < html.Length && html[at] == '=' && Value(html, at + 1, out value, out at) is false) return null;
            if (count < AttributesMax && attribute.Length <= 10 && attribute.ToString() is var named && Kept.Contains(named))
                attributes.TryAdd(named.ToLowerInvariant(), WebUtility.HtmlDecode((value.Length <= ValueMax ? value : value[..ValueMax]).ToString()));
        }
    }

    private static bool Value(string html, int at, out ReadOnlySpan<char> value, out int end)
    {
        while (at < html.Length && IsSpace(html[at])) at++;
        var from = at;
        if (at < html.Length && html[at] is '"' or '\'')
        {
            end = html.IndexOf(html[at], at + 1);
            value = end < 0 ? default : html.AsSpan(from + 1, end - from - 1);
            return ++end > 0;
        }
        while (at < html.Length && !IsSpace(html[at]) && html[at] != '>') at++;
        value = html.AsSpan(from, at - from);
        end = at;
        return true;
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\r' or '\f';
}
