using System.Runtime.InteropServices;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// The elements that are open while HTML is walked through, as far as they decide what is seen. Where browsers end an element
/// early or late, this does too; where it is not sure, hidden text stays hidden.
/// </summary>
internal sealed class OpenElements(HiddenRules rules)
{
    /// <summary>Elements in elements; browsers stop at 512.</summary>
    private const int DepthMax = 512;

    private static readonly HashSet<string> Void = new(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"], StringComparer.Ordinal);

    /// <summary>They go on behind the end of what held them: browsers open them again.</summary>
    private static readonly HashSet<string> Formatting = new(["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"], StringComparer.Ordinal);

    /// <summary>An end tag does not reach out of these, unless it is one of a table's own.</summary>
    private static readonly HashSet<string> Walls = new(["td", "th", "table", "caption", "template", "object", "marquee", "applet", "button"], StringComparer.Ordinal);

    private static readonly HashSet<string> OfTable = new(["table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption", "body", "html"], StringComparer.Ordinal);

    private static readonly HashSet<string> EndsParagraph = new(
        ["p", "div", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "section", "article", "header", "footer", "center", "address", "blockquote", "form", "dl", "li", "dd", "dt", "main", "nav", "aside", "figure"], StringComparer.Ordinal);

    /// <summary>Elements whose end may be left out: the next of their kind ends them, up to what holds them all.</summary>
    private static readonly Dictionary<string, (string[] Ends, string[] Within)> Siblings = new(StringComparer.Ordinal)
    {
        ["li"] = (["li"], ["ul", "ol"]), ["td"] = (["td", "th"], ["tr", "table"]), ["th"] = (["td", "th"], ["tr", "table"]), ["tr"] = (["tr"], ["table", "tbody", "thead", "tfoot"]),
        ["tbody"] = (["tbody", "thead", "tfoot"], ["table"]), ["tfoot"] = (["tbody", "thead", "tfoot"], ["table"]), ["dd"] = (["dd", "dt"], ["dl"]), ["dt"] = (["dd", "dt"], ["dl"]),
    };

    private readonly List<Element> _open = [];
    private bool _isTooDeep;
    private bool _hidesRest;

    /// <summary>Whether text that stands here is seen by nobody.</summary>
    public bool IsHidden => _hidesRest || (_open.Count > 0 && _open[^1].Hides);

    /// <summary>An element begins.</summary>
    public void Open(HtmlTag tag)
    {
        if (Void.Contains(tag.Name)) return;
        if (EndsParagraph.Contains(tag.Name)) EndNearest(["p"], Walls.Contains);
        if (Siblings.TryGetValue(tag.Name, out var siblings)) EndNearest(siblings.Ends, siblings.Within.Contains);
        var element = Of(tag);
        if (_open.Count < DepthMax && !_isTooDeep) _open.Add(element);
        else (_isTooDeep, _hidesRest) = (true, _hidesRest || element.Hides); // which end tag belongs to which is not known any more
    }

    /// <summary>An element ends, or one that nobody began.</summary>
    public void Close(string name)
    {
        if (!_isTooDeep) EndNearest([name], OfTable.Contains(name) ? n => n == "table" && name != "table" : Walls.Contains);
    }

    private void EndNearest(string[] names, Predicate<string> stops)
    {
        if (_isTooDeep) return;
        for (var at = _open.Count - 1; at >= 0; at--)
        {
            if (Array.IndexOf(names, _open[at].Name) >= 0)
            {
                EndAt(at);
                return;
            }
            if (stops(_open[at].Name)) return;
        }
    }

    private void EndAt(int at)
    {
        var again = _open.Skip(at + 1).Where(e => e.HidesItself && Formatting.Contains(e.Name)).ToList();
        _open.RemoveRange(at, _open.Count - at);
        foreach (var element in again) _open.Add(element with { Hides = true });
    }

    private Element Of(HtmlTag tag)
    {
        var around = _open.Count > 0 ? _open[^1] : new Element("", false, false, CssColor.Black, CssColor.White);
        var (hides, color, ground) = (tag.Attributes.ContainsKey("hidden") || (tag.Name == "dialog" && !tag.Attributes.ContainsKey("open")), around.Color, around.Ground);
        if (tag.Attributes.GetValueOrDefault("bgcolor") is { } given && CssColor.Parse(given) is { } on) ground = on;
        if (tag.Attributes.ContainsKey("background")) ground = null;
        if (tag.Attributes.GetValueOrDefault("color") is { } named && CssColor.Parse(named) is { } written) color = written;
        if (tag.Name == "mark") ground = new CssColor(255, 255, 0);
        foreach (var facts in rules.For(tag))
        {
            hides |= facts.Hides;
            color = facts.Color ?? color;
            ground = facts.HasPicture ? null : facts.Ground ?? ground;
        }
        var lost = color.IsClear || (ground is { } known && color.IsLost(known));
        // Colours are inherited and can be set anew within; what hides otherwise hides all within.
        return new Element(tag.Name, around.HidesAll || hides, hides || lost, color, ground) { IsLost = lost };
    }

    /// <param name="HidesAll">Nothing within is seen, whatever its colour.</param>
    /// <param name="HidesItself">Its own style hides its text.</param>
    /// <param name="Ground">Null where it is not known.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Element(string Name, bool HidesAll, bool HidesItself, CssColor Color, CssColor? Ground)
    {
        /// <summary>Its text has the colour of its ground.</summary>
        public bool IsLost { get; init; }

        /// <summary>Whether text directly in it is hidden.</summary>
        public bool Hides
        {
            get => HidesAll || IsLost;
            init => HidesAll = value;
        }
    }
}
