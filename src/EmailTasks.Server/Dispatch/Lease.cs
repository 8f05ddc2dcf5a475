using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// A lane's hold on its mailbox. What is remembered here only saves asking: begin tests owner, epoch and end in its own
/// transaction, by the database's clock.
/// </summary>
internal sealed class Lease(string mailbox, DispatchParts parts)
{
    /// <summary>How long it holds; engine §3.</summary>
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);

    /// <summary>How often it is renewed: two renewals may fail before it ends.</summary>
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(3);

    private long _until;

    /// <summary>Who holds it.</summary>
    public string Owner => parts.NodeId;

    /// <summary>Which hold this is; every one has a higher number.</summary>
    public long Epoch { get; private set; }

    /// <summary>Takes it; false when somebody else holds it.</summary>
    public async Task<bool> Acquire()
    {
        var asked = parts.App.Time.GetTimestamp();
        var ttl = (long)Ttl.TotalMicroseconds;
        var epoch = await parts.App.Store.Write(db => MailboxRows.Acquire(db, mailbox, Owner, db.Now + ttl), first: true);
        if (epoch is null || !parts.App.Standstill.Acquired(mailbox, epoch.Value)) return false;
        Epoch = epoch.Value;
        _until = asked + Ticks(Ttl);
        return true;
    }

    /// <summary>Keeps it, asking only when a renewal is due; false when it is lost.</summary>
    public async Task<bool> Renew()
    {
        var now = parts.App.Time.GetTimestamp();
        if (_until == 0) return false;
        if (now < _until - Ticks(Ttl - RenewEvery)) return true;
        try
        {
            var ttl = (long)Ttl.TotalMicroseconds;
            var kept = await parts.App.Store.Write(db => MailboxRows.Renew(db, mailbox, Owner, Epoch, db.Now + ttl), first: true);
            if (kept == 1) _until = now + Ticks(Ttl);
            return kept == 1;
        }
        catch (StoreUnavailableException)
        {
            return now < _until; // begin tests the lease itself; until it ends there is nothing to fear
        }
    }

    /// <summary>Begin found it gone.</summary>
    public void Lost() => _until = 0;

    /// <summary>Gives it back; sockets are closed before.</summary>
    public async Task Release()
    {
        try
        {
            await parts.App.Store.Write(db => MailboxRows.Release(db, mailbox, Owner, Epoch), first: true);
        }
        catch (StoreUnavailableException)
        {
            // It runs out by itself.
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * parts.App.Time.TimestampFrequency);
}
