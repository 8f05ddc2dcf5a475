using System.Diagnostics;
using System.Text.Json;
using EmailTasks.Server.Hosting;

namespace EmailTasks.Testing;

/// <summary>The server as a process of its own, so that it can be killed.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _log = [];

    private ServerProcess(Process process) => _process = process;

    /// <summary>Where it listens.</summary>
    public string Url { get; private set; } = "";

    /// <summary>What it logged.</summary>
    public string Log
    {
        get { lock (_log) return string.Join('\n', _log); }
    }

    /// <summary>Starts a server on a folder and waits until it is ready.</summary>
    public static async Task<ServerProcess> Start(string folder)
    {
        var dll = typeof(EmailTasksServer).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && path.EndsWith("dotnet", StringComparison.Ordinal) ? path : "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var argument in new[] { dll, "--data", folder, "--urls", "http://127.0.0.1:0" }) start.ArgumentList.Add(argument);
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
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()])!) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await Kill();
        _process.Dispose();
    }
}
