using System.Threading.Channels;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;

namespace EmailTasks.Server.Dispatch;

/// <summary>An attempt that ended.</summary>
internal sealed record AttemptDone(Slot Slot, TaskRow Task, RecipientRow Row, AttemptReport Report, SmtpVerdict Verdict);

/// <summary>A session that was opened, or why not.</summary>
/// <param name="Version">The mailbox's version it was opened with.</param>
internal sealed record SlotOpened(IMailSession? Session, AttemptReport? Failure, long Version);

/// <summary>What a lane's loop waits for.</summary>
internal sealed record LaneEvent(AttemptDone? Done, SlotOpened? Opened)
{
    public static readonly LaneEvent Woken = new(null, null);
}

/// <summary>One open session, idle or with one attempt in it.</summary>
internal sealed class Slot(IMailSession session, long version)
{
    private volatile bool _asked;

    /// <summary>The mailbox's version it was opened with: a later one may mean another server.</summary>
    public long Version => version;

    /// <summary>True while the other side is asked whether it is still there.</summary>
    public bool Asked { get => _asked; set => _asked = value; }

    public IMailSession Session { get; } = session;
    public string? Task { get; set; }
    public CancellationTokenSource? Abort { get; set; }
}

/// <summary>The sessions of one mailbox: a slot is an open, authenticated session, so trouble with connecting touches no recipient.</summary>
internal sealed class Slots(string mailbox, DispatchParts parts, ChannelWriter<LaneEvent> events) : IDisposable
{
    /// <summary>A session that was silent for longer is asked before it is used.</summary>
    private static readonly TimeSpan AskAfter = TimeSpan.FromSeconds(20);

    /// <summary>After a failure nobody connects until the control reader has seen what it made of the mailbox.</summary>
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);

    private readonly List<Slot> _slots = [];
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = new();
    private int _opening;
    private int _wanted = 1;
    private long _version;
    private long _restUntil;

    /// <summary>Attempts under way.</summary>
    public int Busy => _slots.Count(s => s.Task is not null);

    /// <summary>Whether the last try to connect failed.</summary>
    public bool WasFailing { get; private set; }

    /// <summary>Attempts of one task.</summary>
    public int BusyWith(string task) => _slots.Count(s => s.Task == task);

    /// <summary>Sessions that can take a mail now.</summary>
    public IReadOnlyList<Slot> Free() => [.. _slots.Where(s => s.Task is null && !s.Asked)];

    /// <summary>All sessions were used at once: more would be too, up to the mailbox's connections.</summary>
    public void Grow() => _wanted *= 2;

    /// <summary>Opens what is missing, unless the mailbox is to be left alone for a while.</summary>
    public void Ensure(MailboxRow row, DateTimeOffset now)
    {
        _wanted = Math.Clamp(_wanted, 1, row.Connections);
        if (_version != row.Version) Renew(row.Version);
        foreach (var surplus in Free().Take(_slots.Count - row.Connections)) _ = Drop(surplus);
        if (row.Health == MailboxHealth.Failing)
        {
            WasFailing = true;
            if (row.NextTryAt > Storage.Micros.Of(now)) return;
            _wanted = Math.Max(1, _slots.Count);
        }
        if (parts.App.Time.GetTimestamp() < _restUntil) return;
        while (_slots.Count + _opening < _wanted)
        {
            _opening++;
            _ = Open(row);
        }
    }

    /// <summary>The mailbox was changed: idle sessions may lead to its old server.</summary>
    private void Renew(long version)
    {
        if (_version != 0)
        {
            foreach (var slot in Free()) _ = Drop(slot);
        }
        _version = version;
        _restUntil = 0;
    }

    /// <summary>Drops sessions that are gone, asks those that were silent for long.</summary>
    public void Refresh()
    {
        foreach (var slot in Free())
        {
            if (!slot.Session.Usable) _ = Drop(slot);
            else if (slot.Session.IdleFor >= AskAfter) _ = Ask(slot);
        }
    }

    /// <summary>Asks beside the loop: a dead server takes its time to be silent, and leases and results must not wait for it.</summary>
    private async Task Ask(Slot slot)
    {
        slot.Asked = true;
        await slot.Session.NoopAsync();
        slot.Asked = false;
        events.TryWrite(LaneEvent.Woken);
    }

    /// <summary>Takes up a session, or says what is wrong with the mailbox.</summary>
    public async Task Opened(SlotOpened opened)
    {
        _opening--;
        if (opened.Session is { } session)
        {
            if (opened.Version != _version)
            {
                await session.DisposeAsync();
                return;
            }
            lock (_gate) _slots.Add(new Slot(session, opened.Version));
            if (WasFailing) await Tell(Effect.Healthy(mailbox));
            WasFailing = false;
            return;
        }
        WasFailing = true;
        var verdict = SmtpVerdicts.Judge(opened.Failure!);
        var effect = Effect.Of(mailbox, null, verdict) ?? Effect.Failing(mailbox, verdict);
        await Tell(effect);
        _restUntil = parts.App.Time.GetTimestamp() + (long)(RestAfterFailure.TotalSeconds * parts.App.Time.TimestampFrequency);
        parts.Control.ReadNow();
    }

    /// <summary>Health is a note: a store that does not take it must not cost the results that came with it. The next try to connect writes it again.</summary>
    private async Task Tell(Effect effect)
    {
        var jitter = parts.Random();
        try
        {
            await parts.App.Store.Write(db => effect.Apply(db, jitter), first: true);
        }
        catch (Exception e)
        {
            parts.StoreTrouble(e);
        }
    }

    /// <summary>Runs one attempt; its end comes as an event.</summary>
    public void Send(Slot slot, TaskRow task, TaskRendering rendering, RecipientRow row, Func<bool> mayDot)
    {
        var abort = new CancellationTokenSource();
        lock (_gate)
        {
            slot.Task = task.Id;
            slot.Abort = abort;
        }
        parts.App.Signals.Attempts.Began(row.SetId, row.Seq, row.Attempt);
        if (parts.App.Signals.IsStopped(task.Id, parts.Control.View.ReadAt)) abort.Cancel();
        _ = Task.Run(() => Attempt(slot, task, rendering, row, new DotGate(mayDot), abort.Token));
    }

    /// <summary>The attempt of a slot has ended.</summary>
    public void Release(Slot slot, bool discard)
    {
        lock (_gate)
        {
            slot.Task = null;
            slot.Abort?.Dispose();
            slot.Abort = null;
        }
        if (discard || !slot.Session.Usable || slot.Version != _version) _ = Drop(slot);
    }

    /// <summary>Stops attempts of a task (or of this mailbox) that have not reached their gate.</summary>
    public void Abort(string id)
    {
        lock (_gate)
        {
            foreach (var slot in _slots.ToArray())
            {
                if (slot.Task is not null && (slot.Task == id || id == mailbox)) slot.Abort?.Cancel();
            }
        }
    }

    /// <summary>Stops every attempt that has not reached its gate.</summary>
    public void AbortAll() => Abort(mailbox);

    /// <summary>Closes every session; those being opened close themselves.</summary>
    public async Task CloseAll()
    {
        await _closing.CancelAsync();
        foreach (var slot in _slots.ToArray()) await Drop(slot);
    }

    /// <inheritdoc/>
    public void Dispose() => _closing.Dispose();

    private async Task Open(MailboxRow row)
    {
        IMailSession? session;
        AttemptReport? failure;
        try
        {
            (session, failure) = await parts.App.Mailboxes.OpenAsync(row, _closing.Token);
        }
        catch (Exception e)
        {
            // Without an answer the lane would wait for this session for ever.
            parts.OpeningFailed(mailbox, e);
            (session, failure) = (null, new AttemptReport(SmtpPhase.Connect, false, SmtpEnding.Lost, null, null, null));
        }
        if (_closing.IsCancellationRequested && session is not null) await session.DisposeAsync();
        else events.TryWrite(new LaneEvent(null, new SlotOpened(session, failure, row.Version)));
    }

    private async Task Attempt(Slot slot, TaskRow task, TaskRendering rendering, RecipientRow row, DotGate gate, CancellationToken abort)
    {
        AttemptReport report;
        try
        {
            using var mail = rendering.Write(row, parts.App.Time.GetUtcNow());
            report = await slot.Session.SendAsync(mail.Message, rendering.SenderAddress, row.Address, gate, abort);
        }
        catch (Exception e)
        {
            // Rendering is a pure function that the plan has tried for everybody: a failure is a bug, and nothing was said.
            parts.AttemptFailed(task.Id, row.Seq, e);
            var dotted = gate.State == DotGateState.Dotted;
            report = new AttemptReport(dotted ? SmtpPhase.Dot : SmtpPhase.Ready, dotted, SmtpEnding.Unsendable, null, null, null);
        }
        events.TryWrite(new LaneEvent(new AttemptDone(slot, task, row, report, SmtpVerdicts.Judge(report)), null));
    }

    private async Task Drop(Slot slot)
    {
        lock (_gate) _slots.Remove(slot);
        await slot.Session.DisposeAsync();
    }
}
