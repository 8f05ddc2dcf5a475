using EmailTasks.Cli.Commands;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>An option as completion knows it: what may follow it.</summary>
/// <param name="Flag">The option.</param>
/// <param name="TakesValue">Whether a value follows.</param>
/// <param name="Values">The words it may be; none when they are free.</param>
/// <param name="IsFile">Whether it is the path of a file.</param>
internal sealed record CompletionOption(string Flag, bool TakesValue, IReadOnlyList<string> Values, bool IsFile, string Description);

/// <summary>What can follow what, for every shell alike.</summary>
internal static class CompletionWords
{
    /// <summary>Every beginning of commands, with the words that can follow and what they are.</summary>
    public static IEnumerable<(string Typed, IReadOnlyList<(string Word, string Description)> Next)> Groups()
    {
        var groups = new Dictionary<string, List<(string, string)>>(StringComparer.Ordinal);
        foreach (var (phrase, summary) in Phrases())
        {
            var words = phrase.Split(' ');
            for (var i = 0; i < words.Length; i++)
            {
                var typed = string.Join(' ', words[..i]);
                if (!groups.TryGetValue(typed, out var next)) groups.Add(typed, next = []);
                if (!next.Exists(n => n.Item1 == words[i])) next.Add((words[i], i == words.Length - 1 ? summary : $"{words[i]} commands"));
            }
        }
        return groups.Select(g => (g.Key, (IReadOnlyList<(string, string)>)g.Value));
    }

    /// <summary>Every command, aliases too, with its options.</summary>
    public static IEnumerable<(string Typed, IReadOnlyList<CompletionOption> Options)> Commands()
    {
        foreach (var op in Catalogue.All)
        {
            List<CompletionOption> options = [.. Documents.Options(op).Select(o => Option(o, op.QueryMembers.FirstOrDefault(m => Spelling.Flag(m.Name) == o.Flag)?.Wire))];
            foreach (var phrase in op.Aliases.Prepend(op.Command)) yield return (phrase, options);
        }
        foreach (var local in LocalCommands.All) yield return (local.Command, [.. Documents.Options(local).Select(o => Option(o, null))]);
    }

    /// <summary>Options of every command.</summary>
    public static IEnumerable<CompletionOption> Globals() =>
        Typed.Globals.All.Select(g => new CompletionOption(g.Flag, g.Value is not null, g.Value?.Contains('|') == true ? g.Value.Split('|') : [], false, g.Description));

    private static IEnumerable<(string Phrase, string Summary)> Phrases() =>
        Catalogue.All.SelectMany(o => o.Aliases.Prepend(o.Command).Select(c => (c, o.Summary))).Concat(LocalCommands.All.Select(l => (l.Command, l.Summary)))
            .Concat(new[] { "bash", "zsh", "fish" }.Select(s => ($"completion {s}", $"The script for {s}.")));

    private static CompletionOption Option(OptionRow row, WireAttribute? wire) =>
        new(row.Flag, row.Value is not null, wire?.Values ?? [], row.Value is "path" or "file" or "dir", row.Description);
}
