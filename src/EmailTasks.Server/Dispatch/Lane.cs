using System.Threading.Channels;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// Works on one mailbox while it holds the lease: opens sessions, begins as many mails as sessions are free, finishes
/// what comes back. One loop decides; attempts run beside it and report into its channel.
/// </summary>
internal sealed class Lane : IDisposable
{
    /// <summary>A lane without work gives its lease and sessions back.</summary>
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(5);

    /// <summary>The longest sleep between looks: rows can become due, windows open.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly string _mailbox;
    private readonly DispatchParts _parts;
    private readonly Lease _lease;
    private readonly Channel<LaneEvent> _events = Channel.CreateUnbounded<LaneEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Slots _slots;
    private readonly Dictionary<string, TaskProgress> _progress = new(StringComparer.Ordinal);
    private readonly DomainCircuits _circuits;
    private readonly HardRefusals _refusals = new();
    private readonly OpenStretch _window = new();
    private readonly FinishQueue _finishes;
    private int _turn;
    private volatile bool _leaving;

    public Lane(string mailbox, DispatchParts parts)
    {
        _mailbox = mailbox;
        _parts = parts;
        _lease = new Lease(mailbox, parts);
        _slots = new Slots(mailbox, parts, _events.Writer);
        _circuits = new DomainCircuits(parts.App.Time);
        _finishes = new FinishQueue(parts);
    }

    /// <summary>Another node is to have this mailbox: ends what is under way, closes its sockets, gives the lease back.</summary>
    public void Leave()
    {
        _leaving = true;
        Wake();
    }

    /// <summary>Something outside changed: look again.</summary>
    public void Wake() => _events.Writer.TryWrite(LaneEvent.Woken);

    /// <summary>Attempts of a stopped task or mailbox abort unless their gate is open.</summary>
    public void Abort(string id) => _slots.Abort(id);

    /// <summary>Works until there is nothing to do, the lease is lost, or the server stops.</summary>
    public async Task Run(CancellationToken stopping)
    {
        if (!await _lease.Acquire()) return;
        var idleSince = _parts.App.Time.GetTimestamp();
        try
        {
            while (!stopping.IsCancellationRequested && !_leaving && await _lease.Renew())
            {
                var work = _parts.Control.View.SendingThrough(_mailbox);
                if (work.Count > 0 || _slots.Busy > 0) idleSince = _parts.App.Time.GetTimestamp();
                else if (_parts.App.Time.GetElapsedTime(idleSince) > IdleFor) break;
                var wait = work.Count == 0 || _parts.Control.View.Held is not null ? Look : await Step(work);
                await Collect(wait);
            }
        }
        finally
        {
            await Close(stopping);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    /// <summary>One round: sessions for what is to do, then a begin for the sessions that are free. Answers how long to wait.</summary>
    private async Task<TimeSpan> Step(IReadOnlyList<TaskRow> work)
    {
        var view = _parts.Control.View;
        var mailbox = view.Mailboxes.GetValueOrDefault(_mailbox);
        if (mailbox is null || mailbox.PausedReason is not null || _parts.App.Signals.IsStopped(_mailbox, view.ReadAt)) return Look;
        var now = Storage.Micros.At(_parts.App.Store.Now);
        var open = _window.Open(mailbox, now);
        if (mailbox.SendWindow is not null && (open is not { } stretch || stretch.From > now)) return Look; // a window that never opens is no free pass
        _slots.Ensure(mailbox, now);
        _slots.Refresh();
        var free = _slots.Free();
        if (free.Count == 0) return Look;
        for (var i = 0; i < work.Count; i++)
        {
            var task = work[(_turn + i) % work.Count];
            if (await Begin(task, free, open) is not { } wait) continue;
            _turn = (_turn + i + 1) % work.Count;
            return wait;
        }
        return Look;
    }

    /// <summary>Begins rows of one task; null when another task may have its turn.</summary>
    private async Task<TimeSpan?> Begin(TaskRow task, IReadOnlyList<Slot> free, (DateTimeOffset From, DateTimeOffset Until)? open)
    {
        var progress = await Progress(task);
        if (progress is null || progress.RestUntil > _parts.App.Store.Now) return null;
        var ask = new BeginAsk(_mailbox, _lease.Owner, _lease.Epoch, task.Id, _parts.App.Ids.New("beg"), free.Count, progress.Cursor,
            open is null ? null : Storage.Micros.Of(open.Value.From), open is null ? null : Storage.Micros.Of(open.Value.Until), _circuits.Closed(), Math.Max(1, free.Count / 2)) { Probing = _circuits.Probing() };
        BeginAnswer answer;
        try
        {
            answer = await _parts.App.Store.Write(db => Dispatch.Begin.Run(db, ask), first: true);
        }
        catch (Exception e)
        {
            _parts.BeginLost(ask.BeginId, e);
            _finishes.NotStarted(_mailbox, task.SetId, ask.BeginId);
            return Look;
        }
        progress.Cursor = answer.Cursor;
        if (answer.Rows.Count == 0) return await Nobody(task, progress, answer);
        if (!await _parts.App.Standstill.Began(_mailbox, answer.BeginNo, _lease.Epoch))
        {
            _finishes.NotStarted(_mailbox, task.SetId, ask.BeginId);
            return Look;
        }
        Hand(task, progress, answer.Rows, free);
        return TimeSpan.Zero;
    }

    private void Hand(TaskRow task, TaskProgress progress, IReadOnlyList<RecipientRow> rows, IReadOnlyList<Slot> free)
    {
        if (rows.Count == free.Count) _slots.Grow();
        for (var i = 0; i < rows.Count; i++)
        {
            _circuits.Began(rows[i].Domain);
            _slots.Send(free[i], task, progress.Rendering, rows[i], DotQuestion.Of(_parts, task.Id, _mailbox, _lease.Epoch));
        }
    }

    private async Task<TimeSpan?> Nobody(TaskRow task, TaskProgress progress, BeginAnswer answer)
    {
        switch (answer.End)
        {
            case BeginEnd.LeaseLost:
                _lease.Lost();
                return TimeSpan.Zero;
            case BeginEnd.Limited when answer.Until is { } until:
                var wait = TimeSpan.FromMicroseconds(until - _parts.App.Store.Now);
                return wait > Look ? Look : wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1);
            case BeginEnd.Expired:
                _parts.App.Signals.SweepNow();
                return null;
            case BeginEnd.Ok when answer.Exhausted && _slots.BusyWith(task.Id) == 0 && _finishes.IsEmpty:
                await progress.LookForEnd(_parts, task);
                return null;
            case BeginEnd.Ok or BeginEnd.Limited or BeginEnd.MailboxPaused or BeginEnd.Standstill or BeginEnd.OutsideWindow or BeginEnd.TaskStopped:
                return null;
            default:
                throw new InvalidOperationException($"Unknown end {answer.End}.");
        }
    }

    private async Task<TaskProgress?> Progress(TaskRow task)
    {
        if (_progress.TryGetValue(task.Id, out var known) && known.PlanNo == task.PlanNo && known.Reopened == task.Reopened) return known;
        try
        {
            var fresh = await TaskProgress.Load(_parts, task);
            if (fresh is not null) _progress[task.Id] = fresh;
            return fresh;
        }
        catch (InvalidOperationException e)
        {
            // One task that can't be written must not stop its mailbox for the others.
            _parts.TaskBroken(task.Id, e);
            var hold = Hold.Guard("cannot_be_written", "This task's mail can't be written any more.", "Cancel it and copy it; the server's log says more.");
            await _parts.App.Store.Write(db => TaskHolds.Add(db, task.Id, hold), first: true);
            return null;
        }
    }

    /// <summary>Waits for something to happen, takes all that has, and writes it.</summary>
    private async Task Collect(TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            using var limit = new CancellationTokenSource(wait, _parts.App.Time);
            try
            {
                await _events.Reader.WaitToReadAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // Time to look again.
            }
        }
        var results = new List<AttemptResult>();
        while (_events.Reader.TryRead(out var happened))
        {
            if (happened.Done is { } done) results.Add(Done(done));
            else if (happened.Opened is { } opened) await _slots.Opened(opened);
        }
        if (results.Count > 0) _finishes.Add(results, Effects(results));
    }

    private AttemptResult Done(AttemptDone done)
    {
        _slots.Release(done.Slot, done.Verdict.DiscardConnection);
        _circuits.Ended(done.Row.Domain, done.Verdict);
        if (done.Verdict.Outcome == VerdictOutcome.NotSent && _progress.TryGetValue(done.Task.Id, out var progress)) progress.RestUntil = 0;
        return new AttemptResult(_mailbox, done.Task.Id, done.Row.SetId, done.Row.Seq, done.Row.Attempt, done.Verdict, done.Report, _parts.Random(), done.Row.Domain);
    }

    /// <summary>What results mean for the mailbox and the task; written in the transaction of their finish, so the next begin sees it.</summary>
    private List<Effect> Effects(List<AttemptResult> results)
    {
        var effects = new List<Effect>();
        foreach (var result in results)
        {
            if (Effect.Of(_mailbox, result.Task, result.Verdict) is { } effect) effects.Add(effect);
            if (_refusals.Add(result.Verdict, result.Domain)) effects.Add(Effect.SenderSuspected(_mailbox));
        }
        if (_slots.WasFailing && results.Exists(r => r.Verdict.Outcome == VerdictOutcome.Sent)) effects.Add(Effect.Healthy(_mailbox));
        return [.. effects.Distinct()];
    }

    /// <summary>Lets attempts end, writes what they came to, closes sockets, gives the lease back: in this order.</summary>
    private async Task Close(CancellationToken stopping)
    {
        _slots.AbortAll();
        // Every attempt has limits of its own. Whoever leaves before it ends leaves its row handed for ever: only a stop may, the next start reaps.
        var since = _parts.App.Time.GetTimestamp();
        while (_slots.Busy > 0)
        {
            if (!stopping.IsCancellationRequested) since = _parts.App.Time.GetTimestamp();
            else if (_parts.App.Time.GetElapsedTime(since) > DispatchParts.StopDeadline) break;
            await Collect(Look);
        }
        await _finishes.Drain();
        await _slots.CloseAll();
        while (_events.Reader.TryRead(out var left))
        {
            if (left.Opened?.Session is { } session) await session.DisposeAsync();
        }
        await _lease.Release();
    }
}
