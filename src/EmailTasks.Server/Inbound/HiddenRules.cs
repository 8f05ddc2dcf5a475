using System.Text.RegularExpressions;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// The rules of a mail's style sheets that decide what is seen, by the last part of their selector: the class, id or element they
/// speak of. What stands around an element is not asked, so a rule hides rather more than a browser does, never less.
/// </summary>
internal sealed class HiddenRules
{
    /// <summary>Characters of all style sheets together.</summary>
    private const int CharactersMax = 64 * 1024;

    /// <summary>Selectors that are kept.</summary>
    private const int SelectorsMax = 500;

    private static readonly Regex Comment = new(@"/\*.*?(\*/|$)|<!--|-->", RegexOptions.Singleline | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    // One element, class or id; several classes of one element count by the last.
    private static readonly Regex Last = new(@"(?<mark>[.#]?)(?<name>[A-Za-z_-][A-Za-z0-9_-]*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private readonly Dictionary<string, StyleFacts> _of = new(StringComparer.Ordinal);

    /// <summary>The rules of all style elements of a document.</summary>
    public static HiddenRules In(string html)
    {
        var rules = new HiddenRules();
        var left = CharactersMax;
        for (var at = html.IndexOf("<style", StringComparison.OrdinalIgnoreCase); at >= 0 && left > 0; at = html.IndexOf("<style", at, StringComparison.OrdinalIgnoreCase))
        {
            if (HtmlTag.Read(html, at) is not { } tag) break;
            var end = html.IndexOf("</style", tag.End, StringComparison.OrdinalIgnoreCase);
            if (end < 0) end = html.Length;
            var css = html.AsSpan(tag.End, Math.Min(end - tag.End, left));
            left -= css.Length;
            rules.Add(Comment.Replace(css.ToString(), " "));
            at = end;
        }
        return rules;
    }

    /// <summary>What the rules say of an element, together with its own style.</summary>
    public IEnumerable<StyleFacts> For(HtmlTag tag)
    {
        if (_of.Count > 0)
        {
            if (_of.TryGetValue(tag.Name, out var element)) yield return element;
            foreach (var name in (tag.Attributes.GetValueOrDefault("class") ?? "").Split((char[]?)null, 20, StringSplitOptions.RemoveEmptyEntries))
                if (_of.TryGetValue("." + name, out var ofClass))
                    yield return ofClass;
            if (tag.Attributes.TryGetValue("id", out var id) && _of.TryGetValue("#" + id.Trim(), out var ofId)) yield return ofId;
        }
        if (tag.Attributes.TryGetValue("style", out var style)) yield return HiddenStyle.Read(style);
    }

    private void Add(string css)
    {
        for (var at = 0; at < css.Length && _of.Count < SelectorsMax;)
        {
            var open = css.IndexOf('{', at);
            if (open < 0) return;
            var selector = css[at..open].Trim();
            selector = selector[(selector.LastIndexOfAny([';', '}']) + 1)..].Trim(); // @import and the like in front
            if (selector.StartsWith('@'))
            {
                // Within "@media screen" rules hold as outside; under a condition they may not hold, and are passed over whole.
                at = Holds(selector) ? open + 1 : Behind(css, open);
                continue;
            }
            var close = css.IndexOf('}', open);
            if (close < 0) close = css.Length;
            Keep(selector, HiddenStyle.Read(css[(open + 1)..close]));
            at = Math.Min(css.Length, close + 1);
        }
    }

    private static bool Holds(string rule) => rule.StartsWith("@media", StringComparison.OrdinalIgnoreCase) && !rule.Contains('(') && !rule.Contains("print", StringComparison.OrdinalIgnoreCase);

    private static int Behind(string css, int open)
    {
        var depth = 0;
        for (var at = open; at < css.Length; at++)
        {
            depth += css[at] == '{' ? 1 : css[at] == '}' ? -1 : 0;
            if (depth == 0) return at + 1;
        }
        return css.Length;
    }

    private void Keep(string selectors, StyleFacts facts)
    {
        if (facts is { Hides: false, Color: null, Ground: null, HasPicture: false }) return;
        foreach (var one in selectors.Split(',', 50, StringSplitOptions.TrimEntries))
        {
            if (_of.Count >= SelectorsMax || Last.Match(one) is not { Success: true } last) continue;
            var (mark, name) = (last.Groups["mark"].Value, last.Groups["name"].Value);
            // "td" within something is not every td; a colour counts only where the selector is nothing else.
            if (last.Index > 0 && (mark.Length == 0 || !facts.Hides || one.Contains(':'))) continue;
            var key = mark.Length == 0 ? name.ToLowerInvariant() : mark + name;
            var before = _of.GetValueOrDefault(key);
            _of[key] = new StyleFacts(before.Hides || facts.Hides, facts.Color ?? before.Color, facts.Ground ?? before.Ground, before.HasPicture || facts.HasPicture);
        }
    }
}
