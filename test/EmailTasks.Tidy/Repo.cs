using System.Diagnostics;

namespace EmailTasks.Tidy;

/// <summary>The files of the repository, as git sees them: tracked, or about to be.</summary>
internal static class Repo
{
    private static readonly Lazy<IReadOnlyList<string>> Listed = new(() => Git("ls-files", "--cached", "--others", "--exclude-standard").Distinct().Where(f => File.Exists(At(f))).ToList());

    /// <summary>The folder that holds everything.</summary>
    public static string Root => Repository.Root;

    /// <summary>Every file, relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files => Listed.Value;

    /// <summary>The full path of a file.</summary>
    public static string At(string path) => Repository.At(path);

    /// <summary>A file's text.</summary>
    public static string Text(string path) => File.ReadAllText(At(path));

    /// <summary>A file's lines.</summary>
    public static string[] Lines(string path) => File.ReadAllLines(At(path));

    /// <summary>C# sources below a folder.</summary>
    public static IEnumerable<string> Sources(string folder) => Files.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>Files that are text.</summary>
    public static IEnumerable<string> TextFiles => Files.Where(f => !File.ReadAllBytes(At(f)).AsSpan().Contains((byte)0));

    /// <summary>What git answers, line by line.</summary>
    public static IReadOnlyList<string> Git(params string[] arguments)
    {
        // The folder may belong to somebody else than who runs the tests, e.g. in a container.
        var start = new ProcessStartInfo("git", ["-c", "safe.directory=*", "-c", "core.quotePath=false", "-C", Root, .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var git = Process.Start(start)!;
        var lines = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        return git.ExitCode == 0 ? lines : throw new InvalidOperationException($"git {string.Join(' ', arguments)} exited with {git.ExitCode}.");
    }
}

/// <summary>Findings as one readable failure.</summary>
internal static class Findings
{
    /// <summary>Fails with the whole list when there is anything in it.</summary>
    public static void None(IEnumerable<string> findings)
    {
        var list = findings.ToList();
        Assert.True(list.Count == 0, "\n" + string.Join('\n', list));
    }
}
