using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// On a shared database nothing proves at once that an owner is gone. A row it handed over is given up 30 s after its
/// epoch was superseded, or 25 minutes after it began: by then no dot of it can leave any more, and a result that comes
/// after all is still taken (engine §8).
/// </summary>
internal sealed class Reaper(IStore store, TimeProvider time)
{
    /// <summary>After this the old owner has noticed that its lease is gone: it sends no dot on a control reading that is older than 750 ms.</summary>
    public const long SupersededMicros = 30L * 1_000_000;

    /// <summary>No attempt lives longer: 5 minutes to the dot, 10 for its answer, and time to write it.</summary>
    public const long OldestMicros = 25L * 60 * 1_000_000;

    /// <summary>How often a mailbox that looks healthy is walked all the same, for attempts that are too old.</summary>
    private static readonly TimeSpan WalkEvery = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, (long Epoch, long WalkedAt)> _walked = new(StringComparer.Ordinal);

    /// <summary>Looks at every mailbox with mail in flight.</summary>
    public async Task Round()
    {
        var (mailboxes, tasks) = await store.Read(async db => (await MailboxRows.WithMailInFlight(db), await TaskRows.Open(db)));
        foreach (var mailbox in mailboxes.Where(IsSuspect))
        {
            var open = false;
            foreach (var task in tasks.Where(t => t.Mailbox == mailbox.Id)) open |= await Walk(mailbox, task);
            if (!open) _walked[mailbox.Id] = (mailbox.Epoch, time.GetTimestamp());
        }
    }

    /// <summary>The owner is gone, or the epoch is a new one, or it is time for a look.</summary>
    private bool IsSuspect(MailboxRow mailbox) =>
        mailbox.ExpiresAt <= store.Now || !_walked.TryGetValue(mailbox.Id, out var last) || last.Epoch != mailbox.Epoch || time.GetElapsedTime(last.WalkedAt) > WalkEvery;

    /// <summary>Answers whether rows of an older epoch are still waiting to be given up.</summary>
    private async Task<bool> Walk(MailboxRow mailbox, TaskRow task)
    {
        var waiting = false;
        for (var mark = 0L; ;)
        {
            var rows = await store.Read(db => RecipientRows.Handed(db, task.SetId, mark, Sweeps.Piece));
            if (rows.Count == 0) return waiting;
            mark = rows[^1].Seq;
            if (mailbox.ExpiresAt <= store.Now && rows.Exists(r => r.Epoch >= mailbox.Epoch)) await store.Write(db => MailboxRows.Supersede(db, mailbox.Id, mailbox.Epoch));
            var old = rows.Where(r => r.Epoch < mailbox.Epoch || r.BegunAt <= store.Now - OldestMicros).Select(r => new OpenRow { Seq = r.Seq, Attempt = r.Attempt }).ToList();
            waiting |= old.Count > 0 || mailbox.ExpiresAt <= store.Now;
            if (old.Count > 0) await store.Write(db => Sweeps.Reap(db, mailbox.Id, task.SetId, old, new HashSet<long>(), isGone: false));
        }
    }
}
