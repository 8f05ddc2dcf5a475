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
    public long Bounced { get; init; }
    public long Opened { get; init; }
    public long MachineOpened { get; init; }
    public long Clicked { get; init; }
    public long MachineClicked { get; init; }
    public long Replied { get; init; }
    public long AutoReplied { get; init; }
    public long Unsubscribed { get; init; }
    public long Complained { get; init; }
    public long InboundMessages { get; init; }
    public long RepliedCreators { get; init; }
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

    /// <summary>Sent recipients with a fact.</summary>
    public long Of(Fact fact) => fact switch
    {
        Fact.Bounced => Bounced,
        Fact.Opened => Opened,
        Fact.MachineOpened => MachineOpened,
        Fact.Clicked => Clicked,
        Fact.MachineClicked => MachineClicked,
        Fact.Replied => Replied,
        Fact.AutoReplied => AutoReplied,
        Fact.Unsubscribed => Unsubscribed,
        Fact.Complained => Complained,
    };
}

/// <summary>Statements over counters.</summary>
public static class CounterRows
{
    /// <summary>Shards of one set.</summary>
    public const int Shards = 8;

    /// <summary>Adds a change. Always new minus old: counting what a join matched miscounts when a row comes twice.</summary>
    public static ValueTask<int> Add(Db db, long setId, long shard, Tally change, long? first = null, long? last = null) => db.Execute(
        """
        insert into task_counter (set_id, shard, pending, handed, sent, failed, uncertain, suppressed, cancelled, expired, retrying, hard, first_sent_at, last_sent_at)
        values (@setId, @shard, @pending, @handed, @sent, @failed, @uncertain, @suppressed, @cancelled, @expired, @retrying, @hard, @first, @last)
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
            first,
            last,
        });

    /// <summary>Adds what came back, beside the states: a finish has nothing of it, and stays as short as it was.</summary>
    public static ValueTask<int> AddFacts(Db db, long setId, long shard, Tally change) => db.Execute(
        """
        insert into task_counter (set_id, shard, bounced, opened, machine_opened, clicked, machine_clicked, replied, auto_replied, unsubscribed, complained, inbound_messages, replied_creators)
        values (@setId, @shard, @bounced, @opened, @machineOpened, @clicked, @machineClicked, @replied, @autoReplied, @unsubscribed, @complained, @InboundMessages, @RepliedCreators)
        on conflict (set_id, shard) do update set
          bounced = task_counter.bounced + excluded.bounced, opened = task_counter.opened + excluded.opened,
          machine_opened = task_counter.machine_opened + excluded.machine_opened, clicked = task_counter.clicked + excluded.clicked,
          machine_clicked = task_counter.machine_clicked + excluded.machine_clicked, replied = task_counter.replied + excluded.replied,
          auto_replied = task_counter.auto_replied + excluded.auto_replied, unsubscribed = task_counter.unsubscribed + excluded.unsubscribed,
          complained = task_counter.complained + excluded.complained, inbound_messages = task_counter.inbound_messages + excluded.inbound_messages,
          replied_creators = task_counter.replied_creators + excluded.replied_creators
        """,
        new
        {
            setId,
            shard,
            bounced = change[Fact.Bounced],
            opened = change[Fact.Opened],
            machineOpened = change[Fact.MachineOpened],
            clicked = change[Fact.Clicked],
            machineClicked = change[Fact.MachineClicked],
            replied = change[Fact.Replied],
            autoReplied = change[Fact.AutoReplied],
            unsubscribed = change[Fact.Unsubscribed],
            complained = change[Fact.Complained],
            change.InboundMessages,
            change.RepliedCreators,
        });

    /// <summary>What all counters of some rows of <c>task_counter</c> add up to.</summary>
    public const string Sums =
        """
        coalesce(sum(pending), 0) as pending, coalesce(sum(handed), 0) as handed, coalesce(sum(sent), 0) as sent, coalesce(sum(failed), 0) as failed,
        coalesce(sum(uncertain), 0) as uncertain, coalesce(sum(suppressed), 0) as suppressed, coalesce(sum(cancelled), 0) as cancelled,
        coalesce(sum(expired), 0) as expired, coalesce(sum(retrying), 0) as retrying, coalesce(sum(hard), 0) as hard, min(first_sent_at) as first_sent_at, max(last_sent_at) as last_sent_at,
        coalesce(sum(bounced), 0) as bounced, coalesce(sum(opened), 0) as opened, coalesce(sum(machine_opened), 0) as machine_opened, coalesce(sum(clicked), 0) as clicked,
        coalesce(sum(machine_clicked), 0) as machine_clicked, coalesce(sum(replied), 0) as replied, coalesce(sum(auto_replied), 0) as auto_replied,
        coalesce(sum(unsubscribed), 0) as unsubscribed, coalesce(sum(complained), 0) as complained, coalesce(sum(inbound_messages), 0) as inbound_messages,
        coalesce(sum(replied_creators), 0) as replied_creators
        """;

    /// <summary>The sums of a set: constant time at any size.</summary>
    public static async ValueTask<CounterSum> Sum(Db db, long setId) => (await db.One<CounterSum>($"select {Sums} from task_counter where set_id = @setId", new { setId }))!;
}

/// <summary>Changes of some sets, gathered by shard and written once.</summary>
public sealed class TallyByShard
{
    private readonly SortedDictionary<(long SetId, long Shard), Change> _changes = [];
    private readonly SortedDictionary<(long SetId, long Hour), HourRow> _hours = [];

    /// <summary>A row moved.</summary>
    public void Move(long setId, long seq, RecipientState was, bool wasRetrying, RecipientState now, bool nowRetrying) =>
        Of(setId, seq).Tally.Move(was, wasRetrying, now, nowRetrying);

    /// <summary>A row's mail left at this instant.</summary>
    public void Left(long setId, long seq, long at)
    {
        var change = Of(setId, seq);
        change.First = Math.Min(change.First ?? at, at);
        change.Last = Math.Max(change.Last ?? at, at);
        HourOf(setId, at).Sent++;
    }

    /// <summary>A row was refused for good for reasons of its recipient.</summary>
    public void Hard(long setId, long seq) => Of(setId, seq).Tally.Hard++;

    /// <summary>A row came (1) or went (-1).</summary>
    public void Count(long setId, long seq, RecipientState state, int by) => Of(setId, seq).Tally[state] += by;

    /// <summary>What came back about a row moved.</summary>
    public void Move(long setId, long seq, RecipientState was, RecipientFacts before, RecipientState now, RecipientFacts after) =>
        Of(setId, seq).Tally.Move(was, before, now, after);

    /// <summary>A recipient began (1) or ceased (-1) to count as opened, clicked or replied, by the hour it was first seen.</summary>
    public void Hour(long setId, long at, Fact fact, int by)
    {
        var hour = HourOf(setId, at);
        if (fact == Fact.Opened) hour.Opens += by;
        else if (fact == Fact.Clicked) hour.Clicks += by;
        else if (fact == Fact.Replied) hour.Replies += by;
    }

    /// <summary>A reply message came.</summary>
    public void Message(long setId, long seq) => Of(setId, seq).Tally.InboundMessages++;

    /// <summary>A person replied who had not.</summary>
    public void Creator(long setId, long seq) => Of(setId, seq).Tally.RepliedCreators++;

    /// <summary>Writes them, in the order of set and shard, which is the lock order everywhere; hours come behind.</summary>
    public async ValueTask Write(Db db)
    {
        foreach (var ((setId, shard), change) in _changes)
        {
            if (!change.Tally.IsZero) await CounterRows.Add(db, setId, shard, change.Tally, change.First, change.Last);
            if (!change.Tally.HasNoFacts) await CounterRows.AddFacts(db, setId, shard, change.Tally);
        }
        foreach (var hour in _hours.Values) await HourRows.Add(db, hour);
    }

    private Change Of(long setId, long seq)
    {
        var key = (setId, seq % CounterRows.Shards);
        if (!_changes.TryGetValue(key, out var change)) _changes[key] = change = new Change();
        return change;
    }

    private HourRow HourOf(long setId, long at)
    {
        var key = (setId, at - (at % HourRows.Micros));
        if (!_hours.TryGetValue(key, out var hour)) _hours[key] = hour = new HourRow { SetId = setId, Hour = key.Item2 };
        return hour;
    }

    private sealed class Change
    {
        public Tally Tally { get; } = new();
        public long? First { get; set; }
        public long? Last { get; set; }
    }
}
