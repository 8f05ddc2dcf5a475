using System.Net;
using System.Text;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// The text of an HTML mail in one pass over its letters, without building a tree: strangers' HTML can make a tree's
/// size the square of its own. Quoted parts begin with "> ", as in plain text. What a person would not see is left out and counted:
/// it was written for programs that read mail.
/// </summary>
internal sealed class HtmlText
{
    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "section", "article", "header",
        "footer", "center", "address", "dd", "dt", "body", "blockquote", "title",
    };

    private static readonly HashSet<string> Unread = new(StringComparer.OrdinalIgnoreCase) { "script", "style", "title", "template", "noscript", "svg", "textarea", "select" };

    /// <summary>What mail programs write on the element that holds the other mail; behind it everything is quoted.</summary>
    private static readonly string[] QuoteMarks =
    [
        "gmail_quote", "yahoo_quoted", "divrplyfwdmsg", "moz-cite-prefix", "protonmail_quote", "zmail_extra", "qqmail_quote", "appendonsend", "x_divrplyfwdmsg", "ntes_quote", "isreplycontent", "mail_quote", "tutanota_quote", "outlookmessageheader",
    ];

    private readonly StringBuilder _text = new();
    private readonly OpenElements _open;
    private bool _wasHidden;
    private int _hiddenCharacters;
    private int _hiddenParts;
    private int _quotes;
    private bool _below;
    private bool _space;
    private bool _fresh = true;

    private HtmlText(HiddenRules rules) => _open = new OpenElements(rules);

    /// <summary>The text; never throws.</summary>
    public static string Of(string html) => Read(html).Text;

    /// <summary>The text, and what was left out of it; never throws.</summary>
    public static SeenText Read(string html) => new HtmlText(HiddenRules.In(html)).Walk(html);

    private SeenText Walk(string html)
    {
        for (var at = 0; at < html.Length;)
        {
            var open = html.IndexOf('<', at);
            if (open < 0) open = html.Length;
            if (open > at) Write(WebUtility.HtmlDecode(html[at..open]));
            if (open == html.Length) break;
            at = Tag(html, open);
        }
        return new SeenText(_text.ToString().Trim(), _hiddenCharacters, _hiddenParts);
    }

    private int Tag(string html, int open)
    {
        if (string.CompareOrdinal(html, open, "<!--", 0, 4) == 0) return html.IndexOf("-->", open, StringComparison.Ordinal) is >= 0 and var over ? over + 3 : html.Length;
        if (open + 1 >= html.Length || !(char.IsAsciiLetter(html[open + 1]) || html[open + 1] is '/' or '!' or '?'))
        {
            Write("<");
            return open + 1;
        }
        if (HtmlTag.Read(html, open) is not { } read) return html.Length;
        var (name, ends, close) = (read.Name, read.IsEnd, read.End - 1);
        if (name.Length == 0 || !char.IsAsciiLetter(name[0])) return read.End; // a doctype, or nothing
        var tag = html.AsSpan(open + 1, close - open - 1);
        if (ends) _open.Close(name);
        else if (!Unread.Contains(name)) _open.Open(read);
        if (Blocks.Contains(name)) Break();
        if (!ends && Unread.Contains(name)) return End(html, close + 1, name);
        if (name.Equals("blockquote", StringComparison.OrdinalIgnoreCase)) _quotes = Math.Max(0, _quotes + (ends ? -1 : 1));
        else if (!ends && !_below && Marks(tag))
        {
            Break();
            _below = true;
        }
        else if (name.Equals("td", StringComparison.OrdinalIgnoreCase)) _space = true;
        return close + 1;
    }

    // Where an element that is not read ends; one that never ends hides the rest, as in browsers.
    private static int End(string html, int from, string name)
    {
        var end = html.IndexOf("</" + name, from, StringComparison.OrdinalIgnoreCase);
        if (end < 0) return html.Length;
        return html.IndexOf('>', end) is >= 0 and var close ? close + 1 : html.Length;
    }

    private static bool Marks(ReadOnlySpan<char> tag)
    {
        foreach (var mark in QuoteMarks)
            if (tag.Contains(mark, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private void Break()
    {
        if (!_fresh) _text.Append('\n');
        _fresh = true;
        _space = false;
    }

    private void Leave(string text)
    {
        var characters = text.Count(c => !char.IsWhiteSpace(c) && c != '\0');
        if (characters == 0) return;
        if (!_wasHidden) _hiddenParts++;
        _wasHidden = true;
        _hiddenCharacters += characters;
    }

    private void Write(string text)
    {
        if (_open.IsHidden)
        {
            Leave(text);
            return;
        }
        _wasHidden &= string.IsNullOrWhiteSpace(text);
        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c) || c == '\0')
            {
                _space = true;
                continue;
            }
            if (_fresh && (_quotes > 0 || _below)) _text.Append("> ");
            else if (_space && !_fresh) _text.Append(' ');
            _text.Append(c);
            _fresh = _space = false;
        }
    }
}

/// <summary>What a person sees of an HTML mail.</summary>
/// <param name="Text">Its text.</param>
/// <param name="HiddenCharacters">Letters that were left out because nobody sees them; spaces do not count.</param>
/// <param name="HiddenParts">The places where they stood.</param>
internal sealed record SeenText(string Text, int HiddenCharacters, int HiddenParts);
