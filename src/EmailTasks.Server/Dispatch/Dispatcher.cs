using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>What lanes share.</summary>
internal sealed partial class DispatchParts(App app, Control control, ILogger log)
{
    /// <summary>An attempt that has not reached its dot by then sends none.</summary>
    public static readonly TimeSpan PreDotDeadline = TimeSpan.FromMinutes(5);

    /// <summary>How long a stop waits for answers to dots that have left.</summary>
    public static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(20);

    private readonly Random _random = new();
    private readonly Lock _randomGate = new();

    public App App => app;

    public Control Control => control;

    public ILogger Log => log;

    /// <summary>This process, in leases.</summary>
    public string NodeId { get; } = app.Ids.New("node");

    /// <summary>0..1, to spread retries.</summary>
    public double Random()
    {
        lock (_randomGate) return _random.NextDouble();
    }

    [LoggerMessage(LogLevel.Error, "The database did not take a result; it is tried again")]
    public partial void StoreTrouble(Exception e);

    [LoggerMessage(LogLevel.Error, "{Task} can't be written and is paused")]
    public partial void TaskBroken(string task, Exception e);

    [LoggerMessage(LogLevel.Warning, "The answer of begin {BeginId} was lost; none of it is sent")]
    public partial void BeginLost(string beginId, Exception e);

    [LoggerMessage(LogLevel.Error, "Opening a session of {Mailbox} failed")]
    public partial void OpeningFailed(string mailbox, Exception e);

    [LoggerMessage(LogLevel.Error, "An attempt of {Task} for recipient {Seq} failed before anything was said")]
    public partial void AttemptFailed(string task, long seq, Exception e);
}

/// <summary>Keeps a lane for every mailbox with work, and takes up what a crash left.</summary>
internal sealed partial class Dispatcher(App app, ILogger<Dispatcher> log) : BackgroundService
{
    private readonly Dictionary<string, (Lane Lane, Task Running)> _lanes = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0);
    private Control? _control;

    /// <summary>What the last reading said; null before the start.</summary>
    public ControlView? View => _control?.View;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!app.Store.IsShared) await Recovery.Run(app); // elsewhere others may be at work: the reaper waits for its proofs
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var control = _control = new Control(app.Store, app.Time, LogControl, app.Standstill);
        var parts = new DispatchParts(app, control, log);
        var share = new Share(parts);
        control.Changed += () => _wake.Release();
        app.Signals.Wake += control.ReadNow;
        app.Signals.Stopped += Abort;
        control.Start();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await _wake.WaitAsync(stoppingToken);
                share.Beat();
                Look(parts, share, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping: lanes let their attempts end and write what they came to.
        }
        app.Signals.Wake -= control.ReadNow;
        app.Signals.Stopped -= Abort;
        await Task.WhenAll(_lanes.Values.Select(l => l.Running));
        await share.Leave();
    }

    private void Look(DispatchParts parts, Share share, CancellationToken stopping)
    {
        lock (_lanes)
        {
            foreach (var (id, (lane, running)) in _lanes.ToList())
            {
                if (!running.IsCompleted) lane.Wake();
                else if (_lanes.Remove(id)) lane.Dispose();
            }
            var view = parts.Control.View;
            var working = view.Mailboxes.Values.Where(m => view.SendingThrough(m.Id).Count > 0).ToList();
            var mine = share.Of(working.Count);
            foreach (var surplus in _lanes.Keys.Where(id => working.Exists(m => m.Id == id)).Order(StringComparer.Ordinal).Skip(mine).ToList()) _lanes[surplus].Lane.Leave();
            foreach (var mailbox in working.Where(m => IsFree(m, parts)).Select(m => m.Id))
            {
                if (_lanes.ContainsKey(mailbox) || _lanes.Count >= mine) continue;
                var lane = new Lane(mailbox, parts);
                _lanes[mailbox] = (lane, Guarded(lane, mailbox, stopping));
            }
        }
    }

    /// <summary>Asking for a lease that somebody holds would only cost; the lease itself decides.</summary>
    private static bool IsFree(MailboxRow mailbox, DispatchParts parts) => mailbox.LeaseOwner is null || mailbox.LeaseOwner == parts.NodeId || mailbox.ExpiresAt <= parts.App.Store.Now;

    private async Task Guarded(Lane lane, string mailbox, CancellationToken stopping)
    {
        try
        {
            await Task.Run(() => lane.Run(stopping), CancellationToken.None);
        }
        catch (Exception e)
        {
            LogLane(mailbox, e); // a new lane takes over at the next look, when the lease has run out
        }
    }

    private void Abort(string id)
    {
        lock (_lanes)
        {
            foreach (var (lane, _) in _lanes.Values) lane.Abort(id);
        }
    }

    private void LogControl(Exception e) => LogControlFailed(e);

    [LoggerMessage(LogLevel.Error, "Reading the control state failed; no dot leaves until it works again")]
    private partial void LogControlFailed(Exception e);

    [LoggerMessage(LogLevel.Error, "The lane of {Mailbox} broke")]
    private partial void LogLane(string mailbox, Exception e);
}
