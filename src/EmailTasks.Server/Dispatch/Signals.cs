using System.Collections.Concurrent;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// What committed changes tell the dispatcher of this process at once. Only a shortcut: the rows are the truth, and the
/// control reader finds the same within a quarter of a second.
/// </summary>
public sealed class Signals
{
    private readonly ConcurrentDictionary<string, byte> _stopped = new(StringComparer.Ordinal);

    /// <summary>Attempts of this process whose result is not written yet.</summary>
    public AttemptsUnderWay Attempts { get; } = new();

    /// <summary>Raised when dispatch should look again.</summary>
    public event Action? Wake;

    /// <summary>Raised when a sweep has work.</summary>
    public event Action? Sweep;

    /// <summary>Raised with the id of a task or mailbox whose attempts before the gate must abort.</summary>
    public event Action<string>? Stopped;

    /// <summary>Whether a task or mailbox was stopped in this process.</summary>
    public bool IsStopped(string id) => _stopped.ContainsKey(id);

    /// <summary>A task started: somebody is to be mailed.</summary>
    public void TaskStarted() => Wake?.Invoke();

    /// <summary>A task was cancelled or paused: from here on no dot of it leaves.</summary>
    public void TaskStopped(string task)
    {
        Stop(task);
        Sweep?.Invoke();
    }

    /// <summary>A mailbox was paused or resumed.</summary>
    public void MailboxChanged(string mailbox, bool stop)
    {
        if (stop) Stop(mailbox);
        else _stopped.TryRemove(mailbox, out _);
        Wake?.Invoke();
    }

    /// <summary>There are rows to sweep.</summary>
    public void SweepNow() => Sweep?.Invoke();

    private void Stop(string id)
    {
        _stopped[id] = 0;
        Stopped?.Invoke(id);
    }
}
