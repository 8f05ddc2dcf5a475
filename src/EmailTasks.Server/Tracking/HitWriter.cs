using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Tracking;

/// <summary>Writes hits down, many at once: what one transaction costs is paid for all of them.</summary>
internal sealed partial class HitWriter(App app, HitQueue queue, ILogger<HitWriter> log) : BackgroundService
{
    /// <summary>Hits of one transaction at most: begin and finish wait behind it on SQLite.</summary>
    public const int Batch = 500;

    /// <summary>How long the first of a batch waits for others.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await queue.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gather, app.Time, stoppingToken);
                await WriteAll(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await WriteAll(CancellationToken.None); // what was answered before the stop is still noted
        }
    }

    private async Task WriteAll(CancellationToken ct)
    {
        var batch = new List<Hit>(Batch);
        while (queue.Reader.TryRead(out var hit))
        {
            batch.Add(hit);
            if (batch.Count == Batch) await Write(batch, ct);
        }
        await Write(batch, ct);
        if (queue.TakeLost() is > 0 and var lost) LogLost(lost);
    }

    private async Task Write(List<Hit> batch, CancellationToken ct)
    {
        while (batch.Count > 0)
        {
            try
            {
                await app.Store.Write(db => HitRecord.Write(db, batch));
                batch.Clear();
            }
            catch (StoreUnavailableException e)
            {
                LogFailed(e);
                if (!ct.CanBeCanceled) return; // stopping: the database is gone, and nobody waits for it
                await Task.Delay(TryAgain, app.Time, ct);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // One that can't be written must cost neither the others nor the server.
                if (batch.Count == 1) LogDropped(e);
                var one = batch.Count == 1 ? [] : batch.ToList();
                batch.Clear();
                foreach (var hit in one) await Write([hit], ct);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "A hit can't be written and is dropped")]
    private partial void LogDropped(Exception e);

    [LoggerMessage(LogLevel.Warning, "{Lost} opens and clicks found no room and were not counted")]
    private partial void LogLost(long lost);

    [LoggerMessage(LogLevel.Error, "Opens and clicks could not be written; it is tried again")]
    private partial void LogFailed(Exception e);
}
