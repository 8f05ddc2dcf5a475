using System.Globalization;
using System.Text;

namespace EmailTasks.Contracts;

/// <summary>
/// Characters that nobody sees: format, tag, zero-width and bidi characters, fillers and variation selectors. They make one
/// text look like another, or carry words only a machine reads. In what we show and say they stand as escapes; in JSON data
/// they stay as data. Where a script or an emoji needs one to be written right, it is left alone.
/// </summary>
public static class Unseen
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>Whether a character shows nothing of its own. Line breaks and tabs are not asked here.</summary>
    public static bool Is(Rune c) => c.Value switch
    {
        < 0x7F => c.Value < 0x20,
        0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0 or 0x1D159 => true,
        >= 0x180B and <= 0x180F or >= 0xFE00 and <= 0xFE0F or >= 0xFFF0 and <= 0xFFF8 or >= 0xE0000 and <= 0xE0FFF => true,
        // Arabic, Syriac and Kaithi signs that are drawn around digits: format by category, but seen.
        >= 0x0600 and <= 0x0605 or 0x06DD or 0x070F or 0x0890 or 0x0891 or 0x08E2 or 0x110BD or 0x110CD => false,
        _ => Rune.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
    };

    /// <summary>Whether a text holds an unseen character that nothing beside it asks for.</summary>
    public static bool In(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return false;
        return Found(text).Any();
    }

    /// <summary>The unseen characters of a text, with their places; line breaks and tabs are none.</summary>
    public static IEnumerable<(int At, Rune Character)> Found(string text)
    {
        Rune? before = null;
        for (var at = 0; at < text.Length;)
        {
            var c = Rune.TryGetRuneAt(text, at, out var whole) ? whole : Rune.ReplacementChar;
            var length = c == Rune.ReplacementChar ? 1 : c.Utf16SequenceLength;
            if (c.Value is not ('\n' or '\r' or '\t') && Is(c) && !IsNeeded(c, before, Next(text, at + length))) yield return (at, c);
            before = c;
            at += length;
        }
    }

    /// <summary>A text in which everybody sees all of it: unseen characters as \u200B or \u{E0041}.</summary>
    public static string Escaped(string text)
    {
        if (!In(text)) return text;
        var to = new StringBuilder(text.Length + 32);
        var from = 0;
        foreach (var (at, c) in Found(text))
        {
            to.Append(text, from, at - from).Append(Name(c));
            from = at + c.Utf16SequenceLength;
        }
        return to.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>The escape of one character.</summary>
    public static string Name(Rune c) => c.IsBmp ? $"\\u{c.Value:X4}" : $"\\u{{{c.Value:X}}}";

    /// <summary>A text without the characters nobody sees, for comparing.</summary>
    public static string Without(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        var to = new StringBuilder(text.Length);
        foreach (var c in text.EnumerateRunes())
        {
            if (!Is(c)) to.Append(c.ToString());
        }
        return to.ToString();
    }

    private static Rune? Next(string text, int at) => at < text.Length && Rune.TryGetRuneAt(text, at, out var next) ? next : null;

    private static bool IsNeeded(Rune c, Rune? before, Rune? after) => c.Value switch
    {
        0xFE0E or 0xFE0F => before is { } b && (IsSymbol(b) || b.Value is '#' or '*' or (>= '0' and <= '9') or 0x203C or 0x2049 or 0x3030 or 0x303D),
        >= 0xFE00 and <= 0xFE0F or >= 0xE0100 and <= 0xE01EF => before is { } b && IsIdeograph(b),
        >= 0x180B and <= 0x180F => before is { Value: >= 0x1820 and <= 0x18AA },
        ZeroWidthJoiner => (before is { } b && after is { } a && (IsSymbol(b) || b.Value == 0xFE0F) && IsSymbol(a)) || Joins(before, after),
        ZeroWidthNonJoiner => Joins(before, after),
        _ => false,
    };

    private static bool Joins(Rune? before, Rune? after) => before is { } b && after is { } a && IsJoining(b) && IsJoining(a);

    // Arabic and its kin, and the scripts of India and its neighbours: there the joiners choose between two spellings.
    private static bool IsJoining(Rune c) => c.Value is (>= 0x0620 and <= 0x08FF) or (>= 0x0900 and <= 0x0DFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0xFB50 and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFC);

    private static bool IsSymbol(Rune c) => Rune.GetUnicodeCategory(c) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.MathSymbol && c.Value > 0x7F;

    private static bool IsIdeograph(Rune c) => c.Value is (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x323AF);
}
