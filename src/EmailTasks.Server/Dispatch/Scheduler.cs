using EmailTasks.Server.Hosting;

namespace EmailTasks.Server.Dispatch;

/// <summary>Looks three times a second for tasks whose time has come. While dispatch is held (a clock that jumped) nothing starts either.</summary>
internal sealed partial class Scheduler(App app, Dispatcher dispatcher, ILogger<Scheduler> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(333);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Every, app.Time, stoppingToken);
                if (dispatcher.View is { Held: null }) await Round(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping. What was started is in the database; the dispatcher of the next start takes it up.
        }
    }

    private async Task Round(CancellationToken stopping)
    {
        try
        {
            await DueTasks.Round(app.Store, () => app.Ids.New("req"), app.Signals.TaskStarted, stopping);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(e); // the next round looks again
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking for scheduled tasks failed; it is tried again")]
    private partial void LogFailed(Exception e);
}
