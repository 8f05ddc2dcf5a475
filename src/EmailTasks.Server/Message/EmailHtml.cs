using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Ganss.Xss;

namespace EmailTasks.Server.Message;

/// <summary>
/// Cleans an HTML document for mail: what mail programs render stays (tables, inline styles, media queries), whatever
/// runs, loads or submits goes. The result is stable: cleaning it again changes nothing, so no later parse can find a
/// tree in it that was not looked at.
/// </summary>
internal static class EmailHtml
{
    /// <summary>Tree walks recurse; real mails nest some 40 deep.</summary>
    public const int MaxDepth = 200;

    /// <summary>Rounds until nothing changes; one is usual, two after repairs.</summary>
    private const int MaxRounds = 6;

    private const string Doctype = "<!DOCTYPE html>\n";

    // Dropped with everything in them: their content is no text for readers. Other unknown elements leave theirs.
    private static readonly HashSet<string> Dropped = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "noscript", "iframe", "frame", "frameset", "noframes", "object", "embed", "applet", "param", "svg", "math",
        "template", "textarea", "select", "option", "optgroup", "datalist", "input", "xmp", "plaintext", "noembed", "listing",
        "audio", "video", "source", "track", "canvas", "link", "base", "basefont", "bgsound", "portal", "dialog",
    };

    private static readonly string[] Tags =
    [
        "html", "head", "title", "meta", "body", "a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big",
        "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em",
        "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li",
        "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strike",
        "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
    ];

    private static readonly string[] Attributes =
    [
        "abbr", "align", "alt", "aria-describedby", "aria-hidden", "aria-label", "aria-labelledby", "axis", "background", "bgcolor",
        "border", "cellpadding", "cellspacing", "charset", "cite", "class", "clear", "color", "colspan", "content", "datetime", "dir",
        "face", "headers", "height", "href", "hspace", "http-equiv", "id", "lang", "name", "nowrap", "rel", "reversed", "role",
        "rowspan", "rules", "scope", "size", "span", "src", "start", "summary", "target", "title", "type", "valign", "value",
        "vspace", "width",
    ];

    /// <summary>The attributes whose value is a URL.</summary>
    public static IReadOnlySet<string> UrlAttributes { get; } = new HashSet<string>(["href", "src", "background", "cite"], StringComparer.Ordinal);

    /// <summary>Parses as a mail program does, without scripting.</summary>
    public static IHtmlDocument Parse(string html) => new HtmlParser(new HtmlParserOptions { IsScripting = false }).ParseDocument(html);

    /// <summary>The document as text, under one doctype.</summary>
    public static string Write(IHtmlDocument document) => Doctype + ((IMarkupFormattable)document.DocumentElement).ToHtml(HtmlFormatter.Instance);

    /// <summary>Whether the tree is too deep to be walked; itself not recursive.</summary>
    public static bool IsTooDeep(INode root)
    {
        var depth = 0;
        for (INode? node = root.FirstChild; node is not null;)
        {
            if (node.FirstChild is { } child)
            {
                if (++depth > MaxDepth) return true;
                node = child;
                continue;
            }
            while (node is not null && node.NextSibling is null)
            {
                node = node.Parent;
                if (node is null || node == root) return false;
                depth--;
            }
            node = node?.NextSibling;
        }
        return false;
    }

    /// <summary>The clean document, or null when no number of rounds makes it stable.</summary>
    public static string? Clean(string html, Action<string> removed)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            using var document = Parse(html);
            if (IsTooDeep(document)) return null;
            var clean = CleanOnce(document, removed);
            if (clean == html) return clean;
            html = clean;
        }
        return null;
    }

    private static string CleanOnce(IHtmlDocument document, Action<string> removed)
    {
        foreach (var element in document.All.ToList())
        {
            if (!Dropped.Contains(element.LocalName) && !IsForbiddenMeta(element)) continue;
            removed($"<{Short(element.LocalName)}> element");
            element.Remove();
        }
        var sheets = TakeSheets(document, removed);
        var styles = TakeStyles(document, removed);
        Sanitizer(removed).SanitizeDom(document);
        foreach (var (element, style) in styles) element.SetAttribute("style", style);
        foreach (var sheet in sheets)
        {
            var style = document.CreateElement("style");
            style.TextContent = sheet;
            document.Head!.AppendChild(style);
        }
        // The parser swallows one newline behind <pre>, so each round would eat another.
        foreach (var pre in document.QuerySelectorAll("pre"))
        {
            if (pre.FirstChild is IText text) text.Data = text.Data.TrimStart('\n');
        }
        return Write(document);
    }

    private static HtmlSanitizer Sanitizer(Action<string> removed)
    {
        var sanitizer = new HtmlSanitizer(new HtmlSanitizerOptions
        {
            AllowedTags = Tags.ToHashSet(StringComparer.OrdinalIgnoreCase),
            AllowedAttributes = Attributes.ToHashSet(StringComparer.OrdinalIgnoreCase),
            UriAttributes = UrlAttributes.ToHashSet(StringComparer.OrdinalIgnoreCase),
            AllowedSchemes = new HashSet<string>(["http", "https", "mailto"], StringComparer.OrdinalIgnoreCase),
        })
        { KeepChildNodes = true };
        sanitizer.RemovingTag += (_, e) => removed($"<{Short(e.Tag.LocalName)}> element, its content is kept");
        sanitizer.RemovingComment += (_, _) => removed("comment");
        sanitizer.RemovingAttribute += (_, e) =>
        {
            if (e.Attribute.Name.StartsWith("xmlns", StringComparison.Ordinal)) return; // says nothing in HTML, and every Word mail has three
            var why = e.Reason == RemoveReason.NotAllowedUrlValue ? " (not an http, https or mailto URL)" : "";
            removed($"{Short(e.Attribute.Name)} attribute of <{Short(e.Tag.LocalName)}>{why}");
        };
        return sanitizer;
    }

    // A meta element must not redirect, set cookies or policies, or claim another charset than the one the mail is sent in.
    private static bool IsForbiddenMeta(IElement element)
    {
        if (element.LocalName != "meta") return false;
        if (element.HasAttribute("charset")) element.SetAttribute("charset", "utf-8");
        return element.GetAttribute("http-equiv") is { } what && !what.Equals("X-UA-Compatible", StringComparison.OrdinalIgnoreCase);
    }

    private static List<string> TakeSheets(IHtmlDocument document, Action<string> removed)
    {
        var sheets = new List<string>();
        foreach (var style in document.QuerySelectorAll("style").ToList())
        {
            var css = StyleFilter.Sheet(style.TextContent, what => removed(what));
            if (style.GetAttribute("media") is { Length: > 0 } media && css.Length > 0) css = StyleFilter.Sheet($"@media {media}{{{css}}}", removed);
            if (css.Length > 0) sheets.Add("\n" + css);
            style.Remove();
        }
        return sheets;
    }

    private static List<(IElement Element, string Style)> TakeStyles(IHtmlDocument document, Action<string> removed)
    {
        var styles = new List<(IElement, string)>();
        foreach (var element in document.All)
        {
            if (element.GetAttribute("style") is not { } css) continue;
            var clean = StyleFilter.Declarations(css, what => removed($"{what} of <{Short(element.LocalName)}>"));
            element.RemoveAttribute("style");
            if (clean.Length > 0) styles.Add((element, clean));
        }
        return styles;
    }

    private static string Short(string name) => name.Length <= 40 ? name : name[..40] + "…";
}
