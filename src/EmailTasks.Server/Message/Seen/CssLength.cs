using System.Globalization;

namespace EmailTasks.Server.Message.Seen;

/// <summary>Lengths as far as they decide whether words are seen: in pixels, roughly.</summary>
internal static class CssLength
{
    /// <summary>What a font has that nobody sized.</summary>
    public const double Font = 16;

    /// <summary>Pixels, or null when it is no length ("auto", "normal", a calculation that does not come out).</summary>
    /// <param name="font">What an em is.</param>
    /// <param name="whole">What 100 % is.</param>
    public static double? Pixels(string text, double font, double whole)
    {
        text = text.Trim().ToLowerInvariant();
        if (text.StartsWith("calc(", StringComparison.Ordinal) && text.EndsWith(')')) return Sum(text[5..^1], font, whole);
        var digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] is '.' or '-' or '+')) digits++;
        // 1e-3px is a length too.
        if (digits > 0 && digits + 1 < text.Length && text[digits] == 'e' && (char.IsAsciiDigit(text[digits + 1]) || text[digits + 1] is '-' or '+'))
        {
            digits += 2;
            while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        }
        if (digits == 0 || !double.TryParse(text.AsSpan(0, digits), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return null;
        return text[digits..].Trim() switch
        {
            "" or "px" => number,
            "pt" => number * 4 / 3,
            "pc" => number * 16,
            "in" => number * 96,
            "cm" => number * 37.8,
            "mm" => number * 3.78,
            "q" => number * 0.945,
            "em" => number * font,
            "ex" or "ch" => number * font / 2,
            "rem" => number * Font,
            "%" => number / 100 * whole,
            "vw" or "vh" or "vmin" or "vmax" => number * 8,
            _ => null,
        };
    }

    // Sums and differences with their spaces, and nothing more: what is written to come out as 0 does.
    private static double? Sum(string text, double font, double whole)
    {
        var total = 0.0;
        var sign = 1;
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part is "+" or "-") sign = part == "+" ? 1 : -1;
            else if (part.Contains('*') && part.Split('*') is [var a, var b] && Pixels(a, font, whole) is { } x && Pixels(b, font, whole) is { } y) total += sign * x * y;
            else if (Pixels(part, font, whole) is { } length) total += sign * length;
            else return null;
        }
        return total;
    }
}
