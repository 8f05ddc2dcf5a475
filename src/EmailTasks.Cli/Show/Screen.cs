using System.Text;

namespace EmailTasks.Cli.Show;

/// <summary>The terminal: how wide, whether in colour, and how wide text is on it.</summary>
internal static class Screen
{
    /// <summary>Columns, at least 40.</summary>
    public static int Width
    {
        get
        {
            if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out var told) && told >= 40) return told;
            return Descriptor.Columns() is > 0 and var columns ? Math.Max(40, columns) : 80;
        }
    }

    /// <summary>Colours are for terminals, unless somebody said no (no-color.org).</summary>
    public static bool Colour(bool terminal) =>
        terminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>Columns a text takes: East Asian wide characters and emoji take two.</summary>
    public static int Columns(string text)
    {
        var columns = 0;
        foreach (var rune in text.EnumerateRunes()) columns += Columns(rune);
        return columns;
    }

    /// <summary>Text cut to so many columns.</summary>
    public static string Cut(string text, int columns)
    {
        if (Columns(text) <= columns) return text;
        var cut = new StringBuilder();
        var used = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (used + Columns(rune) > columns - 1) break;
            used += Columns(rune);
            cut.Append(rune.ToString());
        }
        return cut.Append('…').ToString();
    }

    /// <summary>Text filled up to so many columns.</summary>
    public static string Pad(string text, int columns) => text + new string(' ', Math.Max(0, columns - Columns(text)));

    private static int Columns(Rune rune) => rune.Value switch
    {
        >= 0x300 and <= 0x36F => 0,
        >= 0x1100 and <= 0x115F => 2,
        >= 0x2E80 and <= 0xA4CF => 2,
        >= 0xAC00 and <= 0xD7A3 => 2,
        >= 0xF900 and <= 0xFAFF => 2,
        >= 0xFE30 and <= 0xFE6F => 2,
        >= 0xFF00 and <= 0xFF60 => 2,
        >= 0x1F300 and <= 0x1FAFF => 2,
        >= 0x20000 and <= 0x3FFFD => 2,
        _ => 1,
    };
}
