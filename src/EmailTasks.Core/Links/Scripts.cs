using System.Text;

namespace EmailTasks.Core.Links;

/// <summary>Which alphabet a letter belongs to, as far as names of domains mix them to deceive.</summary>
internal static class Scripts
{
    // The first and the last code point, and the script; what is in none belongs to all.
    private static readonly (int From, int To, string Script)[] Table =
    [
        (0x41, 0x5A, "Latin"), (0x61, 0x7A, "Latin"), (0xC0, 0x24F, "Latin"), (0x250, 0x2AF, "Latin"), (0x370, 0x3FF, "Greek"), (0x400, 0x52F, "Cyrillic"), (0x530, 0x58F, "Armenian"),
        (0x590, 0x5FF, "Hebrew"), (0x600, 0x77F, "Arabic"), (0x900, 0x97F, "Devanagari"), (0x980, 0x9FF, "Bengali"), (0xA00, 0xDFF, "Indic"), (0xE00, 0xE7F, "Thai"), (0xE80, 0xEFF, "Lao"), (0x1000, 0x109F, "Myanmar"),
        (0x10A0, 0x10FF, "Georgian"), (0x1100, 0x11FF, "Hangul"), (0x1200, 0x139F, "Ethiopic"), (0x13A0, 0x13FF, "Cherokee"), (0x1400, 0x167F, "Canadian"), (0x1D00, 0x1DBF, "Latin"), (0x1E00, 0x1EFF, "Latin"), (0x1F00, 0x1FFF, "Greek"),
        (0x2C60, 0x2C7F, "Latin"), (0x2C80, 0x2CFF, "Coptic"), (0x3040, 0x30FF, "Kana"), (0x3400, 0x9FFF, "Han"), (0xA640, 0xA69F, "Cyrillic"), (0xA720, 0xA7FF, "Latin"), (0xA4D0, 0xA4FF, "Lisu"), (0xAB30, 0xAB6F, "Latin"), (0xAB70, 0xABBF, "Cherokee"), (0xAC00, 0xD7AF, "Hangul"), (0xF900, 0xFAFF, "Han"),
    ];

    private static readonly HashSet<string> Together = new(StringComparer.Ordinal) { "Latin", "Han", "Kana", "Hangul" };

    /// <summary>Whether a label mixes alphabets that no language writes together.</summary>
    public static bool Mixes(string label)
    {
        var scripts = label.EnumerateRunes().Select(Of).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        return scripts.Count > 1 && !scripts.TrueForAll(Together.Contains);
    }

    private static string? Of(Rune c)
    {
        foreach (var (from, to, script) in Table)
        {
            if (c.Value >= from && c.Value <= to) return script;
        }
        return null;
    }
}
