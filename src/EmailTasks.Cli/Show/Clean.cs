using System.Text;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>
/// Text from outside, made harmless for a terminal: control characters could move the cursor or retitle the window,
/// bidi characters could show an address as another (Trojan Source, CVE-2021-42574), and tag and zero-width characters
/// could say something to a program that a person does not see. They stand as escapes.
/// </summary>
internal static class Clean
{
    /// <summary>Text on one line.</summary>
    public static string Line(string text) => Replace(text, lines: false);

    /// <summary>Text that may have several lines.</summary>
    public static string Block(string text) => Replace(text.Replace("\r\n", "\n"), lines: true);

    /// <summary>JSON for a terminal: control characters are escaped in it already, all others that nobody sees become escapes.</summary>
    public static string Json(string json)
    {
        if (!json.AsSpan().ContainsAnyExceptInRange(' ', '~')) return json;
        var text = new StringBuilder(json.Length + 16);
        var from = 0;
        foreach (var (at, c) in Unseen.Found(json))
        {
            text.Append(json, from, at - from);
            from = at + c.Utf16SequenceLength;
            foreach (var unit in json.AsSpan(at, c.Utf16SequenceLength)) text.Append("\\u").Append(((int)unit).ToString("x4"));
        }
        return text.Append(json, from, json.Length - from).ToString();
    }

    private static string Replace(string text, bool lines)
    {
        text = text.Replace('\r', ' ').Replace('\t', ' ');
        return Unseen.Escaped(lines ? text : text.Replace('\n', ' '));
    }
}
