using System.Text.RegularExpressions;

namespace EmailTasks.Tidy;

/// <summary>Documents rot when nobody looks: what they name must be there.</summary>
public sealed partial class DocsTests
{
    private static readonly string[] Roots = ["src/", "test/", "bench/", "docs/", ".ci/", "./"];

    public static TheoryData<string> Documents => [.. Repo.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal))];

    [Fact]
    public void The_documents_a_newcomer_looks_for_are_there()
    {
        string[] wanted = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "demo.sh", "build.sh", "global.json", ".editorconfig"];
        Findings.None(wanted.Where(f => !Repo.Files.Contains(f)));
        Assert.True(Repo.Files.Count(f => f.StartsWith("docs/adr/0", StringComparison.Ordinal)) >= 7);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_a_document_names_exists(string document)
    {
        var folder = Path.GetDirectoryName(document)!;
        Findings.None(Paths(Repo.Text(document)).Where(p => !Exists(p.Path, p.IsLink ? folder : "")).Select(p => $"{document}: {p.Path}"));
    }

    [Fact]
    public void Every_command_that_text_tells_to_type_is_built()
    {
        var known = Operations.Words;
        var files = Repo.TextFiles.Where(f => f.StartsWith("src/", StringComparison.Ordinal) || f.EndsWith(".md", StringComparison.Ordinal) || f is "demo.sh");
        Findings.None(
            from file in files
            from line in Repo.Lines(file)
            where !line.TrimStart().StartsWith("//", StringComparison.Ordinal) // comments may speak of slips
            from Match match in Typed().Matches(line)
            let words = match.Groups["words"].Value.Split(' ')
            where !Enumerable.Range(1, words.Length).Any(n => known.Contains(string.Join(' ', words[..n])))
            select $"{file}: {match.Value}");
    }

    [Fact]
    public void Headings_of_decisions_carry_their_number_and_a_status()
    {
        Findings.None(Repo.Files.Where(f => f.StartsWith("docs/adr/", StringComparison.Ordinal)).Where(f =>
        {
            var number = Path.GetFileName(f)[..4];
            var lines = Repo.Lines(f);
            return !lines[0].StartsWith($"# {number} ", StringComparison.Ordinal) || !lines.Any(l => l.StartsWith("Status: ", StringComparison.Ordinal)) || lines.Length > 40;
        }));
    }

    /// <summary>Links, and code that begins like a path of this repository or ends like one of its files.</summary>
    private static IEnumerable<(string Path, bool IsLink)> Paths(string text)
    {
        foreach (Match link in Link().Matches(text))
        {
            var target = link.Groups["target"].Value.Split('#')[0];
            if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)) yield return (target, true);
        }
        foreach (Match code in Code().Matches(text))
        {
            var path = code.Groups["code"].Value.Split(' ')[0];
            if (Array.Exists(Roots, r => path.StartsWith(r, StringComparison.Ordinal)) && path.Length > 2) yield return (path, false);
        }
        foreach (Match line in Script().Matches(text)) yield return (line.Groups["script"].Value, false);
    }

    private static bool Exists(string path, string folder)
    {
        var clean = path.TrimEnd('/');
        if (clean.StartsWith("./", StringComparison.Ordinal)) clean = clean[2..];
        clean = Path.GetRelativePath(Repo.Root, Path.GetFullPath(Path.Combine(Repo.Root, folder, clean))).Replace('\\', '/');
        return Repo.Files.Contains(clean) || Repo.Files.Any(f => f.StartsWith(clean + "/", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`(?<code>[^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^(?<script>\./[\w.-]+\.sh)\b", RegexOptions.Multiline)]
    private static partial Regex Script();

    [GeneratedRegex(@"(?:noxinfluencer |\{Product\.Name\} |`)(?<words>(?:email|product|mailbox|team|creator|suppression|key|account|audit|message|data)(?: [a-z][a-z-]*)+)")]
    private static partial Regex Typed();
}
