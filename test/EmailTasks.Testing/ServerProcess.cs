using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using EmailTasks.Server.Hosting;

namespace EmailTasks.Testing;

/// <summary>The server as a process of its own, so that it can be killed.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, Process> Alive = new();

    private readonly Process _process;
    private readonly List<string> _log = [];

    static ServerProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (var process in Alive.Values.Where(p => !p.HasExited)) process.Kill(); // a test that is stopped leaves nobody behind
    };

    private ServerProcess(Process process)
    {
        _process = process;
        Alive[process.Id] = process;
    }

    /// <summary>Its process id.</summary>
    public int Pid => _process.Id;

    /// <summary>Whether it still runs, or is stopped by a signal.</summary>
    public bool IsAlive => !_process.HasExited;

    /// <summary>Where it listens.</summary>
    public string Url { get; private set; } = "";

    /// <summary>What it logged.</summary>
    public string Log
    {
        get { lock (_log) return string.Join('\n', _log); }
    }

    /// <summary>Starts a server on a folder and waits until it is ready.</summary>
    /// <param name="more">More arguments, such as <c>--database</c>.</param>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public static async Task<ServerProcess> Start(string folder, params string[] more)
    {
        var dll = typeof(EmailTasksServer).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && path.EndsWith("dotnet", StringComparison.Ordinal) ? path : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        string[] arguments = [dll, "--data", folder, "--urls", "http://127.0.0.1:0", "--state", TestServer.StateOf(folder), .. more];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var server = new ServerProcess(Process.Start(start)!);
        server._process.ErrorDataReceived += (_, line) =>
        {
            lock (server._log) server._log.Add(line.Data ?? "");
        };
        server._process.BeginErrorReadLine();
        var ready = await server._process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server did not start: " + server.Log);
        if (!JsonDocument.Parse(ready).RootElement.TryGetProperty("url", out var url)) throw new InvalidOperationException(ready);
        server.Url = url.GetString()!;
        return server;
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; answers the exit code.</summary>
    public async Task<int> Terminate()
    {
        await Signal("TERM");
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    /// <summary>SIGSTOP: it stands still, with all its sockets open.</summary>
    public Task Freeze() => Signal("STOP");

    /// <summary>SIGCONT.</summary>
    public Task Thaw() => Signal("CONT");

    private async Task Signal(string name)
    {
        if (_process.HasExited) return;
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString()])!;
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await Kill();
        Alive.TryRemove(_process.Id, out _);
        _process.Dispose();
    }
}
