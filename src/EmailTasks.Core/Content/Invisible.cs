using System.Globalization;
using System.Text;

namespace EmailTasks.Core.Content;

/// <summary>
/// Characters that show nothing of their own. Rules that compare what people read leave them out; the same characters are
/// escaped where they are shown (a test holds the two lists together).
/// </summary>
public static class Invisible
{
    /// <summary>Whether a character shows nothing: control, format, tag, zero-width, bidi, fillers, variation selectors.</summary>
    public static bool Is(Rune c) => c.Value switch
    {
        < 0x7F => c.Value < 0x20,
        0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0 or 0x1D159 => true,
        >= 0x180B and <= 0x180F or >= 0xFE00 and <= 0xFE0F or >= 0xFFF0 and <= 0xFFF8 or >= 0xE0000 and <= 0xE0FFF => true,
        >= 0x0600 and <= 0x0605 or 0x06DD or 0x070F or 0x0890 or 0x0891 or 0x08E2 or 0x110BD or 0x110CD => false,
        _ => Rune.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
    };
}
