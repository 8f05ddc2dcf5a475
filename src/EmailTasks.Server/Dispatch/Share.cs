using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// How many mailboxes this node may work on: the mailboxes with work, shared evenly among the nodes that live. Too many
/// or too few for a moment harms nothing, because the lease decides who works.
/// </summary>
internal sealed class Share(DispatchParts parts)
{
    /// <summary>Time between signs of life: a lease outlasts several.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private long _beaten;
    private int _nodes = 1;
    private Task _beating = Task.CompletedTask;

    /// <summary>This node's share of so many mailboxes.</summary>
    public int Of(int mailboxes) => parts.App.Store.IsShared ? (mailboxes + _nodes - 1) / _nodes : mailboxes;

    /// <summary>Says that this node lives, when it is time again; nobody waits for it.</summary>
    public void Beat()
    {
        if (!_beating.IsCompleted || (_beaten != 0 && parts.App.Time.GetElapsedTime(_beaten) < Every)) return;
        _beaten = parts.App.Time.GetTimestamp();
        _beating = Say();
    }

    /// <summary>The last word of a node that stops.</summary>
    public async Task Leave()
    {
        await _beating;
        try
        {
            await parts.App.Store.Write(db => NodeRows.Leave(db, parts.NodeId));
        }
        catch (Storage.StoreUnavailableException)
        {
            // It is missed soon enough.
        }
    }

    private async Task Say()
    {
        try
        {
            _nodes = Math.Max(1, await parts.App.Store.Write(db => NodeRows.Beat(db, parts.NodeId), first: true));
        }
        catch (Storage.StoreUnavailableException e)
        {
            parts.StoreTrouble(e);
        }
    }
}
