namespace EmailTasks.Server.Message;

/// <summary>
/// Whether a tree of some HTML can be built in bounded work, told from its tags alone. Building one costs the square of its
/// depth, and formatting that is left open is repeated in every following block: 250 KB can take minutes and gigabytes.
/// </summary>
internal static class HtmlBounds
{
    /// <summary>Tags of one document; the longest newsletters have some thousands.</summary>
    public const int Tags = 20_000;

    /// <summary>Formatting elements left open at once; a parser reopens each in every following block.</summary>
    public const int OpenFormatting = 60;

    /// <summary>Other elements left open at once. Far above <see cref="EmailHtml.MaxDepth"/>: a parser closes many of itself, which tags alone don't tell.</summary>
    public const int Open = 2_000;

    private const int NameMax = 12;

    private static readonly HashSet<string> Formatting = new(["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"], StringComparer.OrdinalIgnoreCase);

    // Those have no end, or end by themselves where the next one begins (HTML, optional tags).
    private static readonly HashSet<string> Shallow = new(
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "option", "html", "head", "body"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>What is too much, as the end of a sentence; null when nothing is.</summary>
    public static string? Problem(string html)
    {
        var (tags, formatting, open) = (0, 0, 0);
        var byName = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var at = html.IndexOf('<'); at >= 0; at = html.IndexOf('<', at + 1))
        {
            if (++tags > Tags) return $"more than {Tags} tags";
            var from = at + 1;
            var ends = from < html.Length && html[from] == '/';
            if (ends) from++;
            var to = from;
            while (to < html.Length && to - from < NameMax && char.IsAsciiLetterOrDigit(html[to])) to++;
            var name = html[from..to];
            if (name.Length == 0 || Shallow.Contains(name)) continue;
            if (Formatting.Contains(name))
            {
                formatting = ends ? Math.Max(0, formatting - 1) : formatting + 1;
                if (formatting > OpenFormatting) return $"more than {OpenFormatting} formatting elements left open, such as <b> and <font>";
                continue;
            }
            // An end closes only what is open under its name: one of nothing must not hide what is nested.
            var now = byName.GetValueOrDefault(name);
            if (ends && now == 0) continue;
            byName[name] = now + (ends ? -1 : 1);
            open += ends ? -1 : 1;
            if (open > Open) return $"elements nested more than {EmailHtml.MaxDepth} deep";
        }
        return null;
    }
}
