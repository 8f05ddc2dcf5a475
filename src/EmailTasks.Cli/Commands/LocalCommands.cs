using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary>An argument of a command that needs no server.</summary>
internal sealed record LocalArgument(string Name, bool Required, bool Variadic, string Description);

/// <summary>A command that the server knows nothing of.</summary>
/// <param name="Options">Flags (with their value's name, where they take one) and descriptions.</param>
internal sealed record LocalCommand(
    string Command, string Summary, IReadOnlyList<LocalArgument> Arguments, IReadOnlyList<(string Flag, string Description)> Options, Func<Line, Output, int> Run)
{
    /// <summary>The operation whose calls it makes, when it makes some: it is a dry run until forced like that one.</summary>
    public Op? Via { get; init; }

    /// <summary>True for what reads only: <c>--enable-commands</c> does not stand in its way.</summary>
    public bool ReadsOnly { get; init; }
}

/// <summary>The commands that need no server.</summary>
internal static class LocalCommands
{
    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<LocalCommand> All { get; } =
    [
        new("email recipients import-file", "Add the people of a CSV or Excel file to a draft task; the dry run shows which column becomes what.",
            [new("task_id", Required: true, Variadic: false, "The task.")],
            [
                ("--file <path>", "The file: CSV (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252) or .xlsx; - reads standard input."),
                ("--map <pairs>", "Which column fills which field, e.g. email_address=E-mail,name=Creator; #2 is the second column."),
            ], ImportCommand.Run) { Via = RecipientOps.Add },
        new("schema", "Print what a command takes and answers: arguments, options, JSON Schema, an example body.",
            [new("command", Required: false, Variadic: true, "The command, e.g. \"email create\"; without it, all commands by name.")],
            [("--all", "Every command, whole."), ("--answers", "With the schemas of answers, which are long."), ("--part <name>", "Only this member of the body: where a body is long, its schema names its parts."), ("--reference <dir>", "Write the command reference (commands.md) and the man page (noxinfluencer.1) into a folder.")], SchemaCommand.Run) { ReadsOnly = true },
        new("agent exit-codes", "Print every exit code with its error_code and meaning.", [], [], ExitCodesCommand.Run) { ReadsOnly = true },
        new("env", "Print which server, config file and key are used, and the versions; never the key.", [], [], EnvCommand.Run) { ReadsOnly = true },
        new("doctor", "Check configuration, server, key, version, clock, mailboxes and public URL; ends with the one next command.", [], [], DoctorCommand.Run) { ReadsOnly = true },
        new("auth", "Check a key with the server and keep it in the config file (mode 0600).", [], [("--key-stdin", "Read the key from standard input; it is never an argument and never printed.")], AuthCommand.Keep),
        new("auth status", "Say which servers have a key, and whether the one in use is taken.", [], [], AuthCommand.Status) { ReadsOnly = true },
        new("auth logout", "Forget the key of a server in the config file.", [], [], AuthCommand.Forget),
        new("completion", "Print a completion script for a shell.", [new("shell", Required: true, Variadic: false, "bash, zsh or fish.")], [], CompletionCommand.Run) { ReadsOnly = true },
        new("serve", "Run the server in the foreground.", [], ServeCommand.Options, ServeCommand.Run),
        new("data export", "Write the whole installation to a file, from SQLite or PostgreSQL; with --force dispatch here is over.", [],
            [.. DataCommands.Places, ("--output <path>", "The new file, mode 0600, encrypted as a whole under a passphrase (NOXINFLUENCER_EXPORT_PASSPHRASE, else standard input).")],
            static (line, output) => DataCommands.Run("export", line, output)),
        new("data import", "Put an exported file into an empty installation, SQLite or PostgreSQL; what was being sent arrives paused.", [],
            [.. DataCommands.Places, ("--file <path>", "What data export wrote; its passphrase stands in NOXINFLUENCER_EXPORT_PASSPHRASE, else on standard input.")],
            static (line, output) => DataCommands.Run("import", line, output)),
        new("data unseal", "Let an exported installation dispatch again: only if the file was never imported.", [], DataCommands.Places, static (line, output) => DataCommands.Run("unseal", line, output)),
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
