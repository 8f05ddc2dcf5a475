using System.Text.RegularExpressions;

namespace EmailTasks.Tidy;

/// <summary>An operation as it stands in the source of the catalogue.</summary>
internal sealed record Operation(string Holder, string Name, string Command, string Method, string Source)
{
    /// <summary>How code names it, e.g. <c>TaskOps.Create</c>.</summary>
    public string Reference => $"{Holder}.{Name}";
}

/// <summary>Reads the catalogue from its source text: these tests know no project.</summary>
internal static partial class Operations
{
    /// <summary>All operations that are declared.</summary>
    public static IReadOnlyList<Operation> All { get; } =
    [
        .. from file in Repo.Sources("src/EmailTasks.Contracts/Ops")
           let text = Repo.Text(file)
           from Match holder in Holder().Matches(text)
           let part = text[holder.Index..]
           from Match op in Declared().Matches(part)
           select new Operation(holder.Groups["holder"].Value, op.Groups["name"].Value, op.Groups["command"].Value, op.Groups["method"].Value, op.Value),
    ];

    /// <summary>Commands and aliases, as they are typed.</summary>
    public static IReadOnlySet<string> Words { get; } = new HashSet<string>(
        All.Select(o => o.Command).Concat(All.SelectMany(o => Alias().Matches(o.Source).SelectMany(m => Quoted().Matches(m.Value)).Select(m => m.Groups["text"].Value))));

    [GeneratedRegex(@"public static class (?<holder>\w+Ops)\b")]
    private static partial Regex Holder();

    // From one declaration to the next, initialiser included.
    [GeneratedRegex(@"public static readonly Op<[^=]+> (?<name>\w+) = new\(""(?<command>[a-z -]+)"", ""(?<method>[A-Z]+) [^""]*""[\s\S]*?(?=\n\s*\n|\n\}|\z)")]
    private static partial Regex Declared();

    [GeneratedRegex(@"Aliases = \[[^\]]*\]")]
    private static partial Regex Alias();

    [GeneratedRegex(@"""(?<text>[^""]+)""")]
    private static partial Regex Quoted();
}
