using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;

namespace EmailTasks.Server.Message.Seen;

/// <summary>One declaration of a style, and how it wins over others.</summary>
internal readonly record struct Declaration(string Property, string Value, long Weight);

/// <summary>
/// The style of each element of a cleaned document, as far as it decides whether words are seen: style sheets with their
/// selectors, style attributes, and the attributes that came before styles. Media rules count where an ordinary reader's
/// screen meets them.
/// </summary>
internal sealed class StyleRules
{
    /// <summary>Rules times elements that are tried; a mail of 100 KB needs some 100,000.</summary>
    private const long MostTries = 10_000_000;

    /// <summary>A screen narrower than this is a phone's; rules for those hide and show what others see.</summary>
    private const int PhoneWidth = 1_000;

    private static readonly HashSet<string> Telling = new(StringComparer.Ordinal)
    {
        "display", "visibility", "opacity", "filter", "font", "font-size", "color", "background", "background-color", "width", "height", "max-width", "max-height", "overflow", "overflow-x", "overflow-y",
        "position", "left", "top", "right", "bottom", "margin", "margin-left", "margin-top", "margin-right", "margin-bottom", "text-indent", "clip", "clip-path", "mso-hide", "transform", "-webkit-transform", "scale", "zoom",
        "letter-spacing", "-webkit-text-fill-color", "content-visibility", "unicode-bidi", "direction", "content", "line-height", "-webkit-text-security", "mask", "mask-image", "-webkit-mask-image", "padding-left",
    };

    private static readonly Regex MaxWidth = new(@"max-(?:device-)?width\s*:\s*(?<px>\d+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    private readonly Dictionary<IElement, List<Declaration>> _of = [];
    private readonly Dictionary<string, string> _custom = new(StringComparer.Ordinal);
    private readonly IHtmlDocument _document;
    private long _tries;
    private int _order;

    /// <summary>Whether there were too many rules to try them all.</summary>
    public bool IsTooMuch { get; private set; }

    /// <summary>Words that a style sheet writes itself, before or behind an element.</summary>
    public List<string> Written { get; } = [];

    /// <summary>Whether a selector asks for the value of any attribute.</summary>
    public bool AsksAttributes { get; private set; }

    public StyleRules(IHtmlDocument document)
    {
        _document = document;
        foreach (var sheet in document.QuerySelectorAll("style")) Rules(sheet.TextContent, 0);
    }

    /// <summary>What holds for an element; a later and more special declaration has won already.</summary>
    public Dictionary<string, string> Of(IElement element)
    {
        var all = new List<Declaration>(_of.GetValueOrDefault(element) ?? []);
        if (element.GetAttribute("style") is { } style) Declarations(style, 1L << 40, (property, value, weight) => all.Add(new(property, value, weight)));
        var won = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (property, value, _) in all.OrderBy(d => d.Weight)) won[property] = Resolved(value);
        return won;
    }

    private void Rules(string css, int depth)
    {
        for (var at = 0; at < css.Length;)
        {
            var open = css.IndexOf('{', at);
            if (open < 0) return;
            var prelude = css[at..open].Trim();
            var close = Close(css, open);
            var block = css[(open + 1)..close];
            at = close + 1;
            if (prelude.StartsWith("@media", StringComparison.OrdinalIgnoreCase) || prelude.StartsWith("@supports", StringComparison.OrdinalIgnoreCase))
            {
                if (depth < 4 && Holds(prelude)) Rules(block, depth + 1);
            }
            else if (!prelude.StartsWith('@')) Rule(prelude, block);
        }
    }

    private void Rule(string selectors, string block)
    {
        var found = new List<(string Property, string Value, long Weight)>();
        Declarations(block, 0, (property, value, weight) => found.Add((property, value, weight)));
        if (found.Count == 0) return;
        foreach (var selector in Each(selectors))
        {
            AsksAttributes |= selector.Contains('[');
            var isBeside = selector.Contains(":before", StringComparison.OrdinalIgnoreCase) || selector.Contains(":after", StringComparison.OrdinalIgnoreCase);
            if (isBeside)
            {
                if (found.Find(f => f.Property == "content").Value is { } words) Written.Add(words);
                continue;
            }
            if ((_tries += _document.All.Length) > MostTries)
            {
                IsTooMuch = true;
                return;
            }
            Match(selector.Trim(), found);
        }
    }

    // A comma within :is(.a, .b) parts nothing.
    private static IEnumerable<string> Each(string selectors)
    {
        int from = 0, depth = 0;
        for (var i = 0; i < selectors.Length; i++)
        {
            depth += selectors[i] is '(' or '[' ? 1 : selectors[i] is ')' or ']' ? -1 : 0;
            if (selectors[i] != ',' || depth > 0) continue;
            yield return selectors[from..i];
            from = i + 1;
        }
        yield return selectors[from..];
    }

    private void Match(string selector, List<(string Property, string Value, long Weight)> found)
    {
        IHtmlCollection<IElement> elements;
        try
        {
            elements = _document.QuerySelectorAll(selector);
        }
        catch (DomException)
        {
            return; // a selector that no mail program reads hides nothing
        }
        var special = (Special(selector) << 20) + _order++;
        foreach (var element in elements)
        {
            if (!_of.TryGetValue(element, out var list)) _of[element] = list = [];
            foreach (var (property, value, weight) in found) list.Add(new(property, value, weight + special));
        }
    }

    private void Declarations(string css, long weight, Action<string, string, long> add)
    {
        foreach (var declaration in css.Split(';'))
        {
            var colon = declaration.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0) continue;
            var property = declaration[..colon].Trim().ToLowerInvariant();
            var value = declaration[(colon + 1)..].Trim();
            var bang = value.IndexOf('!', StringComparison.Ordinal);
            var isImportant = bang >= 0 && value.AsSpan(bang).Contains("important", StringComparison.OrdinalIgnoreCase);
            if (bang >= 0) value = value[..bang].Trim();
            if (property.StartsWith("--", StringComparison.Ordinal)) _custom[property] = value;
            else if (Telling.Contains(property)) add(property, value, weight + (isImportant ? 1L << 50 : 0));
        }
    }

    private string Resolved(string value)
    {
        for (var round = 0; round < 4 && value.IndexOf("var(", StringComparison.OrdinalIgnoreCase) is var at and >= 0; round++)
        {
            var end = value.IndexOf(')', at);
            if (end < 0) break;
            var inner = value[(at + 4)..end].Split(',', 2);
            value = value[..at] + (_custom.GetValueOrDefault(inner[0].Trim().ToLowerInvariant()) ?? (inner.Length == 2 ? inner[1].Trim() : "")) + value[(end + 1)..];
        }
        return value;
    }

    /// <summary>How special a selector is (Selectors 4, §17), roughly: ids, then classes, attributes and states, then names.</summary>
    private static long Special(string selector)
    {
        long ids = 0, classes = 0, names = 0;
        for (var i = 0; i < selector.Length; i++)
        {
            if (selector[i] == '#') ids++;
            else if (selector[i] is '.' or '[' or ':') classes++;
            else if (char.IsAsciiLetter(selector[i]) && (i == 0 || selector[i - 1] is ' ' or '>' or '+' or '~')) names++;
        }
        return Math.Min(ids, 60) * 10_000 + Math.Min(classes, 90) * 100 + Math.Min(names, 99);
    }

    private static bool Holds(string prelude)
    {
        if (prelude.Contains("print", StringComparison.OrdinalIgnoreCase) && !prelude.Contains("screen", StringComparison.OrdinalIgnoreCase)) return false;
        if (prelude.Contains("prefers-color-scheme", StringComparison.OrdinalIgnoreCase) && prelude.Contains("dark", StringComparison.OrdinalIgnoreCase)) return false;
        return MaxWidth.Match(prelude) is not { Success: true } narrow || !int.TryParse(narrow.Groups["px"].ValueSpan, out var width) || width >= PhoneWidth;
    }

    private static int Close(string css, int open)
    {
        var depth = 0;
        for (var i = open; i < css.Length; i++)
        {
            depth += css[i] == '{' ? 1 : css[i] == '}' ? -1 : 0;
            if (depth == 0) return i;
        }
        return css.Length;
    }
}
