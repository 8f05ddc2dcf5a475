using System.Text;

namespace EmailTasks.Cli.Show;

/// <summary>
/// Text from outside, made harmless for a terminal: control characters could move the cursor or retitle the window,
/// and bidi characters could show an address as another (Trojan Source, CVE-2021-42574).
/// </summary>
internal static class Clean
{
    private const char Replacement = '\uFFFD';

    /// <summary>Text on one line.</summary>
    public static string Line(string text) => Replace(text, lines: false);

    /// <summary>Text that may have several lines.</summary>
    public static string Block(string text) => Replace(text.Replace("\r\n", "\n"), lines: true);

    /// <summary>JSON for a terminal: control characters are escaped in it already, bidi and C1 characters become escapes.</summary>
    public static string Json(string json)
    {
        if (!json.AsSpan().ContainsAnyExceptInRange(' ', '~')) return json;
        var text = new StringBuilder(json.Length + 16);
        foreach (var c in json)
        {
            if (c != '\n' && IsHarmful(c)) text.Append("\\u").Append(((int)c).ToString("x4"));
            else text.Append(c);
        }
        return text.ToString();
    }

    private static string Replace(string text, bool lines)
    {
        if (!text.Any(IsHarmful)) return text;
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!IsHarmful(c)) clean.Append(c);
            else if (c is '\n' && lines) clean.Append('\n');
            else clean.Append(c is '\n' or '\r' or '\t' ? ' ' : Replacement);
        }
        return clean.ToString();
    }

    private static bool IsHarmful(char c) =>
        char.IsControl(c) || c is '\u061C' or '\u200E' or '\u200F' or '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\uFEFF';
}
