using System.Globalization;
using AngleSharp.Css.Values;

namespace EmailTasks.Server.Message.Seen;

/// <summary>A colour as far as it decides whether words on it are seen: red, green, blue (0-255) and how much of it covers (0-1).</summary>
internal sealed record CssColour(double R, double G, double B, double Alpha)
{
    /// <summary>Below this ratio (WCAG 2.2 §1.4.3; 21 is black on white) nobody reads words; pale grey footers have about 1.6.</summary>
    public const double Unreadable = 1.3;

    public static readonly CssColour White = new(255, 255, 255, 1);
    public static readonly CssColour Black = new(0, 0, 0, 1);

    /// <summary>What mail programs give links that say nothing else.</summary>
    public static readonly CssColour Link = new(0, 0, 238, 1);

    /// <summary>Reads a colour as CSS or an attribute writes it; null when it is none.</summary>
    public static CssColour? Parse(string text)
    {
        text = text.Trim().ToLowerInvariant();
        if (text.Length == 0) return null;
        if (text == "transparent") return new CssColour(0, 0, 0, 0);
        if (text[0] == '#') return Hex(text[1..]);
        if (text.IndexOf('(', StringComparison.Ordinal) is var open and > 0 && text[^1] == ')') return Function(text[..open], text[(open + 1)..^1]);
        if (CssColorValue.FromName(text) is { } named) return new CssColour(named.R, named.G, named.B, named.A / 255.0);
        return text.Length is 3 or 6 && text.All(char.IsAsciiHexDigit) ? Hex(text) : null; // bgcolor="ffffff", as old mails have it
    }

    /// <summary>This colour laid over another.</summary>
    public CssColour Over(CssColour below) =>
        Alpha >= 1 ? this : new(R * Alpha + below.R * (1 - Alpha), G * Alpha + below.G * (1 - Alpha), B * Alpha + below.B * (1 - Alpha), 1);

    /// <summary>How far two covering colours are apart, from 1 (the same) to 21.</summary>
    public static double Contrast(CssColour a, CssColour b)
    {
        var (x, y) = (a.Luminance, b.Luminance);
        // Two colours of one brightness differ to the eye by their hue: red on green is read, if badly.
        var hue = (Math.Abs(a.R - b.R) + Math.Abs(a.G - b.G) + Math.Abs(a.B - b.B)) / 255;
        return Math.Max((Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05), 1 + hue / 2);
    }

    private double Luminance => 0.2126 * Linear(R) + 0.7152 * Linear(G) + 0.0722 * Linear(B);

    private static double Linear(double channel)
    {
        var c = channel / 255;
        return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }

    private static CssColour? Hex(string digits)
    {
        if (!digits.All(char.IsAsciiHexDigit)) return null;
        if (digits.Length is 3 or 4) digits = string.Concat(digits.Select(d => new string(d, 2)));
        if (digits.Length is not (6 or 8)) return null;
        int Part(int at) => int.Parse(digits.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return new CssColour(Part(0), Part(2), Part(4), digits.Length == 8 ? Part(6) / 255.0 : 1);
    }

    private static CssColour? Function(string name, string arguments)
    {
        var parts = arguments.Split([',', '/', ' '], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is not (3 or 4)) return null;
        var alpha = parts.Length == 4 ? Number(parts[3], 1) ?? 1 : 1;
        if (name is "rgb" or "rgba")
            return Number(parts[0], 255) is { } r && Number(parts[1], 255) is { } g && Number(parts[2], 255) is { } b ? new CssColour(Channel(r), Channel(g), Channel(b), alpha) : null;
        if (name is not ("hsl" or "hsla") || Number(parts[0], 360) is not { } h || Number(parts[1], 1) is not { } s || Number(parts[2], 1) is not { } l) return null;
        return Hsl(h, Math.Clamp(s, 0, 1), Math.Clamp(l, 0, 1), alpha);
    }

    private static CssColour Hsl(double hue, double saturation, double light, double alpha)
    {
        double Part(double n)
        {
            var k = (((n + hue / 30) % 12) + 12) % 12;
            return 255 * (light - saturation * Math.Min(light, 1 - light) * Math.Max(-1, Math.Min(Math.Min(k - 3, 9 - k), 1)));
        }
        return new CssColour(Part(0), Part(8), Part(4), alpha);
    }

    private static double Channel(double value) => Math.Clamp(value, 0, 255);

    private static double? Number(string text, double whole)
    {
        var isShare = text.EndsWith('%');
        text = isShare ? text[..^1] : text.Replace("deg", "", StringComparison.Ordinal);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? isShare ? number / 100 * whole : number : null;
    }
}
