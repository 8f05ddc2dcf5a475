using System.Text;
using EmailTasks.Cli.Typed;

namespace EmailTasks.Cli.Lang;

/// <summary>
/// What the command line says to people, in their language. English stands where it is said and is the key; the other
/// language is one file, <c>zh.tsv</c>: English, tab, Chinese, with <c>{0}</c> for what varies. JSON is never translated.
/// </summary>
internal static class Said
{
    /// <summary>A sentence may hold another one (a reason); deeper than this is no sentence of ours.</summary>
    private const int DepthMax = 3;

    private static Dictionary<string, string>? _texts;
    private static List<(string[] Parts, string Text)>? _patterns;

    /// <summary>Chooses the language: <c>--lang</c>, else NOXINFLUENCER_LANG, else English.</summary>
    public static void Choose(string[] args)
    {
        var lang = Globals.ValueIn(args, "--lang") ?? Environment.GetEnvironmentVariable("NOXINFLUENCER_LANG");
        if (lang?.StartsWith("zh", StringComparison.OrdinalIgnoreCase) == true) Load();
    }

    /// <summary>True when another language than English was chosen.</summary>
    public static bool IsForeign => _texts is not null;

    /// <summary>The text in the language that was chosen; itself where there is none.</summary>
    public static string Of(string text) => _texts is null ? text : Of(text, DepthMax);

    private static string Of(string text, int depth)
    {
        if (_texts!.TryGetValue(text.Trim(), out var known)) return text.Replace(text.Trim(), known);
        if (depth == 0 || text.Length > 2000) return text;
        foreach (var (parts, chinese) in _patterns!)
        {
            if (Match(text, parts) is { } values) return Fill(chinese, values, depth - 1);
        }
        return text;
    }

    private static void Load()
    {
        using var stream = typeof(Said).Assembly.GetManifestResourceStream("zh.tsv")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        _texts = new(StringComparer.Ordinal);
        _patterns = [];
        while (reader.ReadLine() is { } line)
        {
            if (line.Split('\t') is not [var english, var chinese]) continue;
            _texts[english] = chinese;
            if (english.Contains("{0}", StringComparison.Ordinal)) _patterns.Add((Parts(english), chinese));
        }
        // The pattern that says most fits best.
        _patterns.Sort((a, b) => b.Parts.Sum(p => p.Length).CompareTo(a.Parts.Sum(p => p.Length)));
    }

    private static string[] Parts(string pattern)
    {
        var parts = new List<string>();
        var rest = pattern;
        for (var i = 0; rest.IndexOf($"{{{i}}}", StringComparison.Ordinal) is >= 0 and var at; i++)
        {
            parts.Add(rest[..at]);
            rest = rest[(at + 3)..];
        }
        parts.Add(rest);
        return [.. parts];
    }

    /// <summary>What stands between the parts, or null when the text is another one.</summary>
    private static List<string>? Match(string text, string[] parts)
    {
        if (!text.StartsWith(parts[0], StringComparison.Ordinal) || !text.EndsWith(parts[^1], StringComparison.Ordinal)) return null;
        var values = new List<string>();
        var at = parts[0].Length;
        for (var i = 1; i < parts.Length; i++)
        {
            var next = i == parts.Length - 1 ? text.Length - parts[i].Length : text.IndexOf(parts[i], at, StringComparison.Ordinal);
            if (next < at) return null;
            values.Add(text[at..next]);
            at = next + parts[i].Length;
        }
        return values;
    }

    private static string Fill(string chinese, List<string> values, int depth)
    {
        var text = new StringBuilder(chinese.Length + 32);
        for (var i = 0; i < chinese.Length; i++)
        {
            if (chinese[i] == '{' && i + 2 < chinese.Length && chinese[i + 2] == '}' && chinese[i + 1] - '0' is >= 0 and var which && which < values.Count)
            {
                text.Append(values[which].Contains(' ') ? Of(values[which], depth) : values[which]);
                i += 2;
            }
            else text.Append(chinese[i]);
        }
        return text.ToString();
    }
}
