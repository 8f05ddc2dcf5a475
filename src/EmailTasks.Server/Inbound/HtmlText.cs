using System.Net;
using System.Text;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// The text of an HTML mail in one pass over its letters, without building a tree: strangers' HTML can make a tree's
/// size the square of its own. Quoted parts begin with "> ", as in plain text.
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
    private int _quotes;
    private bool _below;
    private bool _space;
    private bool _fresh = true;

    /// <summary>The text; never throws.</summary>
    public static string Of(string html) => new HtmlText().Read(html);

    private string Read(string html)
    {
        for (var at = 0; at < html.Length;)
        {
            var open = html.IndexOf('<', at);
            if (open < 0) open = html.Length;
            if (open > at) Write(WebUtility.HtmlDecode(html[at..open]));
            if (open == html.Length) break;
            at = Tag(html, open);
        }
        return _text.ToString().Trim();
    }

    private int Tag(string html, int open)
    {
        if (string.CompareOrdinal(html, open, "<!--", 0, 4) == 0) return html.IndexOf("-->", open, StringComparison.Ordinal) is >= 0 and var over ? over + 3 : html.Length;
        if (open + 1 >= html.Length || !(char.IsAsciiLetter(html[open + 1]) || html[open + 1] is '/' or '!' or '?'))
        {
            Write("<");
            return open + 1;
        }
        var close = html.IndexOf('>', open);
        if (close < 0) return html.Length;
        var tag = html.AsSpan(open + 1, close - open - 1);
        var ends = tag.StartsWith("/");
        if (ends) tag = tag[1..];
        var length = 0;
        while (length < tag.Length && char.IsAsciiLetterOrDigit(tag[length])) length++;
        var name = tag[..length].ToString();
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

    private void Write(string text)
    {
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
