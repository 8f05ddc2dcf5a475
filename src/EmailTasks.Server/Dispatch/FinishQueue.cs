namespace EmailTasks.Server.Dispatch;

/// <summary>
/// Writes results, for ever if need be: a result that is lost would leave its row handed, and a person would have to
/// find out what this process knows.
/// </summary>
internal sealed class FinishQueue(DispatchParts parts)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>How long a lost begin is looked for: longer than a commit waits before its connection is given up.</summary>
    private static readonly TimeSpan LostFor = TimeSpan.FromSeconds(30);

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
                if (await Finish.Run(db, results)) db.AfterCommit(parts.Control.ReadNow); // the sooner it is read, the fewer dots follow
                foreach (var effect in effects) await effect.Apply(db, jitter);
                return true;
            },
            first: true)));
        if (effects.Count > 0) parts.Control.ReadNow();
    }

    /// <summary>
    /// Takes back a begin whose answer was lost. A shared database may still be committing it: asked again until it was
    /// found, or until it is so old that the reaper would have it.
    /// </summary>
    public void NotStarted(string mailbox, long setId, string beginId) => Track(TakeBack(mailbox, setId, beginId));

    private async Task TakeBack(string mailbox, long setId, string beginId)
    {
        for (var since = parts.App.Time.GetTimestamp(); ;)
        {
            var found = 0;
            await Persist(async () => found = await parts.App.Store.Write(db => Sweeps.NotStarted(db, mailbox, setId, beginId), first: true));
            if (found > 0 || !parts.App.Store.IsShared || parts.App.Time.GetElapsedTime(since) > LostFor) return;
            await Task.Delay(Again, parts.App.Time);
        }
    }

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
