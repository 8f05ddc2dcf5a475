using System.Text;

namespace EmailTasks.Core.Content;

/// <summary>
/// One small plain letter for the many ways to write it: capitals, accents, full width, circles, the alphabets of mathematics.
/// Written out because the runtime's own normalisation needs a library that the server does without.
/// </summary>
public static class PlainLetters
{
    private const string Accents =
        "aàáâãäåāăąǎ|cçćĉċč|dďđ|eèéêëēĕėęě|gĝğġģ|hĥħ|iìíîïĩīĭįǐ|jĵ|kķ|lĺļľŀł|nñńņňŉ|oòóôõöøōŏőǒ|rŕŗř|sśŝşš|tţťŧ|uùúûüũūŭůűųǔ|wŵ|yýÿŷ|zźżž";

    private static readonly Dictionary<int, char> Bare = Accents.Split('|').SelectMany(row => row[1..].Select(c => (Written: (int)c, As: row[0]))).ToDictionary(p => p.Written, p => p.As);

    /// <summary>Whether a character is an accent that stands behind its letter.</summary>
    public static bool IsAccent(Rune c) => c.Value is >= 0x0300 and <= 0x036F;

    /// <summary>The small plain letter, or the character itself in small.</summary>
    public static Rune Of(Rune c)
    {
        var small = Rune.ToLowerInvariant(new Rune(Width(c.Value)));
        return Bare.TryGetValue(small.Value, out var bare) ? new Rune(bare) : small;
    }

    /// <summary>Whether a character is a letter or digit drawn in a way of its own: full width, in a circle, as in mathematics.</summary>
    public static bool IsWritten(Rune c) => Width(c.Value) != c.Value;

    private static int Width(int c) => c switch
    {
        >= 0xFF01 and <= 0xFF5E => c - 0xFEE0,
        >= 0x24B6 and <= 0x24CF => c - 0x24B6 + 'a',
        >= 0x24D0 and <= 0x24E9 => c - 0x24D0 + 'a',
        >= 0x1D400 and <= 0x1D6A3 => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(c - 0x1D400) % 52],
        >= 0x1D7CE and <= 0x1D7FF => (c - 0x1D7CE) % 10 + '0',
        _ => c,
    };
}
