using System.Text.RegularExpressions;

namespace EmailTasks.Tidy;

/// <summary>An operation as it stands in the source of the catalogue.</summary>
internal sealed record Operation(string Holder, string Name, string Command, string Method, string Source)
{
    /// <summary>How code names it, e.g. <c>TaskOps.Create</c>.</summary>
    public string Reference => $"{Holder}.{Name}";

    /// <summary>Whether its input record has members that come in the body: those that name no other place.</summary>
    public bool HasBody { get; init; }
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
           select new Operation(holder.Groups["holder"].Value, op.Groups["name"].Value, op.Groups["command"].Value, op.Groups["method"].Value, op.Value)
           {
               HasBody = op.Groups["method"].Value != "GET" && Record(text, op.Groups["input"].Value) is var record
                   && Regex.Count(record, @"\bWire\(") > Regex.Count(record, @"\bIn = WireIn\.(?!Body)"),
           },
    ];

    /// <summary>Commands and aliases, as they are typed; those that the server knows nothing of, too.</summary>
    public static IReadOnlySet<string> Words { get; } = new HashSet<string>(
        All.Select(o => o.Command).Concat(Local().Matches(Repo.Text("src/EmailTasks.Cli/Commands/LocalCommands.cs")).Select(m => m.Groups["command"].Value)).Concat(All.SelectMany(o => Alias().Matches(o.Source).SelectMany(m => Quoted().Matches(m.Value)).Select(m => m.Groups["text"].Value))));

    private static string Record(string text, string name) =>
        text.IndexOf($"public sealed record {name}(", StringComparison.Ordinal) is var at and >= 0
            ? text[at..text.IndexOf(");", at, StringComparison.Ordinal)]
            : throw new InvalidOperationException($"There is no record {name} beside its operation.");

    [GeneratedRegex(@"public static class (?<holder>\w+Ops)\b")]
    private static partial Regex Holder();

    // From one declaration to the next, initialiser included.
    [GeneratedRegex(@"public static readonly Op<(?<input>\w+),[^=]+> (?<name>\w+) = new\(""(?<command>[a-z -]+)"", ""(?<method>[A-Z]+) [^""]*""[\s\S]*?(?=\n\s*\n|\n\}|\z)")]
    private static partial Regex Declared();

    [GeneratedRegex(@"^ {8}new\(""(?<command>[a-z -]+)"",", RegexOptions.Multiline)]
    private static partial Regex Local();

    [GeneratedRegex(@"Aliases = \[[^\]]*\]")]
    private static partial Regex Alias();

    [GeneratedRegex(@"""(?<text>[^""]+)""")]
    private static partial Regex Quoted();
}
