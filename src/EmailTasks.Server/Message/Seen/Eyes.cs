using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;

namespace EmailTasks.Server.Message.Seen;

/// <summary>
/// Decides for each element of a cleaned document whether a reader sees its words. It errs towards saying that they are not:
/// what comes of it is something to look at, and no refusal.
/// </summary>
internal sealed class Eyes
{
    private const double SmallestFont = 4;
    private const double SmallestBox = 2;
    private const double FaintestOpacity = 0.1;
    private const double OffScreen = 90;
    private const double FarOff = 3_000;

    private static readonly Regex Numbers = new(@"-?[0-9.]+(?:e-?[0-9]+)?[a-z%]*", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    private static readonly Regex Call = new(@"(?<name>[a-z0-9]+)\((?<arguments>[^()]*)\)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    private readonly Dictionary<IElement, Sight> _sights = [];

    public Eyes(IHtmlDocument document)
    {
        Rules = new StyleRules(document);
        if (document.DocumentElement is { } root) Look(root, Sight.Page);
    }

    /// <summary>The styles it judged by.</summary>
    public StyleRules Rules { get; }

    /// <summary>How an element's words are seen.</summary>
    public Sight Of(IElement element) => _sights.GetValueOrDefault(element) ?? Sight.Page;

    private void Look(IElement element, Sight around)
    {
        var sight = around.Hidden is null ? Seen(element, around) : around;
        _sights[element] = sight;
        foreach (var child in element.Children) Look(child, sight);
    }

    private Sight Seen(IElement element, Sight around)
    {
        if (element.LocalName is "head" or "style" or "title" or "rp") return around with { Hidden = "no part of the text" };
        var style = Rules.Of(element);
        string? Value(string property) => style.GetValueOrDefault(property)?.ToLowerInvariant();
        var font = Font(element, around.Font, Value("font-size"), Value("font"));
        var paper = Paper(element, style)?.Over(around.Paper) ?? around.Paper;
        var ink = CssColour.Parse(Value("-webkit-text-fill-color") ?? Value("color") ?? "") ?? Attribute(element, "color")
            ?? (element.LocalName == "a" && element.HasAttribute("href") ? CssColour.Link : around.Ink);
        var opacity = around.Opacity * Opacity(Value("opacity"), Value("filter"));
        var invisible = Value("visibility") switch { null or "inherit" => around.Invisible, "hidden" or "collapse" => true, _ => false };
        var indent = Value("text-indent") is { } i ? CssLength.Pixels(i, font, 600) ?? 0 : around.Indent;
        var spacing = Value("letter-spacing") is { } s ? CssLength.Pixels(s, font, font) ?? 0 : around.Spacing;
        var turned = (element.LocalName == "bdo" && element.GetAttribute("dir")?.Equals("rtl", StringComparison.OrdinalIgnoreCase) == true)
            || (Value("unicode-bidi")?.Contains("override", StringComparison.Ordinal) == true && (Value("direction") ?? element.GetAttribute("dir")?.ToLowerInvariant()) == "rtl") || around.Turned;
        var contrast = CssColour.Contrast(ink.Over(paper), paper);
        var faint = invisible ? "visibility:hidden"
            : font < SmallestFont ? $"a font of {font:0.##}px"
            : contrast < CssColour.Unreadable ? "the colour of what is behind it"
            : Math.Abs(indent) > OffScreen && (indent < 0 || indent > FarOff / 3) ? "text-indent"
            : spacing < -font / 2 ? "letter-spacing" : null;
        return new Sight(font, ink, paper, opacity, invisible, indent, spacing, Hidden(element, Value, opacity, font), faint, turned);
    }

    private static string? Hidden(IElement element, Func<string, string?> value, double opacity, double font)
    {
        if (element.HasAttribute("hidden")) return "hidden";
        if (value("display") is { } display && display.StartsWith("none", StringComparison.Ordinal)) return "display:none";
        if (value("mso-hide") is { } mso && mso != "none") return "mso-hide";
        if (value("content-visibility") == "hidden") return "content-visibility:hidden";
        if (opacity < FaintestOpacity) return "opacity";
        if (value("-webkit-text-security") is { } security && security != "none") return "text-security";
        return Box(element, value, font) ?? Place(value, font) ?? Cut(value);
    }

    private static string? Box(IElement element, Func<string, string?> value, double font)
    {
        var clips = new[] { "overflow", "overflow-x", "overflow-y" }.Any(p => value(p) is { } o && (o.Contains("hidden", StringComparison.Ordinal) || o.Contains("clip", StringComparison.Ordinal)));
        foreach (var side in new[] { "max-height", "height", "max-width", "width" })
        {
            var size = value(side) is { } css ? CssLength.Pixels(css, font, 600)
                : element.GetAttribute(side) is { } attribute && element.LocalName != "img" ? CssLength.Pixels(attribute, font, 600) : null;
            if (size is { } pixels && (pixels <= 0 || (clips && pixels <= SmallestBox))) return $"{side}:{Math.Max(pixels, 0):0.##}";
        }
        if (clips && value("padding-left") is { } padding && CssLength.Pixels(padding, font, 600) > FarOff / 3) return "padding-left";
        return value("zoom") is { } zoom && Amount(zoom) is < 0.1 ? "zoom" : value("scale") is { } scale && Numbers.Matches(scale).Any(m => Amount(m.Value) is < 0.1 and > -0.1) ? "scale" : null;
    }

    private static string? Place(Func<string, string?> value, double font)
    {
        var isPlaced = value("position") is "absolute" or "fixed" or "relative" or "sticky" or "-webkit-sticky";
        foreach (var side in new[] { "left", "top", "right", "bottom" })
        {
            if (isPlaced && value(side) is { } css && CssLength.Pixels(css, font, 600) is { } at && (at < -OffScreen || at > FarOff)) return $"{side}:{at:0}px";
        }
        foreach (var margin in new[] { "margin-left", "margin-top", "margin-right", "margin-bottom", "margin" })
        {
            foreach (var part in value(margin)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [])
            {
                if (CssLength.Pixels(part, font, 600) is { } at && (at < -2 * OffScreen || at > FarOff)) return $"{margin}:{at:0}px";
            }
        }
        foreach (Match call in Call.Matches(value("transform") ?? value("-webkit-transform") ?? ""))
        {
            var name = call.Groups["name"].Value;
            var amounts = Numbers.Matches(call.Groups["arguments"].Value).Select(m => m.Value).ToList();
            if (name.StartsWith("scale", StringComparison.Ordinal) && amounts.Any(a => Amount(a) is < 0.1 and > -0.1)) return "scale";
            if (name.StartsWith("translate", StringComparison.Ordinal) && amounts.Any(a => CssLength.Pixels(a, font, 600) is { } at && (at < -2 * OffScreen || at > FarOff))) return "translate";
            if (name.StartsWith("matrix", StringComparison.Ordinal) && amounts is [var a0, _, _, var d0, ..] && (Amount(a0) is < 0.1 and > -0.1 || Amount(d0) is < 0.1 and > -0.1)) return "scale";
            if (name is "rotatex" or "rotatey" && amounts.Any(a => Amount(a.Replace("deg", "", StringComparison.Ordinal)) is 90 or -90 or 270)) return "rotate";
        }
        return null;
    }

    private static string? Cut(Func<string, string?> value)
    {
        if (value("clip") is { } clip && clip.StartsWith("rect", StringComparison.Ordinal) && Numbers.Matches(clip).Select(m => CssLength.Pixels(m.Value, 16, 0) ?? 0) is var sides && sides.Any() && sides.Max() - sides.Min() <= SmallestBox) return "clip";
        if (value("clip-path") is { } path && Numbers.Matches(path).Select(m => m.Value).ToList() is { Count: > 0 } numbers)
        {
            if (path.StartsWith("inset", StringComparison.Ordinal) && numbers.Exists(n => n.EndsWith('%') && Amount(n[..^1]) >= 50)) return "clip-path";
            if ((path.StartsWith("circle", StringComparison.Ordinal) || path.StartsWith("ellipse", StringComparison.Ordinal)) && Amount(numbers[0].TrimEnd('%', 'p', 'x')) is <= SmallestBox) return "clip-path";
            if (path.StartsWith("polygon", StringComparison.Ordinal) && numbers.TrueForAll(n => n.TrimEnd('%', 'p', 'x') == numbers[0].TrimEnd('%', 'p', 'x'))) return "clip-path";
        }
        return value("mask") is { } mask && mask.Contains("transparent", StringComparison.Ordinal) ? "mask" : null;
    }

    private static double Font(IElement element, double around, string? size, string? shorthand)
    {
        var written = size ?? shorthand?.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(p => char.IsAsciiDigit(p[0]) || p[0] == '.')?.Split('/')[0];
        return written switch
        {
            null or "inherit" or "initial" or "medium" => written is "initial" or "medium" ? CssLength.Font : element.LocalName == "small" ? around * 0.8 : around,
            "xx-small" => 9, "x-small" => 10, "small" => 13, "large" => 18, "x-large" => 24, "xx-large" => 32, "smaller" => around * 0.8, "larger" => around * 1.2,
            _ => CssLength.Pixels(written, around, around) ?? around,
        };
    }

    // A picture or a gradient may not be there; the colour beside it is what can be counted on, else what is below.
    private static CssColour? Paper(IElement element, Dictionary<string, string> style)
    {
        if (style.TryGetValue("background-color", out var colour) && CssColour.Parse(colour) is { } plain) return plain;
        if (!style.TryGetValue("background", out var all)) return Attribute(element, "bgcolor");
        foreach (Match call in Call.Matches(all))
        {
            if (CssColour.Parse(call.Value) is { } called) return called;
        }
        return all.Split([' ', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries).Select(CssColour.Parse).FirstOrDefault(c => c is not null) ?? Attribute(element, "bgcolor");
    }

    private static CssColour? Attribute(IElement element, string name) => element.GetAttribute(name) is { } value ? CssColour.Parse(value) : null;

    private static double Opacity(string? opacity, string? filter)
    {
        var by = opacity is null ? 1 : Amount(opacity) ?? 1;
        foreach (Match call in Call.Matches(filter ?? ""))
        {
            if (call.Groups["name"].Value is "opacity" or "alpha" && Numbers.Match(call.Groups["arguments"].Value) is { Success: true } m && Amount(m.Value) is { } part)
                by *= call.Groups["name"].Value == "alpha" ? part / 100 : part;
        }
        return Math.Clamp(by, 0, 1);
    }

    /// <summary>A number, or a share as one.</summary>
    private static double? Amount(string text)
    {
        var isShare = text.EndsWith('%');
        return double.TryParse(isShare ? text[..^1] : text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) ? isShare ? number / 100 : number : null;
    }
}
