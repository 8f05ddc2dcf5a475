namespace EmailTasks.Server.Message;

/// <summary>
/// Whether a tree of some HTML can be built in bounded work, told from its tags alone. Building one costs the square of its
/// depth, and formatting that is left open is repeated in every following block: 250 KB can take minutes and gigabytes.
/// </summary>
internal sealed class HtmlBounds
{
    /// <summary>Tags of one document; the longest newsletters have some thousands.</summary>
    public const int Tags = 20_000;

    /// <summary>Formatting elements left open at once; a parser reopens each in every following block.</summary>
    public const int OpenFormatting = 60;

    /// <summary>Formatting that a parser may have to open again, over the whole document: a node each.</summary>
    public const int Reopened = 60_000;

    /// <summary>Other elements left open at once. Far above <see cref="EmailHtml.MaxDepth"/>: a parser closes many of itself, which tags alone don't tell.</summary>
    public const int Open = 2_000;

    private static readonly HashSet<string> Formatting = new(["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"], StringComparer.OrdinalIgnoreCase);

    // Those have no end, or end by themselves where the next one begins (HTML, optional tags). Not so in foreign content.
    private static readonly HashSet<string> Shallow = new(
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "option", "html", "head", "body"],
        StringComparer.OrdinalIgnoreCase);

    // An end within one of these closes nothing that was opened outside (HTML, "in scope").
    private static readonly HashSet<string> Scopes = new(["table", "caption", "applet", "marquee", "object", "template", "select", "svg", "math", "button"], StringComparer.OrdinalIgnoreCase);

    private readonly HtmlTags _tags;
    private readonly List<string> _scopes = [];
    private readonly Dictionary<(string Name, int Scope), int> _byName = [];
    private int _formatting;
    private int _open;
    private long _reopened;
    private string? _problem;

    private HtmlBounds(string html) => _tags = new HtmlTags(html, Starts, name => Opens(name), Ends);

    /// <summary>What is too much, as the end of a sentence; null when nothing is.</summary>
    public static string? Problem(string html)
    {
        if (html.AsSpan().Count('<') > Tags) return $"more than {Tags} tags";
        var bounds = new HtmlBounds(html);
        bounds._tags.Walk();
        return bounds._problem;
    }

    private void Starts(string name)
    {
        if (Opens(name) && Scopes.Contains(name)) _scopes.Add(name);
    }

    /// <summary>Counts what opens; false where it ends by itself.</summary>
    private bool Opens(string name)
    {
        _reopened += _formatting;
        if (_reopened > Reopened) _problem ??= "too many formatting elements left open over too much, such as <b> and <font>";
        if (Shallow.Contains(name) && !_tags.IsForeign) return false;
        Count(name, 1);
        if (Formatting.Contains(name))
        {
            if (++_formatting > OpenFormatting) _problem ??= $"more than {OpenFormatting} formatting elements left open, such as <b> and <font>";
        }
        else if (++_open > Open) _problem ??= $"elements nested more than {EmailHtml.MaxDepth} deep";
        return true;
    }

    /// <summary>An end closes only what is open under its very name and where it can be reached: one of nothing must not hide what is nested.</summary>
    private void Ends(string name)
    {
        var scope = Scopes.Contains(name);
        if (scope)
        {
            if (_scopes.Count == 0 || !name.Equals(_scopes[^1], StringComparison.OrdinalIgnoreCase)) return;
            _scopes.RemoveAt(_scopes.Count - 1);
        }
        if (_byName.GetValueOrDefault(Key(name)) == 0) return;
        Count(name, -1);
        if (Formatting.Contains(name)) _formatting--;
        else _open--;
    }

    private void Count(string name, int by) => _byName[Key(name)] = _byName.GetValueOrDefault(Key(name)) + by;

    private (string Name, int Scope) Key(string name) => (name.ToLowerInvariant(), _scopes.Count);
}
