using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;

namespace EmailTasks.Cli.Commands;

/// <summary>An argument of a command that needs no server.</summary>
internal sealed record LocalArgument(string Name, bool Required, bool Variadic, string Description);

/// <summary>A command that needs no server.</summary>
/// <param name="Options">Flags (with their value's name, where they take one) and descriptions.</param>
internal sealed record LocalCommand(
    string Command, string Summary, IReadOnlyList<LocalArgument> Arguments, IReadOnlyList<(string Flag, string Description)> Options, Func<Line, Output, int> Run);

/// <summary>The commands that need no server.</summary>
internal static class LocalCommands
{
    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<LocalCommand> All { get; } =
    [
        new("schema", "Print what a command takes and answers: arguments, options, JSON Schema, an example body.",
            [new("command", Required: false, Variadic: true, "The command, e.g. \"email create\"; without it, all commands by name.")],
            [("--all", "Every command, whole.")], SchemaCommand.Run),
        new("agent exit-codes", "Print every exit code with its error_code and meaning.", [], [], ExitCodesCommand.Run),
        new("env", "Print which server, config file and key are used, and the versions; never the key.", [], [], EnvCommand.Run),
        new("serve", "Run the server in the foreground.", [], ServeCommand.Options, ServeCommand.Run),
    ];

    /// <summary>The command of these words, or null.</summary>
    public static LocalCommand? Find(string words)
    {
        foreach (var command in All)
        {
            if (command.Command == words) return command;
        }
        return null;
    }
}
