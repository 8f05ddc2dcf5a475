using EmailTasks.Contracts;

namespace EmailTasks.Cli.Typed;

/// <summary>
/// <c>--enable-commands</c> and NOXINFLUENCER_ENABLE_COMMANDS: only these commands run. A guard against slips, not a
/// boundary; that is the key's. Given in both places, a command must stand in both: an option can't widen what the
/// environment allows.
/// </summary>
internal static class EnabledCommands
{
    private const string Option = "--enable-commands";
    private const string Variable = "NOXINFLUENCER_ENABLE_COMMANDS";

    /// <summary>Why the command may not run, or null.</summary>
    public static Refusal? Check(Words words, string[] args)
    {
        // What only reads, and only here, tells an agent what it may do: it is never refused.
        if (words.Local is { ReadsOnly: true }) return null;
        return Check(words.Op?.Command ?? words.Typed, args);
    }

    /// <summary>The same for a command by its words.</summary>
    public static Refusal? Check(string command, string[] args) => Check(command, Globals.ValueIn(args, Option), Option) ?? Check(command, Set, Variable);

    /// <summary>Whether anything is refused at all.</summary>
    public static bool AreLimited(string[] args) => Globals.ValueIn(args, Option) is not null || Set is not null;

    private static string? Set => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set ? set : null;

    private static Refusal? Check(string command, string? list, string from)
    {
        if (list is null) return null;
        var enabled = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var one in enabled)
        {
            var words = string.Join(' ', one.Split([' ', '.'], StringSplitOptions.RemoveEmptyEntries));
            var named = Catalogue.Find(words)?.Command ?? words;
            if (command == named || command.StartsWith(named + " ", StringComparison.Ordinal)) return null;
        }
        var shown = enabled.Length == 0 ? "none" : TextCheck.Shown(string.Join(", ", enabled));
        return new(ErrorCodes.CommandNotEnabled, $"`{command}` is not enabled here.")
        {
            Problems = [new(from, "not_enabled", $"`{command}` is not among the commands that {from} enables: {shown}.", $"If it is meant to run, add it to {from}.")],
        };
    }
}
