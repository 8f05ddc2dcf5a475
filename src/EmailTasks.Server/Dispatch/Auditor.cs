using System.Globalization;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// Recounts every started task once a day, one at a time, and names each number that differs. It mends nothing: a counter that
/// is wrong is a bug to be found, not a stain to be wiped away.
/// </summary>
internal sealed partial class Auditor(App app, ILogger<Auditor> log) : BackgroundService
{
    /// <summary>When the last recount began; on a shared database the nodes take turns by it.</summary>
    private const string LastKey = "recount_at";

    private const int Page = 100;

    private static readonly TimeSpan Every = TimeSpan.FromHours(24);

    /// <summary>How often it looks whether a day is over.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(10);

    /// <summary>Between two tasks, so that a recount never has the database to itself.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Look, app.Time, stoppingToken);
                try
                {
                    if (await Due()) await Recount(stoppingToken);
                }
                catch (StoreUnavailableException e)
                {
                    LogFailed(e); // the next look tries again
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private Task<bool> Due() => app.Store.Write(async db =>
    {
        if (await MetaRows.Get(db, LastKey) is { } last && db.Now - long.Parse(last, CultureInfo.InvariantCulture) < (long)Every.TotalMicroseconds) return false;
        await MetaRows.Set(db, LastKey, db.Now.ToString(CultureInfo.InvariantCulture));
        return true;
    });

    private async Task Recount(CancellationToken ct)
    {
        var (tasks, differences, after) = (0, 0, "");
        while (true)
        {
            var ids = await app.Store.Read(db => RecountRows.Tasks(db, null, after, Page));
            foreach (var id in ids)
            {
                foreach (var d in await app.Store.Read(db => RecountRows.Of(db, id)))
                {
                    differences++;
                    LogDifference(d.Task, d.Number, d.Counter, d.Recount);
                }
                tasks++;
                await Task.Delay(Breath, app.Time, ct);
            }
            if (ids.Count < Page) break;
            after = ids[^1];
        }
        LogDone(tasks, differences);
    }

    [LoggerMessage(LogLevel.Error, "{Task}: the counter {Number} says {Counter}, a recount says {Recount}")]
    private partial void LogDifference(string task, string number, long counter, long recount);

    [LoggerMessage(LogLevel.Information, "Recounted {Tasks} tasks: {Differences} numbers differ")]
    private partial void LogDone(int tasks, int differences);

    [LoggerMessage(LogLevel.Error, "The recount failed; it is tried again")]
    private partial void LogFailed(Exception e);
}
