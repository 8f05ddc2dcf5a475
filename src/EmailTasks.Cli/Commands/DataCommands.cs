using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;

namespace EmailTasks.Cli.Commands;

/// <summary>
/// <c>data export</c>, <c>data import</c>, <c>data unseal</c>: done by the server's own program on an installation that is
/// stopped, so they need no server and no key, only the files.
/// </summary>
internal static class DataCommands
{
    /// <summary>Which installation.</summary>
    public static IReadOnlyList<(string Flag, string Description)> Places { get; } =
    [
        ("--data <dir>", "Where everything is kept; ~/.noxinfluencer/data unless told."),
        ("--database <connection>", "The PostgreSQL of the installation; SQLite in the data folder unless told. Better in NOXINFLUENCER_DATABASE: others can read a command line."),
    ];

    /// <summary>Becomes the server's program with these words.</summary>
    public static int Run(string verb, Line line, Output output)
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
