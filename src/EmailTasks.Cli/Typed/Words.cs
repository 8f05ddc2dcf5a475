using EmailTasks.Cli.Commands;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Typed;

/// <summary>Which command the words name. Only its part of the tree is built afterwards: a start stays short.</summary>
internal sealed record Words
{
    /// <summary>Words that name no command on purpose, and what to use instead.</summary>
    private static readonly (string Command, string Fix)[] Hints =
    [
        ("email resend", "Nothing is sent twice: copy the task with `noxinfluencer email copy <task_id> --recipients not_sent` (or not_replied), look at it, and send the copy."),
    ];

    /// <summary>The words as typed, as far as they name a command or group.</summary>
    public string Typed { get; init; } = "";

    /// <summary>The operation, if the server does it.</summary>
    public Op? Op { get; init; }

    /// <summary>The command, if no server is needed.</summary>
    public LocalCommand? Local { get; init; }

    /// <summary>True when the words are only the beginning of commands (or there are none).</summary>
    public bool IsGroup => Op is null && Local is null && Unknown is null && Hint is null;

    /// <summary>Why the words name nothing.</summary>
    public Refusal? Unknown { get; init; }

    /// <summary>What to use instead of a command that is left out on purpose.</summary>
    public Refusal? Hint { get; init; }

    /// <summary>All commands with their summaries, in the order help shows them.</summary>
    public static IEnumerable<(string Command, string Summary)> Commands =>
        Catalogue.All.Select(o => (o.Command, o.Summary)).Concat(LocalCommands.All.Select(l => (l.Command, l.Summary)));

    /// <summary>Finds the command among the arguments; options may stand between its words.</summary>
    public static Words Match(string[] args)
    {
        var words = Positional(args);
        for (var count = Math.Min(words.Count, 4); count > 0; count--)
        {
            var phrase = string.Join(' ', words.Take(count));
            foreach (var hint in Hints)
            {
                if (hint.Command == phrase)
                    return new() { Typed = phrase, Hint = Refusal.Invalid("", "no_such_command", $"There is no `{phrase}`.", hint.Fix) };
            }
            if (Catalogue.All.FirstOrDefault(o => o.Command == phrase || o.Aliases.Contains(phrase)) is { } op) return new() { Typed = phrase, Op = op };
            if (LocalCommands.Find(phrase) is { } local) return new() { Typed = phrase, Local = local };
        }
        var group = GroupLength(words);
        var typed = string.Join(' ', words.Take(group));
        return group == words.Count ? new() { Typed = typed } : new() { Typed = typed, Unknown = NotKnown(words, group) };
    }

    private static List<string> Positional(string[] args)
    {
        var words = new List<string>();
        for (var i = 0; i < args.Length && words.Count < 8 && args[i] != "--"; i++)
        {
            if (!args[i].StartsWith('-')) words.Add(args[i]);
            else if (Globals.TakesNext(args[i])) i++;
        }
        return words;
    }

    private static int GroupLength(List<string> words)
    {
        for (var count = words.Count; count > 0; count--)
        {
            var prefix = string.Join(' ', words.Take(count)) + " ";
            if (Phrases().Any(p => p.StartsWith(prefix, StringComparison.Ordinal))) return count;
        }
        return 0;
    }

    private static IEnumerable<string> Phrases() =>
        Catalogue.All.SelectMany(o => o.Aliases.Prepend(o.Command)).Concat(LocalCommands.All.Select(l => l.Command));

    private static Refusal NotKnown(List<string> words, int group)
    {
        var typed = TextCheck.Shown(string.Join(' ', words.Take(group + 1)));
        return Refusal.Invalid("", "unknown_command", $"There is no command `{typed}`.", DidYouMean(words, group));
    }

    private static string DidYouMean(List<string> words, int group)
    {
        // First the one word that is wrong, then the whole phrase: `emial list`, `email recipient list`.
        var head = string.Concat(words.Take(group).Select(w => w + " "));
        var next = Phrases().Where(p => p.StartsWith(head, StringComparison.Ordinal)).Select(p => p[head.Length..].Split(' ')[0]).Distinct().ToList();
        if (Spelling.Nearest(words[group], next) is { } word)
        {
            var mended = words.ToList();
            mended[group] = word;
            for (var count = Math.Min(mended.Count, 4); count > 0; count--)
            {
                var phrase = string.Join(' ', mended.Take(count));
                if (Phrases().Contains(phrase) || count == group + 1) return $"Did you mean `{Product.Name} {phrase}`?";
            }
        }
        for (var count = Math.Min(words.Count, 4); count > group; count--)
        {
            if (Spelling.Nearest(string.Join(' ', words.Take(count)), Phrases()) is { } phrase) return $"Did you mean `{Product.Name} {phrase}`?";
        }
        return group == 0
            ? $"Known: {string.Join(", ", next)}. See `{Product.Name} --help`."
            : $"Known after `{head.TrimEnd()}`: {string.Join(", ", next)}. See `{Product.Name} {head}--help`.";
    }
}
