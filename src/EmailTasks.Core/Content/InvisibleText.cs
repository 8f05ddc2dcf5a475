using System.Globalization;
using System.Text;

namespace EmailTasks.Core.Content;

/// <summary>
/// Characters that nobody sees in text from outside: of no width, turning the direction, tags, other format characters and fillers.
/// They are written out, so that whoever reads the text, person or program, sees that they are there.
/// </summary>
public static class InvisibleText
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int BlackFlag = 0x1F3F4;
    private const int CancelTag = 0xE007F;

    /// <summary>Characters of a flag of a part of a country: a black flag, up to six tags, and their end.</summary>
    private const int FlagTagsMax = 7;

    /// <summary>Whether a character leaves nothing on the screen, or turns what stands around it.</summary>
    public static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format || rune.Value is
        0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x180B or 0x180C or 0x180D or 0x180F or 0x2028 or 0x2029 or 0x3164 or 0xFFA0 or 0x2800
        or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0000 and <= 0xE0FFF) or (>= 0xFFF0 and <= 0xFFF8) or 0x2065;

    /// <summary>The text with what nobody sees as <c>[U+200B]</c>, several of one kind in a row as <c>[U+200B x3]</c>. Emoji and scripts that need some of them keep those.</summary>
    public static string Mark(string text)
    {
        if (!text.EnumerateRunes().Any(IsInvisible)) return text;
        var runes = text.EnumerateRunes().ToArray();
        var marked = new StringBuilder(text.Length + 64);
        for (var i = 0; i < runes.Length;)
        {
            if (!IsInvisible(runes[i]) || Belongs(runes, i))
            {
                marked.Append(runes[i++]);
                continue;
            }
            if (Tags(runes, i) is > 0 and var flag)
            {
                foreach (var rune in runes.AsSpan(i, flag)) marked.Append(rune);
                i += flag;
                continue;
            }
            // Padding puts spaces between them.
            var (first, count, last) = (runes[i], 1, i);
            for (var at = i + 1; at < runes.Length && (runes[at] == first || runes[at].Value is ' ' or 0xA0); at++)
            {
                if (runes[at] != first) continue;
                (count, last) = (count + 1, at);
            }
            marked.Append(CultureInfo.InvariantCulture, $"[U+{first.Value:X4}{(count > 1 ? $" x{count}" : "")}]");
            i = last + 1;
        }
        return marked.ToString();
    }

    /// <summary>Whether it shapes what stands beside it: a variant of a sign, joined emoji, letters of scripts that join.</summary>
    private static bool Belongs(Rune[] runes, int i)
    {
        var before = i > 0 ? runes[i - 1] : default;
        var after = i + 1 < runes.Length ? runes[i + 1] : default;
        return runes[i].Value switch
        {
            0xFE0E or 0xFE0F => IsSign(before) || before.Value is '#' or '*' or (>= '0' and <= '9'),
            ZeroWidthJoiner => (IsSignOrVariant(before) && IsSign(after)) || (Joins(before) && Joins(after)),
            ZeroWidthNonJoiner => Joins(before) && Joins(after),
            _ => false,
        };
    }

    private static int Tags(Rune[] runes, int i)
    {
        if (i == 0 || runes[i - 1].Value != BlackFlag) return 0;
        for (var at = i; at < runes.Length && at - i < FlagTagsMax; at++)
        {
            if (runes[at].Value == CancelTag) return at - i + 1;
            if (runes[at].Value is not ((>= 0xE0030 and <= 0xE0039) or (>= 0xE0061 and <= 0xE007A))) return 0;
        }
        return 0;
    }

    private static bool IsSignOrVariant(Rune rune) => rune.Value == 0xFE0F || rune.Value is >= 0x1F3FB and <= 0x1F3FF || IsSign(rune);

    private static bool IsSign(Rune rune) => rune.Value > 0x7F && Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.MathSymbol or UnicodeCategory.OtherPunctuation;

    // Arabic, Syriac and the scripts of India to Myanmar and Khmer, Mongolian.
    private static bool Joins(Rune rune) => (Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
        && rune.Value is (>= 0x0600 and <= 0x08FF) or (>= 0x0900 and <= 0x109F) or (>= 0x1780 and <= 0x18AF) or (>= 0xFB50 and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFC);
}
