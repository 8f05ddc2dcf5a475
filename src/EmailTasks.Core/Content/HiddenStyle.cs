using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace EmailTasks.Core.Content;

/// <summary>What an element's own style says of whether its text is seen.</summary>
/// <param name="Hides">Nothing in it is seen, whatever stands around it.</param>
/// <param name="Color">The colour of its text; null leaves it as it is.</param>
/// <param name="Ground">The colour it stands on; null leaves it as it is.</param>
/// <param name="HasPicture">It stands on a picture or a gradient: no colour is sure to be lost there.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StyleFacts(bool Hides, CssColor? Color, CssColor? Ground, bool HasPicture);

/// <summary>
/// Judges declarations of CSS: does a person who reads the mail see this text? Not shown, without size, without colour, off the
/// screen, cut away. Pure, and bounded in work whatever it is given.
/// </summary>
public static class HiddenStyle
{
    /// <summary>Characters of one style that are read; real ones have some hundred.</summary>
    public const int CharactersMax = 4_096;

    /// <summary>Pixels from which on something is off the screen.</summary>
    private const double FarAway = 500;

    /// <summary>Pixels up to which a letter is not seen.</summary>
    private const double SmallestFont = 2;

    private static readonly Regex Comment = new(@"/\*.*?(\*/|$)", RegexOptions.Singleline | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex Escape = new(@"\\(?<hex>[0-9a-fA-F]{1,6})[ \t\n]?|\\(?<other>.)", RegexOptions.Singleline | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static readonly Regex Number = new(@"^(?<number>[+-]?(\d+\.?\d*|\.\d+))(?<unit>[a-z%]*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    /// <summary>Reads a style attribute's value, or the declarations of a rule.</summary>
    public static StyleFacts Read(string style)
    {
        var said = Declarations(style);
        string Of(string name) => said.GetValueOrDefault(name, "");
        var background = Of("background-color") is { Length: > 0 } ground ? ground : Of("background");
        var picture = (Of("background-image") + Of("background")).Contains("url(", StringComparison.Ordinal) || (Of("background-image") + Of("background")).Contains("gradient", StringComparison.Ordinal);
        var text = CssColor.Parse(Of("-webkit-text-fill-color") is { Length: > 0 } fill ? fill : Of("color"));
        return new StyleFacts(Hides(Of), text, Ground(background), picture);
    }

    private static bool Hides(Func<string, string> of)
    {
        var cuts = new[] { of("overflow"), of("overflow-x"), of("overflow-y") }.Any(o => o is "hidden" or "clip");
        return of("display") == "none" || of("visibility") is "hidden" or "collapse" || of("mso-hide") == "all" || of("content-visibility") == "hidden"
            || (of("opacity") is { Length: > 0 } opacity && CssColor.Share(opacity) < 0.05)
            || Pixels(of("font-size")) < SmallestFont || TinyFont(of("font"))
            || (cuts && (IsNothing(of("height")) || IsNothing(of("max-height")) || IsNothing(of("width")) || IsNothing(of("max-width"))))
            || IsAway(of) || IsCutAway(of("clip"), of("clip-path"), of("transform"), of("scale"));
    }

    private static bool IsNothing(string size) => Pixels(size) is { } pixels && Math.Abs(pixels) < SmallestFont;

    private static bool TinyFont(string font) => font.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(word => Number.IsMatch(word.Split('/')[0]) && HasUnitOrIsZero(word.Split('/')[0]) && Pixels(word.Split('/')[0]) < SmallestFont);

    // A bare number in "font" is its weight, but for 0.
    private static bool HasUnitOrIsZero(string word) => !char.IsAsciiDigit(word[^1]) || Pixels(word) == 0;

    private static bool IsAway(Func<string, string> of) =>
        Pixels(of("text-indent")) <= -FarAway || new[] { "margin", "margin-left", "margin-top" }.Any(m => of(m).Split(' ').Any(v => Pixels(v) <= -FarAway))
        || (of("position") is "absolute" or "fixed" or "relative" or "sticky" && new[] { "left", "top", "right", "bottom" }.Any(side => Math.Abs(Pixels(of(side)) ?? 0) >= FarAway * 2));

    private static bool IsCutAway(string clip, string path, string transform, string scale)
    {
        var zeros = clip.StartsWith("rect", StringComparison.Ordinal) && clip.Split(['(', ')', ',', ' '], StringSplitOptions.RemoveEmptyEntries).Skip(1).All(v => Math.Abs(Pixels(v) ?? 0) < SmallestFont);
        var inset = path.StartsWith("inset", StringComparison.Ordinal) && path.Split(['(', ')', ' '], StringSplitOptions.RemoveEmptyEntries).Skip(1).Any(v => v.EndsWith('%') && CssColor.Share(v) >= 0.5);
        return zeros || inset || path.Replace(" ", "", StringComparison.Ordinal).StartsWith("circle(0", StringComparison.Ordinal) || scale is "0" or "0%"
            || transform.Replace(" ", "", StringComparison.Ordinal) is var moved && (moved.Contains("scale(0)", StringComparison.Ordinal) || moved.Contains("scale(0,", StringComparison.Ordinal) || moved.Contains("scalex(0)", StringComparison.Ordinal) || moved.Contains("scaley(0)", StringComparison.Ordinal)
                || (moved.StartsWith("translate", StringComparison.Ordinal) && moved.Split(['(', ')', ','], StringSplitOptions.RemoveEmptyEntries).Skip(1).Any(v => Math.Abs(Pixels(v) ?? 0) >= FarAway * 2)));
    }

    private static CssColor? Ground(string background)
    {
        if (CssColor.Parse(background) is { } whole) return whole.IsClear ? null : whole;
        foreach (var word in background.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (CssColor.Parse(word) is { IsClear: false } part)
                return part;
        return null;
    }

    /// <summary>A length in pixels, roughly; null for what is none. A share of the parent's counts as one of a usual size.</summary>
    private static double? Pixels(string length)
    {
        if (Number.Match(length.Trim()) is not { Success: true } match) return null;
        var number = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value switch
        {
            "" or "px" => number,
            "pt" => number * 4 / 3,
            "em" or "rem" or "ex" or "ch" => number * 16,
            "in" => number * 96,
            "cm" => number * 38,
            "mm" => number * 3.8,
            "%" => number * 0.16,
            "vw" or "vh" or "vmin" or "vmax" => number * 10,
            _ => null,
        };
    }

    /// <summary>The declarations in lower case; the last of a name counts, unless one before it is important.</summary>
    private static Dictionary<string, string> Declarations(string style)
    {
        var text = style.Length <= CharactersMax ? style : style[..CharactersMax];
        text = Escape.Replace(Comment.Replace(text, " "), m => m.Groups["hex"] is { Success: true } hex && Rune.TryCreate(int.Parse(hex.Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture), out var rune) ? rune.ToString() : m.Groups["other"].Value);
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        var important = new HashSet<string>(StringComparer.Ordinal);
        foreach (var declaration in text.Split(';'))
        {
            if (declaration.IndexOf(':', StringComparison.Ordinal) is not (> 0 and var colon)) continue;
            var (name, value) = (declaration[..colon].Trim().ToLowerInvariant(), declaration[(colon + 1)..].Trim().ToLowerInvariant());
            var isImportant = value.IndexOf('!', StringComparison.Ordinal) is >= 0 and var mark && value[(mark + 1)..].Trim() == "important";
            if (isImportant) value = value[..value.IndexOf('!', StringComparison.Ordinal)].Trim();
            if (!isImportant && important.Contains(name)) continue;
            if (isImportant) important.Add(name);
            said[name] = value;
        }
        return said;
    }
}
