using System.Text.RegularExpressions;
using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>One attempt: what is there before, what is called by whom, what must be answered, what must hold afterwards.</summary>
/// <param name="Surface"><c>http</c> or <c>cli</c>.</param>
/// <param name="Given">Calls that make the world; each must be done.</param>
/// <param name="Where">File and line, for whoever looks it up.</param>
internal sealed record Attempt(string Kind, string Name, string Surface, IReadOnlyList<Call> Given, IReadOnlyList<Line> Lines, string Where);

/// <summary>A line of an attempt.</summary>
internal abstract record Line(string Text);

/// <summary>A call by a key, once, or many times at the same moment as its neighbours.</summary>
/// <param name="AtOnce">How many at the same moment; 0 for an ordinary call.</param>
/// <param name="Expect">What must be answered, as it stands after <c>=&gt;</c>.</param>
internal sealed record Call(string Text, int AtOnce, string Key, string Words, string? Body, string Expect) : Line(Text);

/// <summary>Names what must be there although no call names it.</summary>
internal sealed record Have(string Text) : Line(Text);

/// <summary>Keeps a value of the last answer under a name in capitals.</summary>
internal sealed record Save(string Text, string Name, string Path) : Line(Text);

/// <summary>Something that must hold now; <c>mails</c> at the end of the whole set.</summary>
internal sealed record Check(string Text, string Subject, string Operator, string Value) : Line(Text);

/// <summary>Reads the files of attempts; their form is told in <c>test/data/attempts/README.md</c>.</summary>
internal static partial class AttemptFile
{
    /// <summary>All attempts of a folder, files in the order of their names.</summary>
    public static List<Attempt> ReadAll(string folder = "test/data/attempts") =>
        [.. Directory.GetFiles(Repository.At(folder), "*.txt").Order(StringComparer.Ordinal).SelectMany(f => Read(Path.GetFileName(f), File.ReadAllLines(f)))];

    /// <summary>The attempts of one file.</summary>
    public static IEnumerable<Attempt> Read(string file, IReadOnlyList<string> lines)
    {
        var kind = Path.GetFileNameWithoutExtension(file);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line.StartsWith('#')) continue;
            if (line.StartsWith("kind:", StringComparison.Ordinal)) kind = line[5..].Trim();
            else if (line.StartsWith("= ", StringComparison.Ordinal))
            {
                var block = lines.Skip(i + 1).TakeWhile(l => l.Trim().Length > 0 && !l.StartsWith("= ", StringComparison.Ordinal)).Select(l => l.Trim()).Where(l => !l.StartsWith('#')).ToList();
                foreach (var attempt in Each(kind, line[2..].Trim(), block, $"{file}:{i + 1}")) yield return attempt;
                while (i + 1 < lines.Count && lines[i + 1].Trim().Length > 0 && !lines[i + 1].StartsWith("= ", StringComparison.Ordinal)) i++;
            }
            else throw new FormatException($"{file}:{i + 1}: neither a kind nor an attempt: {line}");
        }
    }

    /// <summary>One attempt for every value of every <c>for</c>, and for every surface.</summary>
    private static IEnumerable<Attempt> Each(string kind, string name, List<string> block, string where)
    {
        var at = block.FindIndex(l => l.StartsWith("for ", StringComparison.Ordinal));
        if (at < 0) return Surfaces(block).Select(s => One(kind, s == "cli" ? name + " (command line)" : name, s, block, where));
        var (what, values) = (block[at][4..].Split('=', 2)[0].Trim(), Spoken.Split(block[at].Split('=', 2)[1]));
        return values.SelectMany(v => Each(kind, $"{name} [{v}]", [.. block.Where((_, i) => i != at).Select(l => l.Replace("<" + what + ">", v, StringComparison.Ordinal))], where));
    }

    private static string[] Surfaces(List<string> block) => block.Find(l => l.StartsWith("on ", StringComparison.Ordinal))?[3..].Trim() switch
    {
        null or "http" => ["http"],
        "cli" => ["cli"],
        "both" => ["http", "cli"],
        { } other => throw new FormatException($"There is no surface {other}: http, cli or both."),
    };

    private static Attempt One(string kind, string name, string surface, List<string> block, string where)
    {
        var (given, lines) = (new List<Call>(), new List<Line>());
        foreach (var line in block.Where(l => !l.StartsWith("on ", StringComparison.Ordinal)))
        {
            if (line.StartsWith("given ", StringComparison.Ordinal)) given.Add(CallOf(line[6..].Trim(), where));
            else if (line.StartsWith("=> ", StringComparison.Ordinal)) lines[^1] = lines[^1] is Call call ? call with { Expect = line[3..].Trim() } : throw new FormatException($"{where}: {line} follows no call.");
            else if (line.StartsWith("have ", StringComparison.Ordinal)) lines.Add(new Have(line));
            else if (line.StartsWith("save ", StringComparison.Ordinal)) lines.Add(new Save(line, line.Split(' ')[1], line.Split(' ')[2]));
            else if (line.StartsWith("then ", StringComparison.Ordinal)) lines.Add(CheckOf(line, where));
            else lines.Add(CallOf(line, where));
        }
        return lines.Exists(l => l is Call) ? new Attempt(kind, name, surface, given, lines, where) : throw new FormatException($"{where}: {name} calls nothing.");
    }

    private static Call CallOf(string line, string where)
    {
        if (CallLine().Match(line) is not { Success: true } m) throw new FormatException($"{where}: no call: {line}");
        var (words, body) = (m.Groups["words"].Value, (string?)null);
        if (words.IndexOf(" < ", StringComparison.Ordinal) is var cut and >= 0) (words, body) = (words[..cut], words[(cut + 3)..].Trim());
        return new Call(line, m.Groups["n"].Success ? int.Parse(m.Groups["n"].Value) : 0, m.Groups["key"].Value, words.Trim(), body, "ok");
    }

    private static Check CheckOf(string line, string where)
    {
        if (CheckLine().Match(line) is not { Success: true } m) throw new FormatException($"{where}: no condition: {line}");
        return new Check(line, m.Groups["subject"].Value, m.Groups["op"].Value.Trim(), m.Groups["value"].Value.Trim().Trim('"'));
    }

    [GeneratedRegex(@"^((?<n>\d+) at once )?(?<key>[a-z_]+)> (?<words>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CallLine();

    [GeneratedRegex(@"^then (?<subject>[^ ]+) (?<op>=|!=|<=|>=|has|lacks|is absent)(?<value>( .*)?)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CheckLine();
}
