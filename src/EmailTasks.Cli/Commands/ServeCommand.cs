using System.Runtime.InteropServices;
using System.Text;
using EmailTasks.Cli.Net;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary>
/// <c>serve</c>: becomes the server that lies beside this program, by execve(2): the same process, so signals and
/// supervisors reach it, and no parent that could die or be left over.
/// </summary>
internal static partial class ServeCommand
{
    /// <summary>Options, handed on as they are given.</summary>
    public static IReadOnlyList<(string Flag, string Description)> Options { get; } =
    [
        ("--data <dir>", "Where everything is kept; ~/.noxinfluencer/data unless told."),
        ("--urls <url>", "Where to listen; http://127.0.0.1:7025 unless told."),
        ("--login", "Keep the key of a first start in the config file, and use this server from now on."),
        ("--allow-private-hosts", "Mail servers in private networks may be connected."),
        ("--public-url <url>", "How recipients reach this server: for unsubscribe links and tracking."),
        ("--state <dir>", "Where the server remembers outside the data what it sent, to notice a backup that was put back; ~/.local/state/email-tasks unless told."),
        ("--database <connection string>", "The PostgreSQL to use, shared by any number of servers; better given as NOXINFLUENCER_DATABASE, since command lines can be read by others. SQLite in the data folder unless told."),
        ("--role <all|api|dispatch>", "What this server does when several share a database; all unless told."),
        ("--dns <ip:port>", "The name server to ask; the system's unless told."),
        ("--behind-proxy", "A proxy in front speaks https: plain http on other addresses than loopback is fine."),
    ];

    /// <summary>Where the data lives unless told.</summary>
    public static string DefaultData =>
        Set("NOXINFLUENCER_DATA") ?? (Set("HOME") is { } home ? Path.Combine(home, ".noxinfluencer", "data") : Path.Combine(".", "noxinfluencer-data"));

    /// <summary>Becomes the server; returns only when that is not possible.</summary>
    public static int Run(Line line, Output output)
    {
        List<string> arguments = ["--data", line.Value("--data") ?? DefaultData];
        foreach (var (option, _) in Options)
        {
            var flag = option.Split(' ')[0];
            if (flag == "--data" || line.Value(flag) is not { } value) continue;
            arguments.Add(flag);
            if (option.Contains(' ')) arguments.Add(value);
        }
        if (line.Has("--login"))
        {
            if (ConfigFile.DefaultPath is not { } config)
                return output.Refuse(Refusal.Invalid("--login", "no_config", "There is no place for a config file: HOME is not set.", "Set NOXINFLUENCER_CONFIG to a path, or leave --login out."));
            arguments.AddRange(["--config", config]);
        }
        return Become(arguments, output);
    }

    /// <summary>Becomes the server with these arguments; returns only when that is not possible.</summary>
    public static int Become(IReadOnlyList<string> with, Output output)
    {
        var server = Path.Combine(Path.GetDirectoryName(Environment.ProcessPath) ?? ".", "server", "noxinfluencer-server");
        if (!File.Exists(server))
            return output.Refuse(Refusal.Invalid("", "no_server", $"There is no server at {server}.", "Run build.sh in the source folder; it puts the server beside this program."));
        List<string> arguments = [server, .. with];
        if (Set("DOTNET_ROOT") is null && DotnetRoot() is { } root) _ = SetEnvironment("DOTNET_ROOT", root, 1);
        var error = Become(server, arguments);
        return output.Refuse(Refusal.Invalid("", "no_server", $"The server at {server} could not be started (error {error}).", "Run build.sh again; the file must be executable."));
    }

    private static string? Set(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>The folder of the <c>dotnet</c> on the PATH, links followed: /usr/bin/dotnet is one.</summary>
    private static string? DotnetRoot()
    {
        foreach (var folder in (Set("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var found = new FileInfo(Path.Combine(folder, "dotnet"));
            if (!found.Exists) continue;
            var real = found.ResolveLinkTarget(returnFinalTarget: true) ?? found;
            return Path.GetDirectoryName(real.FullName);
        }
        return null;
    }

    private static unsafe int Become(string path, List<string> arguments)
    {
        var texts = arguments.ConvertAll(a => Marshal.StringToCoTaskMemUTF8(a));
        var vector = stackalloc nint[texts.Count + 1];
        for (var i = 0; i < texts.Count; i++) vector[i] = texts[i];
        vector[texts.Count] = 0;
        // The environment is handed on as libc has it, bytes and all.
        _ = Execute(Encoding.UTF8.GetBytes(path + '\0'), vector);
        return Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true)]
    private static unsafe partial int Execute(byte[] path, nint* arguments);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
