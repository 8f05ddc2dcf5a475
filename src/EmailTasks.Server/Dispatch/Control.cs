using EmailTasks.Core.Tasks;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Dispatch;

/// <summary>What the database said about running tasks and their mailboxes at one moment.</summary>
/// <param name="ReadAt">Monotonic timestamp taken before the read.</param>
/// <param name="Held">Why no mail may leave although tasks run, or null.</param>
public sealed record ControlView(long ReadAt, IReadOnlyDictionary<string, TaskRow> Tasks, IReadOnlyDictionary<string, MailboxRow> Mailboxes, string? Held)
{
    /// <summary>Why the database says that dispatch stands still, or null.</summary>
    public DispatchPause? Paused { get; init; }

    /// <summary>Tasks that send through a mailbox now, oldest first.</summary>
    public IReadOnlyList<TaskRow> SendingThrough(string mailbox) =>
        [.. Tasks.Values.Where(t => t.Mailbox == mailbox && t.Status == MailTaskStatus.Sending).OrderBy(t => t.No)];
}

/// <summary>
/// Reads what decides whether a dot may leave, four times a second, on a thread of its own: a starved thread pool must
/// not make the last reading old. A process that was stopped or cut off wakes with an old reading and sends no dot.
/// </summary>
public sealed class Control : IDisposable
{
    /// <summary>Time between readings.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    /// <summary>How old a reading may be when a dot leaves.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(750);

    private readonly IStore _store;
    private readonly Standstill? _standstill;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _failed;
    private readonly ClockGuard _clock;
    private readonly ManualResetEventSlim _now = new(false);
    private readonly Thread _thread;
    private volatile ControlView _view;
    private volatile bool _stopping;

    /// <param name="standstill">What is remembered outside the database; each reading is compared with it.</param>
    public Control(IStore store, TimeProvider time, Action<Exception> failed, Standstill? standstill = null)
    {
        _standstill = standstill;
        _store = store;
        _time = time;
        _failed = failed;
        _clock = new ClockGuard(time);
        // Nothing is known yet, and nothing leaves. It is not read here: a database that is away for a moment would end a node that starts just then.
        _view = new ControlView(time.GetTimestamp(), new Dictionary<string, TaskRow>(), new Dictionary<string, MailboxRow>(), "starting");
        _thread = new Thread(Run) { IsBackground = true, Name = "control reader", Priority = ThreadPriority.AboveNormal };
    }

    /// <summary>Raised after each reading.</summary>
    public event Action? Changed;

    /// <summary>The last reading.</summary>
    public ControlView View => _view;

    /// <summary>Begins to read.</summary>
    public void Start() => _thread.Start();

    /// <summary>Reads again at once.</summary>
    public void ReadNow() => _now.Set();

    /// <summary>One reading, by the caller: what the thread does four times a second.</summary>
    internal void Look()
    {
        _view = Read();
        if (_view.Paused is not null) _standstill?.Seen();
    }

    /// <summary>Whether the last reading allows a dot of this task through this mailbox, begun under this epoch: a process that slept through a takeover sends none.</summary>
    public bool Allows(string task, string mailbox, long epoch)
    {
        var view = _view;
        return _time.GetElapsedTime(view.ReadAt) < MaxAge && view.Held is null
            && view.Tasks.TryGetValue(task, out var row) && row.Status == MailTaskStatus.Sending
            && view.Mailboxes.TryGetValue(mailbox, out var box) && box.PausedReason is null && box.DeletedAt is null && box.Epoch <= epoch;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _now.Set();
        if (_thread.IsAlive) _thread.Join();
        _now.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            try
            {
                Look();
                Changed?.Invoke();
            }
            catch (Exception e)
            {
                _failed(e); // the reading grows old, and gates stay shut until one succeeds
            }
            _now.Wait(Every);
            _now.Reset();
        }
    }

    private ControlView Read()
    {
        var readAt = _time.GetTimestamp();
        var remembered = _standstill?.Memory.Known; // before the database is asked: it must know at least this
        var clock = _clock.Problem();
        var (tasks, mailboxes, pause) = _store.Read(async db =>
        {
            var open = await TaskRows.Open(db);
            var ids = open.Where(t => t.Mailbox is not null).Select(t => t.Mailbox!).Distinct().ToList();
            var boxes = ids.Count == 0 ? [] : await db.Many<MailboxRow>($"select * from mailbox where {db.Sql.AmongTexts("id", "@ids")}", new { ids = db.Sql.List(ids) });
            return (open, boxes, await StandstillRows.Load(db));
        }).GetAwaiter().GetResult();
        // While it stands still the numbers are behind anyway; a reading from before somebody accepted must not stop it again.
        if (remembered is not null && pause is null) _standstill!.Compare(remembered, mailboxes);
        var held = _store.Unsafe ?? pause?.Detail ?? _standstill?.Why ?? clock;
        return new ControlView(readAt, tasks.ToDictionary(t => t.Id), mailboxes.ToDictionary(m => m.Id), held) { Paused = pause };
    }
}

/// <summary>
/// A wall clock that jumps against the monotonic one makes limits and windows meaningless: dispatch waits until the two
/// have agreed for a while.
/// </summary>
public sealed class ClockGuard(TimeProvider time)
{
    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StableFor = TimeSpan.FromSeconds(10);

    private DateTimeOffset _wall = time.GetUtcNow();
    private long _mono = time.GetTimestamp();
    private long? _jumpedAt;

    /// <summary>Why dispatch must wait, or null.</summary>
    public string? Problem()
    {
        var (wall, mono) = (time.GetUtcNow(), time.GetTimestamp());
        var drift = wall - _wall - time.GetElapsedTime(_mono, mono);
        (_wall, _mono) = (wall, mono);
        if (drift.Duration() > Jump) _jumpedAt = mono;
        if (_jumpedAt is { } at && time.GetElapsedTime(at, mono) < StableFor) return "The system clock jumped; sending waits until it is stable.";
        _jumpedAt = null;
        return null;
    }
}
