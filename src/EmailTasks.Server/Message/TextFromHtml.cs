using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>
/// The plain text of a cleaned document, for content that brings none: blocks become lines, list items "- ", links
/// "text (url)", images their alt text; hidden parts and style are left out.
/// </summary>
/// <param name="eyes">Judges what readers see; without it only what says display:none itself is hidden, as every plan so far was rendered.</param>
/// <param name="wordsOnly">Leaves out what is no word of the text: addresses of links, alt texts.</param>
internal sealed class TextFromHtml(Placeholders marks, Seen.Eyes? eyes = null, bool wordsOnly = false)
{
    private static readonly HashSet<string> Paragraphs = new(StringComparer.Ordinal)
        { "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "hr", "table" };

    private static readonly HashSet<string> Lines = new(StringComparer.Ordinal)
        { "div", "tr", "li", "dt", "dd", "section", "article", "header", "footer", "main", "nav", "aside", "center", "address", "figure", "figcaption", "caption", "body" };

    private readonly StringBuilder _text = new();
    private int _breaks;
    private bool _space;
    private bool _afterBullet;

    /// <summary>The text as a template of its own, with the document's outputs in it.</summary>
    public CompiledTemplate Of(IHtmlDocument document)
    {
        if (document.Body is { } body) Children(body);
        var nodes = marks.Split(_text.ToString()).Select(p => p.Literal is { } literal ? (LiquidNode)new TextNode(literal) : marks.Output(p.Index)!);
        return CompiledTemplate.Plain(new LiquidTemplate([.. nodes]));
    }

    private void Children(INode parent)
    {
        foreach (var node in parent.ChildNodes)
        {
            if (node is IText text)
            {
                if (parent is not IElement around || eyes?.Of(around).Why is null) Write(text.Data, parent is IElement { LocalName: "pre" });
            }
            else if (node is IElement element && !IsHidden(element)) Element(element);
        }
    }

    private void Element(IElement element)
    {
        var breaks = Paragraphs.Contains(element.LocalName) ? 2 : Lines.Contains(element.LocalName) ? 1 : 0;
        // Nested tables are layout: one line each is enough inside another.
        if (element.LocalName == "table" && element.Closest("td, th") is not null) breaks = 1;
        Break(breaks);
        switch (element.LocalName)
        {
            case "br": _breaks = Math.Min(_breaks + 1, 2); _space = false; break;
            case "hr": Write("---"); break;
            case "img": Write(wordsOnly ? "" : element.GetAttribute("alt") ?? ""); break;
            case "td" or "th": _space = true; Children(element); _space = true; break;
            case "li": Bullet(element); Children(element); _afterBullet = false; break;
            case "a": Link(element); break;
            default: Children(element); break;
        }
        Break(breaks);
    }

    private void Bullet(IElement item)
    {
        var number = item.ParentElement is { LocalName: "ol" } list ? list.Children.TakeWhile(c => c != item).Count(c => c.LocalName == "li") + 1 : 0;
        Write(number > 0 ? $"{number}." : "-");
        _space = true;
        _afterBullet = true;
    }

    private void Link(IElement link)
    {
        var start = _text.Length;
        Children(link);
        if (wordsOnly) return;
        var said = _text.ToString(start, _text.Length - start).Trim();
        if (link.GetAttribute("href")?.Trim() is not { Length: > 0 } url || url[0] == '#') return;
        var plain = url.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? url[7..] : url;
        if (Bare(said) == Bare(plain)) return;
        if (said.Length == 0) Write(url);
        else { _space = true; Write($"({url})"); }
    }

    private static string Bare(string url)
    {
        var at = url.IndexOf("://", StringComparison.Ordinal);
        return (at >= 0 ? url[(at + 3)..] : url).TrimEnd('/');
    }

    private bool IsHidden(IElement element) => eyes is not null ? eyes.Of(element).Hidden is not null :
        element.LocalName is "style" or "title" or "head"
        || element.GetAttribute("style")?.Replace(" ", "", StringComparison.Ordinal).Contains("display:none", StringComparison.OrdinalIgnoreCase) == true;

    private void Break(int lines)
    {
        if (lines == 0 || _afterBullet) return;
        _breaks = Math.Max(_breaks, lines);
        _space = false;
    }

    private void Write(string text, bool keepsLines = false)
    {
        foreach (var (literal, index) in marks.Split(text))
        {
            if (literal is null)
            {
                var cards = marks.Output(index)!.Name == BuiltIns.ProductCards;
                if (cards) Break(2);
                Flush();
                _text.Append(marks.Word(index));
                if (cards) Break(2);
                continue;
            }
            foreach (var c in literal)
            {
                if (keepsLines && c == '\n') { _breaks = Math.Min(_breaks + 1, 2); _space = false; }
                else if (char.IsWhiteSpace(c)) _space = true;
                else
                {
                    Flush();
                    _text.Append(c);
                }
            }
        }
    }

    private void Flush()
    {
        if (_breaks > 0 && _text.Length > 0) _text.Append('\n', _breaks);
        else if (_space && _text.Length > 0 && _text[^1] is not (' ' or '\n')) _text.Append(' ');
        _breaks = 0;
        _space = false;
        _afterBullet = false;
    }
}
