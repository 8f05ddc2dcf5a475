using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// Stops all dispatch, on every node, when the database proves to have gone back in time: mails that it does not know of
/// may have left. A person ends it with <c>data accept-restore</c>.
/// </summary>
public sealed class Standstill(IStore store, BeginMemory memory, TimeProvider time) : IDisposable
{
    /// <summary>Tasks held in one change.</summary>
    private const int HeldAtOnce = 1_000;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private volatile BeginMemory _memory = memory;
    private readonly Lock _gate = new();
    private volatile string? _why;
    private volatile bool _written;
    private Task _writing = Task.CompletedTask;

    /// <summary>What this node began.</summary>
    public BeginMemory Memory => _memory;

    /// <summary>Why nothing may leave this node although the database does not say so yet; null when there is nothing.</summary>
    public string? Why => _why;

    /// <summary>Writes the reason down and holds the tasks that were being sent.</summary>
    public static async Task Pause(IStore store, string reason, string detail)
    {
        await store.Write(db => StandstillRows.Set(db, new DispatchPause(reason, detail, db.Now)), first: true);
        await HoldTasks(store);
    }

    /// <summary>Holds the tasks that were being sent when dispatch stopped; also after a crash between the two.</summary>
    public static async Task HoldTasks(IStore store)
    {
        if (await store.Read(StandstillRows.Load) is not { Reason: not DispatchPause.Sealed } pause) return;
        while (await store.Write(db => StandstillRows.HoldTasks(db, pause.At, HeldAtOnce), first: true) == HeldAtOnce)
        {
            // There may be more.
        }
    }

    /// <summary>A begin was committed: remembers it. False when it must not be sent.</summary>
    public async Task<bool> Began(string mailbox, long beginNo, long epoch)
    {
        if (!await _memory.Keep(mailbox, beginNo, epoch)) Stop(mailbox);
        return _why is null;
    }

    /// <summary>A lease was taken; false when its epoch was used before.</summary>
    public bool Acquired(string mailbox, long epoch)
    {
        if (_memory.Known.TryGetValue(mailbox, out var last) && epoch <= last.Epoch) Stop(mailbox);
        return _why is null;
    }

    /// <summary>Compares what the database says with what was remembered before it was asked.</summary>
    public void Compare(IReadOnlyDictionary<string, Remembered> before, IEnumerable<MailboxRow> mailboxes)
    {
        foreach (var mailbox in mailboxes)
        {
            if (before.TryGetValue(mailbox.Id, out var last) && (mailbox.BeginNo < last.BeginNo || mailbox.Epoch < last.Epoch)) Stop(mailbox.Id);
        }
    }

    /// <summary>A control reading found the row: from here on it says so, to every node.</summary>
    public void Seen()
    {
        if (_written) _why = null;
    }

    /// <summary>Somebody accepted; a database that was copied is one of its own from now on, and remembers by itself.</summary>
    /// <param name="fresh">The memory of its new name; null when it keeps the old.</param>
    public void Accepted(BeginMemory? fresh)
    {
        _why = null;
        if (fresh is null) return;
        using var old = _memory;
        _memory = fresh;
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    /// <summary>What is said of a mailbox that knows of fewer begins than this node.</summary>
    internal static string WentBack(string mailbox) => $"The database went back in time: this node began mails through {mailbox} that the database does not know of.";

    /// <summary>At once in this process; in the database as soon as it takes it.</summary>
    private void Stop(string mailbox)
    {
        lock (_gate)
        {
            if (_why is not null) return;
            _why = WentBack(mailbox);
            _written = false;
            _writing = Persist(mailbox, _why);
        }
    }

    private async Task Persist(string mailbox, string detail)
    {
        while (true)
        {
            try
            {
                if (await Write(mailbox, detail))
                {
                    await HoldTasks(store);
                    _written = true;
                }
                else _why = null;
                return;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(Again, time);
            }
        }
    }

    /// <summary>False when somebody has accepted since it was found: the numbers have leapt.</summary>
    private Task<bool> Write(string mailbox, string detail) => store.Write(
        async db =>
        {
            var known = _memory.Known.GetValueOrDefault(mailbox)?.BeginNo ?? 0;
            if (await NumberRows.Of(db, mailbox) is { } now && now.BeginNo >= known + NumberRows.LeapBy / 2) return false;
            await StandstillRows.Set(db, new DispatchPause("went_back", detail, db.Now));
            return true;
        },
        first: true);
}
