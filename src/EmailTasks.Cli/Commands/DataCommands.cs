using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;

namespace EmailTasks.Cli.Commands;

/// <summary>
/// <c>data export</c>, <c>data import</c>, <c>data unseal</c>: done by the server's own program on an installation that is
/// stopped, so they need no server and no key, only the files.
/// </summary>
internal static class DataCommands
{
    private static readonly (string Flag, string Description)[] Places =
    [
        ("--data <dir>", "Where everything is kept; ~/.noxinfluencer/data unless told."),
        ("--database <connection>", "The PostgreSQL of the installation; SQLite in the data folder unless told. Better in NOXINFLUENCER_DATABASE: others can read a command line."),
    ];

    /// <summary>The commands.</summary>
    public static IReadOnlyList<LocalCommand> All { get; } =
    [
        new("data export", "Write the whole installation to a file, from SQLite or PostgreSQL; with --force dispatch here is over.", [],
            [.. Places, ("--output <path>", "The new file, mode 0600. It holds addresses in clear; the master key is sealed by a passphrase (NOXINFLUENCER_EXPORT_PASSPHRASE, else standard input).")],
            static (line, output) => Run("export", line, output)),
        new("data import", "Put an exported file into an empty installation, SQLite or PostgreSQL; what was being sent arrives paused.", [],
            [.. Places, ("--file <path>", "What data export wrote; its passphrase stands in NOXINFLUENCER_EXPORT_PASSPHRASE, else on standard input.")],
            static (line, output) => Run("import", line, output)),
        new("data unseal", "Let an exported installation dispatch again: only if the file was never imported.", [], Places, static (line, output) => Run("unseal", line, output)),
    ];

    private static int Run(string verb, Line line, Output output)
    {
        List<string> arguments = ["data", verb, "--data", line.Value("--data") ?? ServeCommand.DefaultData];
        string[] others = ["--database", "--output", "--file"];
        foreach (var flag in others)
        {
            if (line.Value(flag) is { } value) arguments.AddRange([flag, value]);
        }
        if (line.Globals.Force) arguments.Add("--force");
        return ServeCommand.Become(arguments, output);
    }
}
