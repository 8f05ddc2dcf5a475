using System.Diagnostics;

namespace EmailTasks.Bench;

/// <summary>A process that sends when told to, and says how long it took. Stopped by its own id.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;

    private Peer(Process process)
    {
        _process = process;
        AppDomain.CurrentDomain.ProcessExit += Stop; // a bench that is interrupted leaves nothing running
    }

    public int Pid => _process.Id;

    public static Peer Start(string program, string? folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = folder ?? "" };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return new Peer(Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
    }

    /// <summary>Its next line.</summary>
    public async Task<string> Line(TimeSpan limit) =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(limit) ?? throw new InvalidOperationException($"A peer ended: {_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)}");

    /// <summary>Sends so many mails; answers the seconds.</summary>
    public async Task<double> Run(int first, int count)
    {
        await _process.StandardInput.WriteLineAsync($"{first} {count}");
        await _process.StandardInput.FlushAsync();
        return double.Parse(await Line(TimeSpan.FromMinutes(3)));
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= Stop;
        Stop(null, EventArgs.Empty);
        _process.Dispose();
    }

    private void Stop(object? sender, EventArgs e)
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }
}
