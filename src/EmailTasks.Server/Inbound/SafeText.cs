using System.Text;

namespace EmailTasks.Server.Inbound;

/// <summary>Text from outside as it may be kept: capped, whole surrogate pairs only, and no U+0000, which PostgreSQL refuses.</summary>
internal static class SafeText
{
    /// <summary>One line: every control character is a space, runs of spaces are one.</summary>
    public static string Line(string? text, int max) => Clean(text, max, keepsLines: false).Trim();

    /// <summary>Lines: LF, tabs stay.</summary>
    public static string Lines(string? text, int max) => Clean(text?.ReplaceLineEndings("\n"), max, keepsLines: true);

    private static string Clean(string? text, int max, bool keepsLines)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var clean = new StringBuilder(Math.Min(text.Length, max));
        foreach (var rune in text.EnumerateRunes()) // half a pair becomes U+FFFD
        {
            if (clean.Length + rune.Utf16SequenceLength > max) break;
            if (keepsLines && rune.Value is '\n' or '\t') clean.Append((char)rune.Value);
            else if (!Rune.IsControl(rune)) clean.Append(rune);
            else if (!keepsLines && (clean.Length == 0 || clean[^1] != ' ')) clean.Append(' ');
        }
        return clean.ToString();
    }
}
