namespace EmailTasks.Server.Message;

/// <summary>
/// Walks the tags of some HTML without building anything. A parser may see a tag in what looks like a comment, an
/// attribute or a style sheet, or see none where one seems to stand; whoever bounds its work must be wrong on the safe side
/// only. So a start is told wherever it could be one, and an end only where nothing else can be meant.
/// </summary>
/// <param name="start">Told the name of an element that begins.</param>
/// <param name="hidden">Told the name of one that begins only if a parser reads otherwise than it seems.</param>
/// <param name="end">Told the name of one that ends.</param>
internal sealed class HtmlTags(string html, Action<string> start, Action<string> hidden, Action<string> end)
{
    /// <summary>Letters of a name; longer ones are nobody's.</summary>
    private const int NameMost = 60;

    private const string Endless = "?";

    /// <summary>What is inside these is text to a parser, up to their own end.</summary>
    private static readonly HashSet<string> Text = new(["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"], StringComparer.OrdinalIgnoreCase);

    /// <summary>In these other rules hold.</summary>
    private static readonly HashSet<string> Foreign = new(["svg", "math"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The elements in which no end counts but their own.</summary>
    private readonly List<string> _inside = [];

    private int _scriptAt;
    private int _hiddenUntil;

    /// <summary>Whether it is inside foreign content.</summary>
    public bool IsForeign => _inside.Count > 0 && Foreign.Contains(_inside[0]);

    /// <summary>Tells all tags.</summary>
    public void Walk()
    {
        for (var at = html.IndexOf('<'); at >= 0 && at + 1 < html.Length; at = at < html.Length ? html.IndexOf('<', at) : -1)
        {
            var next = html[at + 1];
            if (char.IsAsciiLetter(next)) at = Start(at + 1);
            else if (next == '/' && at + 2 < html.Length && char.IsAsciiLetter(html[at + 2])) at = End(at + 2);
            else if (IsText) at++;
            else if (Stands(at, "<!--")) at = Comment(at + 4);
            else if (Stands(at, "<![CDATA[") && IsForeign) at = Hidden(at + 1, After(at, "]]>"));
            else if (next is '!' or '?' or '/') at = Hidden(at + 1, After(at, ">"));
            else at++;
        }
    }

    /// <summary>Inside a style sheet and the like, in HTML: no quote, comment or other tag means anything there.</summary>
    private bool IsText => _inside.Count > 0 && !IsForeign;

    private int Start(int at)
    {
        var name = Name(at);
        start(name);
        var to = IsText ? at + 1 : Hidden(at, TagEnd(NameEnd(at)));
        if (!IsText && (Foreign.Contains(name) || Text.Contains(name)))
        {
            _inside.Add(name);
            _scriptAt = to;
        }
        return to;
    }

    private int End(int at)
    {
        var name = Name(at);
        if (name == Endless) return IsText ? at : Hidden(at, TagEnd(NameEnd(at)));
        if (_inside.Count == 0) end(name);
        else if (name.Equals(_inside[^1], StringComparison.OrdinalIgnoreCase) && !IsHiddenScript(at))
        {
            _inside.RemoveAt(_inside.Count - 1);
            if (_inside.Count == 0) end(name);
        }
        return IsText ? at : Hidden(at, TagEnd(NameEnd(at)));
    }

    /// <summary>A script within a comment within a script does not end the outer one. What was found is remembered: a thousand such ends cost one look.</summary>
    private bool IsHiddenScript(int at)
    {
        if (at < _hiddenUntil) return true;
        if (!_inside[^1].Equals("script", StringComparison.OrdinalIgnoreCase)) return false;
        var (from, length) = (_scriptAt, at - _scriptAt);
        var opened = html.IndexOf("<!--", from, length, StringComparison.Ordinal);
        if (opened < 0 || html.IndexOf("<script", opened, at - opened, StringComparison.OrdinalIgnoreCase) < 0) return false;
        _hiddenUntil = After(opened, "-->");
        return at < _hiddenUntil;
    }

    /// <summary>A comment's end. What it opens and closes itself is nothing; mails hold much of that for one mail program.</summary>
    private int Comment(int at)
    {
        var to = After(at, "-->");
        if (html.IndexOf("--!>", at, to - at, StringComparison.Ordinal) is >= 0 and var odd) to = odd + 4;
        if (Stands(at, ">") || Stands(at, "->")) to = html.IndexOf('>', at) + 1;
        var open = new List<string>();
        for (var tag = html.IndexOf('<', at, to - at); tag >= 0; tag = html.IndexOf('<', tag + 1, to - tag - 1))
        {
            var ends = Stands(tag, "</");
            var name = Name(tag + (ends ? 2 : 1));
            if (name.Length == 0) continue;
            if (!ends) open.Add(name);
            else if (open.FindLastIndex(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)) is >= 0 and var last) open.RemoveAt(last);
        }
        foreach (var name in open) hidden(name);
        return to;
    }

    /// <summary>What stands where no tag should be: starts are told all the same.</summary>
    private int Hidden(int at, int to)
    {
        for (var tag = html.IndexOf('<', at, to - at); tag >= 0; tag = html.IndexOf('<', tag + 1, to - tag - 1))
        {
            if (Name(tag + 1) is { Length: > 0 } name) hidden(name);
        }
        return to;
    }

    /// <summary>Behind the <c>&gt;</c> that ends a tag: not one in quotes, and quotes only behind a <c>=</c> (HTML, tokenization).</summary>
    private int TagEnd(int at)
    {
        var value = false;
        for (; at < html.Length; at++)
        {
            var c = html[at];
            if (c == '>') return at + 1;
            if (c == '=') value = true;
            else if (value && (c is '"' or '\''))
            {
                var closed = html.IndexOf(c, at + 1);
                if (closed < 0) return html.Length;
                (at, value) = (closed, false);
            }
            else if (!IsSpace(c)) value = false;
        }
        return html.Length;
    }

    /// <summary>A tag's name; empty where none begins, and <see cref="Endless"/> for one so long that no end is taken for its own.</summary>
    private string Name(int at)
    {
        if (at >= html.Length || !char.IsAsciiLetter(html[at])) return "";
        var to = at + 1;
        while (to < html.Length && IsName(html[to]))
        {
            if (++to - at > NameMost) return Endless;
        }
        return html[at..to];
    }

    private int NameEnd(int at)
    {
        while (at < html.Length && IsName(html[at])) at++;
        return at;
    }

    /// <summary>All of it is the name: quotes and signs too (HTML, tokenization).</summary>
    private static bool IsName(char c) => !IsSpace(c) && c is not ('/' or '>');

    private int After(int at, string what) => html.IndexOf(what, at, StringComparison.Ordinal) is >= 0 and var found ? found + what.Length : html.Length;

    private bool Stands(int at, string what) => string.CompareOrdinal(html, at, what, 0, what.Length) == 0;

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\f' or '\r';
}
