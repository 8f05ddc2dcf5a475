using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Recipients by state, kept as sums over eight shards so that writers seldom meet. Only sums are shown.</summary>
public sealed class CounterSum
{
    public long Pending { get; init; }
    public long Handed { get; init; }
    public long Sent { get; init; }
    public long Failed { get; init; }
    public long Uncertain { get; init; }
    public long Suppressed { get; init; }
    public long Cancelled { get; init; }
    public long Expired { get; init; }
    public long Retrying { get; init; }
    public long Hard { get; init; }
    public long? FirstSentAt { get; init; }
    public long? LastSentAt { get; init; }

    /// <summary>All recipients.</summary>
    public long Total => Pending + Handed + Sent + Failed + Uncertain + Suppressed + Cancelled + Expired;

    /// <summary>Recipients in a state.</summary>
    public long Of(RecipientState state) => state switch
    {
        RecipientState.Pending => Pending,
        RecipientState.Handed => Handed,
        RecipientState.Sent => Sent,
        RecipientState.Failed => Failed,
        RecipientState.Uncertain => Uncertain,
        RecipientState.Suppressed => Suppressed,
        RecipientState.Cancelled => Cancelled,
        RecipientState.Expired => Expired,
    };
}

/// <summary>Statements over counters.</summary>
public static class CounterRows
{
    /// <summary>Shards of one set.</summary>
    public const int Shards = 8;

    /// <summary>Adds a change. Always new minus old: counting what a join matched miscounts when a row comes twice.</summary>
    public static ValueTask<int> Add(Db db, long setId, long shard, Tally change, long? sentAt = null) => db.Execute(
        """
        insert into task_counter (set_id, shard, pending, handed, sent, failed, uncertain, suppressed, cancelled, expired, retrying, hard, first_sent_at, last_sent_at)
        values (@setId, @shard, @pending, @handed, @sent, @failed, @uncertain, @suppressed, @cancelled, @expired, @retrying, @hard, @sentAt, @sentAt)
        on conflict (set_id, shard) do update set
          pending = task_counter.pending + excluded.pending, handed = task_counter.handed + excluded.handed, sent = task_counter.sent + excluded.sent,
          failed = task_counter.failed + excluded.failed, uncertain = task_counter.uncertain + excluded.uncertain,
          suppressed = task_counter.suppressed + excluded.suppressed, cancelled = task_counter.cancelled + excluded.cancelled,
          expired = task_counter.expired + excluded.expired, retrying = task_counter.retrying + excluded.retrying, hard = task_counter.hard + excluded.hard,
          first_sent_at = case when excluded.first_sent_at < task_counter.first_sent_at then excluded.first_sent_at else coalesce(task_counter.first_sent_at, excluded.first_sent_at) end,
          last_sent_at = case when excluded.last_sent_at > task_counter.last_sent_at then excluded.last_sent_at else coalesce(task_counter.last_sent_at, excluded.last_sent_at) end
        """,
        new
        {
            setId,
            shard,
            pending = change[RecipientState.Pending],
            handed = change[RecipientState.Handed],
            sent = change[RecipientState.Sent],
            failed = change[RecipientState.Failed],
            uncertain = change[RecipientState.Uncertain],
            suppressed = change[RecipientState.Suppressed],
            cancelled = change[RecipientState.Cancelled],
            expired = change[RecipientState.Expired],
            retrying = change.Retrying,
            hard = change.Hard,
            sentAt,
        });

    /// <summary>The sums of a set: constant time at any size.</summary>
    public static async ValueTask<CounterSum> Sum(Db db, long setId) => (await db.One<CounterSum>(
        """
        select coalesce(sum(pending), 0) as pending, coalesce(sum(handed), 0) as handed, coalesce(sum(sent), 0) as sent, coalesce(sum(failed), 0) as failed,
          coalesce(sum(uncertain), 0) as uncertain, coalesce(sum(suppressed), 0) as suppressed, coalesce(sum(cancelled), 0) as cancelled,
          coalesce(sum(expired), 0) as expired, coalesce(sum(retrying), 0) as retrying, coalesce(sum(hard), 0) as hard, min(first_sent_at) as first_sent_at, max(last_sent_at) as last_sent_at
        from task_counter where set_id = @setId
        """,
        new { setId }))!;
}

/// <summary>Changes of one set, gathered by shard and written once.</summary>
public sealed class TallyByShard
{
    private readonly SortedDictionary<(long SetId, long Shard), Tally> _changes = [];

    /// <summary>A row moved.</summary>
    public void Move(long setId, long seq, RecipientState was, bool wasRetrying, RecipientState now, bool nowRetrying) =>
        Of(setId, seq).Move(was, wasRetrying, now, nowRetrying);

    /// <summary>A row was refused for good for reasons of its recipient.</summary>
    public void Hard(long setId, long seq) => Of(setId, seq).Hard++;

    /// <summary>A row came (1) or went (-1).</summary>
    public void Count(long setId, long seq, RecipientState state, int by) => Of(setId, seq)[state] += by;

    /// <summary>Writes them, in the order of set and shard, which is the lock order everywhere.</summary>
    public async ValueTask Write(Db db, long? sentAt = null)
    {
        foreach (var ((setId, shard), change) in _changes)
        {
            if (!change.IsZero) await CounterRows.Add(db, setId, shard, change, change[RecipientState.Sent] > 0 ? sentAt : null);
        }
    }

    private Tally Of(long setId, long seq)
    {
        var key = (setId, seq % CounterRows.Shards);
        if (!_changes.TryGetValue(key, out var tally)) _changes[key] = tally = new Tally();
        return tally;
    }
}
