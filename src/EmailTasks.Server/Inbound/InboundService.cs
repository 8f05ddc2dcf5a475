using EmailTasks.Core.Inbound;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// Keeps a reader for every mailbox whose replies can be read. Nodes share them by a hold that runs out; were one read twice,
/// every message would still count once.
/// </summary>
internal sealed partial class InboundService(App app, ILogger<InboundService> log) : BackgroundService
{
    /// <summary>How often mailboxes are looked through and holds renewed.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>How long a hold lasts: several looks may fail before another node takes over.</summary>
    private static readonly TimeSpan HoldFor = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Reader> _readers = new(StringComparer.Ordinal);
    private readonly string _node = app.Ids.New("node");
    private long _renewed;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Round(stoppingToken);
                await Task.Delay(Every, app.Time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: what was taken in is committed; the rest is read at the next start.
        }
        foreach (var id in _readers.Keys.ToList()) await Stop(id, release: true);
    }

    private async Task Round(CancellationToken stopping)
    {
        try
        {
            var (mailboxes, nodes) = await app.Store.Read(async db => (await InboundRows.Readable(db), app.Store.IsShared ? Math.Max(1, await NodeRows.Living(db)) : 1));
            foreach (var id in _readers.Keys.Where(id => !mailboxes.Exists(m => m.Id == id && m.Version == _readers[id].Version)).ToList()) await Stop(id, release: true);
            if (_renewed == 0 || app.Time.GetElapsedTime(_renewed) > RenewEvery) await Renew();
            var share = (mailboxes.Count + nodes - 1) / nodes;
            foreach (var mailbox in mailboxes.Where(m => !_readers.ContainsKey(m.Id) && (m.InboundOwner is null || m.InboundOwner == _node || m.InboundUntil <= app.Store.Now)))
            {
                if (_readers.Count >= share) break;
                if (await Hold(mailbox.Id)) Start(mailbox, stopping);
            }
        }
        catch (StoreUnavailableException e)
        {
            LogFailed(e); // the next round looks again
        }
    }

    private Task<bool> Hold(string mailbox) => app.Store.Write(async db => await InboundRows.Hold(db, mailbox, _node, db.Now + (long)HoldFor.TotalMicroseconds) == 1);

    private async Task Renew()
    {
        _renewed = app.Time.GetTimestamp();
        foreach (var id in _readers.Keys.ToList())
        {
            if (!await Hold(id)) await Stop(id, release: false);
        }
    }

    private void Start(MailboxRow mailbox, CancellationToken stopping)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _readers[mailbox.Id] = new Reader(mailbox.Version, stop, Task.Run(() => new MailboxReader(app, mailbox, LogTrouble).Run(stop.Token), CancellationToken.None));
    }

    private async Task Stop(string id, bool release)
    {
        if (!_readers.Remove(id, out var reader)) return;
        await reader.Cancel.CancelAsync();
        await reader.Running;
        reader.Cancel.Dispose();
        if (!release) return;
        try
        {
            await app.Store.Write(db => InboundRows.Release(db, id, _node));
        }
        catch (StoreUnavailableException)
        {
            // It runs out by itself.
        }
    }

    private void LogTrouble(string mailbox, Exception e) => LogReader(mailbox, e);

    private sealed record Reader(long Version, CancellationTokenSource Cancel, Task Running);

    [LoggerMessage(LogLevel.Error, "Looking for mailboxes to read failed; it is tried again")]
    private partial void LogFailed(Exception e);

    [LoggerMessage(LogLevel.Error, "Reading {Mailbox} broke; it is tried again")]
    private partial void LogReader(string mailbox, Exception e);
}

/// <summary>Reads one mailbox for as long as it is told to, through every kind of trouble.</summary>
internal sealed class MailboxReader(App app, MailboxRow mailbox, Action<string, Exception> trouble)
{
    private static readonly TimeSpan MaildirEvery = TimeSpan.FromSeconds(1);

    /// <summary>From a first retry to the longest pause between two.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>How often "read up to now" is written while nothing comes.</summary>
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(10);

    private readonly Arrival _arrival = new(app);
    private TimeSpan _pause = FirstPause;
    private long _said;

    /// <summary>Ends only by cancellation; never throws.</summary>
    public async Task Run(CancellationToken ct)
    {
        var maildir = app.Mailboxes.MaildirOf(mailbox) is { } folder ? new MaildirReading(app, _arrival, mailbox, folder) : null;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var problem = maildir is null ? await Imap(ct) : await Maildir(maildir, ct);
                if (problem is not null && !ct.IsCancellationRequested) await Say(problem.Problem, problem.Fix);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                trouble(mailbox.Id, e);
                if (e is ArrivalFailedException) await Say($"{e.Message} It is tried again.", "Nothing is to be done: after some tries it is set aside, and reading goes on behind it.");
            }
            await Rest(ct);
        }
    }

    private async Task Say(string problem, string fix)
    {
        try
        {
            await app.Store.Write(db => InboundRows.Failing(db, mailbox.Id, problem, fix));
        }
        catch (StoreUnavailableException)
        {
            // It is said at the next try.
        }
    }

    private async Task<InboundProblem?> Maildir(MaildirReading maildir, CancellationToken ct)
    {
        while (true)
        {
            if (await app.Mailboxes.TryInbound(mailbox, stored: true, ct) is { } problem) return problem;
            await maildir.Look(ct);
            await Synced();
            await Task.Delay(MaildirEvery, app.Time, ct);
        }
    }

    /// <summary>One connection, for as long as it holds. What our own database says is no trouble of the mail server.</summary>
    private async Task<InboundProblem?> Imap(CancellationToken ct)
    {
        var own = default(Exception);
        var reading = new ImapReading(app, _arrival, mailbox, app.Tokens);
        var problem = await app.Mailboxes.ReadImap(mailbox, async (client, settings) =>
        {
            try
            {
                await reading.Run(client, settings, Synced, ct);
            }
            catch (Exception e) when (e is StoreUnavailableException or ArrivalFailedException)
            {
                own = e;
            }
        }, ct);
        return own is null ? problem : throw own;
    }

    private async Task Synced()
    {
        _pause = FirstPause;
        if (_said != 0 && app.Time.GetElapsedTime(_said) < SayEvery) return;
        _said = app.Time.GetTimestamp();
        await app.Store.Write(db => InboundRows.Synced(db, mailbox.Id));
    }

    private async Task Rest(CancellationToken ct)
    {
        _said = 0;
        try
        {
            await Task.Delay(_pause, app.Time, ct);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
