using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.InteropServices;

namespace EmailTasks.Core.Content;

/// <summary>A colour as CSS writes it, and how much of it is seen.</summary>
/// <param name="Alpha">0 is not seen at all, 1 wholly.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CssColor(byte Red, byte Green, byte Blue, double Alpha = 1)
{
    /// <summary>Below this nothing is seen.</summary>
    private const double SeenAlpha = 0.05;

    /// <summary>All three channels together; text nearer to its ground than this is read by machines alone.</summary>
    private const int SeenDistance = 36;

    private static readonly FrozenDictionary<string, CssColor> Named = new Dictionary<string, CssColor>(StringComparer.OrdinalIgnoreCase)
    {
        ["white"] = new(255, 255, 255), ["snow"] = new(255, 250, 250), ["ivory"] = new(255, 255, 240), ["whitesmoke"] = new(245, 245, 245), ["ghostwhite"] = new(248, 248, 255),
        ["floralwhite"] = new(255, 250, 240), ["mintcream"] = new(245, 255, 250), ["azure"] = new(240, 255, 255), ["aliceblue"] = new(240, 248, 255), ["seashell"] = new(255, 245, 238),
        ["black"] = new(0, 0, 0), ["red"] = new(255, 0, 0), ["green"] = new(0, 128, 0), ["blue"] = new(0, 0, 255), ["yellow"] = new(255, 255, 0), ["gray"] = new(128, 128, 128),
        ["grey"] = new(128, 128, 128), ["silver"] = new(192, 192, 192), ["navy"] = new(0, 0, 128), ["maroon"] = new(128, 0, 0), ["lime"] = new(0, 255, 0), ["aqua"] = new(0, 255, 255),
        ["teal"] = new(0, 128, 128), ["purple"] = new(128, 0, 128), ["fuchsia"] = new(255, 0, 255), ["olive"] = new(128, 128, 0), ["orange"] = new(255, 165, 0),
        ["transparent"] = new(0, 0, 0, 0),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>White, on which mails stand.</summary>
    public static CssColor White { get; } = new(255, 255, 255);

    /// <summary>Black, in which they are written.</summary>
    public static CssColor Black { get; } = new(0, 0, 0);

    /// <summary>Whether nothing is seen of it.</summary>
    public bool IsClear => Alpha < SeenAlpha;

    /// <summary>Whether text of this colour is not seen on a ground.</summary>
    public bool IsLost(CssColor ground) => IsClear || Math.Abs(Red - ground.Red) + Math.Abs(Green - ground.Green) + Math.Abs(Blue - ground.Blue) <= SeenDistance;

    /// <summary>Reads a colour; null for what is none, or none that is known here.</summary>
    public static CssColor? Parse(string text)
    {
        var value = text.Trim();
        if (Named.TryGetValue(value, out var named)) return named;
        if (value.StartsWith('#')) return Hex(value[1..]);
        if (value.Length == 6 && Hex(value) is { } bare) return bare; // bgcolor without its sign, as old mails write it
        if (value.IndexOf('(', StringComparison.Ordinal) is not (> 0 and var open) || !value.EndsWith(')')) return null;
        var parts = value[(open + 1)..^1].Split([',', '/', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length is not (3 or 4)) return null;
        var alpha = parts.Length == 4 ? Share(parts[3]) : 1;
        return value[..open].ToLowerInvariant() switch
        {
            "rgb" or "rgba" => new(Channel(parts[0]), Channel(parts[1]), Channel(parts[2]), alpha),
            "hsl" or "hsla" => Share(parts[2]) switch { >= 0.97 => White with { Alpha = alpha }, <= 0.03 => Black with { Alpha = alpha }, _ => alpha < SeenAlpha ? new(0, 0, 0, 0) : null },
            _ => null,
        };
    }

    /// <summary>A share: 0.5, .5 or 50%; 1 for what is none.</summary>
    public static double Share(string text)
    {
        var isPercent = text.EndsWith('%');
        return double.TryParse(isPercent ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? isPercent ? number / 100 : number : 1;
    }

    private static CssColor? Hex(string digits)
    {
        if (!digits.All(char.IsAsciiHexDigit)) return null;
        var full = digits.Length is 3 or 4 ? string.Concat(digits.Select(c => new string(c, 2))) : digits;
        if (full.Length is not (6 or 8)) return null;
        byte At(int i) => byte.Parse(full.AsSpan(i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new(At(0), At(2), At(4), full.Length == 8 ? At(6) / 255.0 : 1);
    }

    private static byte Channel(string text)
    {
        var isPercent = text.EndsWith('%');
        if (!double.TryParse(isPercent ? text[..^1] : text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return 0;
        return (byte)Math.Clamp(isPercent ? number * 2.55 : number, 0, 255);
    }
}
