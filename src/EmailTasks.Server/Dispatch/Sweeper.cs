using EmailTasks.Core.Tasks;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>Runs the sweeps: cancelled and expired tasks, replaced recipient sets, copies, old buckets and answers.</summary>
internal sealed partial class Sweeper(App app, ILogger<Sweeper> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReapEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CleanEvery = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _wake = new(0);
    private readonly HashSet<string> _closed = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        app.Signals.Sweep += Wake;
        var reaper = new Reaper(app.Store, app.Time);
        var reaped = app.Time.GetTimestamp();
        var cleaned = app.Time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Round(stoppingToken);
                if (app.Store.IsShared && app.Time.GetElapsedTime(reaped) > ReapEvery)
                {
                    reaped = app.Time.GetTimestamp();
                    await reaper.Round();
                }
                if (app.Time.GetElapsedTime(cleaned) > CleanEvery)
                {
                    cleaned = app.Time.GetTimestamp();
                    await Clean();
                }
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                limit.CancelAfter(Every);
                await _wake.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // Time for another round, or to stop.
            }
            catch (Exception e)
            {
                LogFailed(e);
                await Task.Delay(Every, app.Time, CancellationToken.None);
            }
        }
        app.Signals.Sweep -= Wake;
    }

    private void Wake() => _wake.Release();

    private async Task Round(CancellationToken ct)
    {
        if (await app.Store.Read(MailboxHolds.HasDue)) await app.Store.Write(MailboxHolds.LiftDue);
        while (!ct.IsCancellationRequested && await app.Store.Read(HeldRows.IsWriting)) await app.Store.Write(HeldRows.WriteSome);
        foreach (var task in await app.Store.Read(TaskRows.Open))
        {
            var expired = task.Status == MailTaskStatus.Sending && task.SendUntil <= app.Store.Now;
            if (expired || task.Status == MailTaskStatus.Cancelled) await Guarded(() => CloseAndSettle(task, expired, ct));
            else if (task.Status == MailTaskStatus.Paused && await IsThrough(task)) await Guarded(() => Settle(task, ct));
        }
        foreach (var task in await app.Store.Read(TaskRows.BeingCopied))
        {
            // One piece a round: a large copy must not hold up a cancel's sweep.
            await Guarded(async () =>
            {
                if (await app.Store.Write(db => Copies.Step(db, task.Id))) Wake();
            });
        }
        foreach (var task in await app.Store.Read(StandstillRows.Accepted)) await Guarded(() => SweepDoubt(task, ct));
        foreach (var set in await app.Store.Read(RecipientRows.Droppable)) await Guarded(() => Drop(set, ct));
    }

    /// <summary>What fails for one task must not stop the sweeps of the others.</summary>
    private async Task Guarded(Func<Task> sweep)
    {
        try
        {
            await sweep();
        }
        catch (Exception e)
        {
            LogFailed(e);
        }
    }

    /// <summary>Whether the last ones of a paused task ended beside the pause. By counters, which spare a walk over all rows twice a second; the rows still decide.</summary>
    private async Task<bool> IsThrough(TaskRow task) => await app.Store.Read(db => CounterRows.Sum(db, task.SetId)) is { Pending: 0, Handed: 0 };

    private async Task CloseAndSettle(TaskRow task, bool expired, CancellationToken ct)
    {
        for (var mark = 0L; !_closed.Contains(task.Id) && !ct.IsCancellationRequested;)
        {
            var step = await app.Store.Write(db => Sweeps.Close(db, task.Id, mark, expired));
            mark = step.Mark;
            if (step.End) _closed.Add(task.Id);
        }
        await Settle(task, ct);
    }

    private async Task Settle(TaskRow task, CancellationToken ct)
    {
        for (var mark = 0L; !ct.IsCancellationRequested;)
        {
            var step = await app.Store.Read(db => Sweeps.LookForOpen(db, task.SetId, mark));
            if (step.Open)
            {
                // Handed rows end by their finish. A row that went back to pending meanwhile is closed in the next round.
                if (step.IsPending) _closed.Remove(task.Id);
                return;
            }
            mark = step.Mark;
            if (!step.End) continue;
            if (await app.Store.Write(db => Sweeps.Settle(db, task.Id, mark, task.Reopened))) _closed.Remove(task.Id);
            return;
        }
    }

    private async Task SweepDoubt(TaskRow task, CancellationToken ct)
    {
        for (var mark = 0L; !ct.IsCancellationRequested;)
        {
            var step = await app.Store.Write(db => DoubtSweep.Step(db, task, mark));
            mark = step.Mark;
            if (!step.End) continue;
            await app.Store.Write(db => StandstillRows.Swept(db, task.Id));
            app.Signals.TaskStarted(); // its lane finds nobody left, and ends it
            return;
        }
    }

    private async Task Drop(long setId, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            if (await app.Store.Write(db => RecipientRows.Sweep(db, setId, Sweeps.Piece)) > 0) continue;
            await app.Store.Write(async db =>
            {
                await db.Execute("delete from task_counter where set_id = @setId", new { setId });
                return await db.Execute("delete from dropped_set where set_id = @setId", new { setId });
            });
            return;
        }
    }

    private async Task Clean()
    {
        await app.Store.Write(MailboxRows.ForgetUsage);
        await app.Store.Write(RefusalRows.Forget);
        await app.Store.Write(HeldRows.Forget);
        await app.Store.Write(GateRows.ForgetAnswers);
    }

    [LoggerMessage(LogLevel.Error, "A sweep failed; it is tried again")]
    private partial void LogFailed(Exception e);
}
