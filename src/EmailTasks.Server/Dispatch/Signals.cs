using System.Collections.Concurrent;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// What committed changes tell the dispatcher of this process at once. Only a shortcut: the rows are the truth, and the
/// control reader finds the same within a quarter of a second. A stop therefore holds against readings that began before
/// it, and against no later one: what was resumed since, here or by another process, is not kept stopped by a memory of it.
/// </summary>
public sealed class Signals(TimeProvider time)
{
    /// <summary>Stops kept in memory; those that every reading has outlived are dropped when there are more.</summary>
    private const int StopsKept = 1_000;

    private readonly ConcurrentDictionary<string, long> _stopped = new(StringComparer.Ordinal);

    /// <summary>Attempts of this process whose result is not written yet.</summary>
    public AttemptsUnderWay Attempts { get; } = new();

    /// <summary>Raised when dispatch should look again.</summary>
    public event Action? Wake;

    /// <summary>Raised when a sweep has work.</summary>
    public event Action? Sweep;

    /// <summary>Raised with the id of a task or mailbox whose attempts before the gate must abort.</summary>
    public event Action<string>? Stopped;

    /// <summary>Whether a task or mailbox was stopped in this process after a reading of its row began.</summary>
    /// <param name="readAt">Monotonic timestamp taken before that reading.</param>
    public bool IsStopped(string id, long readAt) => _stopped.TryGetValue(id, out var at) && at >= readAt;

    /// <summary>A task started: somebody is to be mailed.</summary>
    public void TaskStarted() => Wake?.Invoke();

    /// <summary>A task goes on.</summary>
    public void TaskResumed() => Wake?.Invoke();

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
        Wake?.Invoke();
    }

    /// <summary>There are rows to sweep.</summary>
    public void SweepNow() => Sweep?.Invoke();

    private void Stop(string id)
    {
        var now = time.GetTimestamp();
        _stopped.AddOrUpdate(id, now, (_, before) => Math.Max(before, now));
        if (_stopped.Count > StopsKept) Forget(now);
        Stopped?.Invoke(id);
    }

    private void Forget(long now)
    {
        foreach (var (id, at) in _stopped)
        {
            if (time.GetElapsedTime(at, now) > Control.MaxAge) _stopped.TryRemove(new(id, at));
        }
    }
}
