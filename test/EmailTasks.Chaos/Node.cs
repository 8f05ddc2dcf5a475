using EmailTasks.Testing;

namespace EmailTasks.Chaos;

/// <summary>One server process with a folder of its own, and what can be done to it.</summary>
internal sealed class Node(string name, string folder, TcpProxy? proxy, params string[] arguments) : IAsyncDisposable
{
    private const int StartsMax = 120;

    private readonly List<string> _logs = [];
    private readonly List<string> _ends = [];
    private ServerProcess? _process;

    /// <summary>For the log.</summary>
    public string Name => name;

    /// <summary>Its data folder.</summary>
    public string Folder => folder;

    /// <summary>Whether somebody could call it now with a hope of an answer.</summary>
    public bool Answers { get; private set; }

    /// <summary>Where it listens.</summary>
    public string Url => _process!.Url;

    /// <summary>Everything its processes logged.</summary>
    public string Log => string.Join('\n', [.. _logs, _process?.Log ?? ""]);

    /// <summary>Whether a database can be cut off from it.</summary>
    public bool HasProxy => proxy is not null;

    private string LastWords => string.Join(" | ", _process!.Log.Split('\n').TakeLast(5));

    /// <summary>Starts, again and again: a database that is away refuses a start.</summary>
    public async Task Start()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                _process = await ServerProcess.Start(folder, arguments);
                Answers = true;
                return;
            }
            catch (InvalidOperationException) when (tries < StartsMax)
            {
                await Task.Delay(500);
            }
        }
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        Answers = false;
        if (_process is null) return;
        if (!_process.IsAlive) _ends.Add($"{name} ended by itself: {LastWords}");
        await _process.Kill();
        _logs.Add(_process.Log);
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>SIGSTOP, a while, SIGCONT.</summary>
    public async Task Freeze(TimeSpan time)
    {
        Answers = false;
        await _process!.Freeze();
        await Task.Delay(time);
        await _process.Thaw();
        Answers = true;
    }

    /// <summary>Its database is out of reach for a while, without a word.</summary>
    public async Task Blackhole(TimeSpan time, bool reset)
    {
        Answers = false;
        proxy!.Stall();
        await Task.Delay(time);
        proxy.Resume(reset);
        Answers = true;
    }

    /// <summary>It may be killed; it may not end on its own account, whatever its database does.</summary>
    public void Judge(Verdict verdict)
    {
        foreach (var end in _ends) verdict.Find(end);
        if (_process is { IsAlive: false }) verdict.Find($"{name} is gone: {LastWords}");
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        if (proxy is not null) await proxy.DisposeAsync();
    }
}
