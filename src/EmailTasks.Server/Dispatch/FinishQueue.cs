namespace EmailTasks.Server.Dispatch;

/// <summary>
/// Writes results, for ever if need be: a result that is lost would leave its row handed, and a person would have to
/// find out what this process knows.
/// </summary>
internal sealed class FinishQueue(DispatchParts parts)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly HashSet<Task> _writing = [];
    private readonly Lock _gate = new();

    /// <summary>Whether everything is written.</summary>
    public bool IsEmpty
    {
        get { lock (_gate) return _writing.Count == 0; }
    }

    /// <summary>Writes results and their effects in one transaction of their own; queued before any later begin.</summary>
    public void Add(List<AttemptResult> results, List<Effect> effects)
    {
        var jitter = parts.Random();
        Track(Write(results, () => parts.App.Store.Write(
            async db =>
            {
                await Finish.Run(db, results);
                foreach (var effect in effects) await effect.Apply(db, jitter);
                return true;
            },
            first: true)));
        if (effects.Count > 0) parts.Control.ReadNow();
    }

    /// <summary>Takes back a begin whose answer was lost.</summary>
    public void NotStarted(string mailbox, long setId, string beginId) =>
        Track(Persist(() => parts.App.Store.Write(db => Sweeps.NotStarted(db, mailbox, setId, beginId), first: true)));

    /// <summary>Waits until everything is written, or the store stays away past the stop deadline.</summary>
    public async Task Drain()
    {
        Task[] writing;
        lock (_gate) writing = [.. _writing];
        await Task.WhenAny(Task.WhenAll(writing), Task.Delay(DispatchParts.StopDeadline, parts.App.Time));
    }

    private void Track(Task task)
    {
        lock (_gate) _writing.Add(task);
        _ = task.ContinueWith(
            done =>
            {
                lock (_gate) _writing.Remove(done);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task Write(List<AttemptResult> results, Func<Task<bool>> write)
    {
        await Persist(write);
        foreach (var result in results) parts.App.Signals.Attempts.Ended(result.SetId, result.Seq, result.Attempt);
    }

    private async Task Persist<T>(Func<Task<T>> write)
    {
        while (true)
        {
            try
            {
                await write();
                return;
            }
            catch (Exception e)
            {
                parts.StoreTrouble(e);
                await Task.Delay(Again, parts.App.Time);
            }
        }
    }
}
