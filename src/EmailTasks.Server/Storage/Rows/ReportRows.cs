using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Which tasks a report is about.</summary>
/// <param name="Tasks">Their ids; null for all of the account's.</param>
/// <param name="Uids">Only tasks of these members; null for everybody's.</param>
/// <param name="From">Only tasks first sent at this instant or later, UTC microseconds.</param>
/// <param name="Until">Only tasks first sent before this instant.</param>
public sealed record ReportScope(IReadOnlyList<string>? Tasks, IReadOnlyList<string>? Uids, long? From, long? Until);

/// <summary>A task as a report over several sees it.</summary>
public sealed class ReportTask
{
    public required string Id { get; init; }
    public required string OwnerUid { get; init; }
    public long SetId { get; init; }
    public string? Inbound { get; init; }
    public long? InboundSyncedAt { get; init; }
    public long? InboundFailingSince { get; init; }
    public string? Tracking { get; init; }
}

/// <summary>A recipient behind a number.</summary>
public sealed class ExplainedRow
{
    public long Seq { get; init; }
    public required string Address { get; init; }
    public string? CreatorId { get; init; }
    public long? At { get; init; }
}

/// <summary>Statements of reports. They read counters; recipients only where somebody asks who is behind a number.</summary>
public static class ReportRows
{
    /// <summary>The tasks of a scope, oldest first.</summary>
    public static ValueTask<List<ReportTask>> Tasks(Db db, string account, ReportScope scope)
    {
        var where = new Where("t.account = @account", new { account });
        if (scope.Tasks is { } tasks) where.And(db.Sql.AmongTexts("t.id", "@tasks"), new { tasks = db.Sql.List(tasks) });
        if (scope.Uids is { } uids) where.And(db.Sql.AmongTexts("t.owner_uid", "@uids"), new { uids = db.Sql.List(uids) });
        const string first = "(select min(c.first_sent_at) from task_counter c where c.set_id = t.set_id)";
        if (scope.From is { } from) where.And($"{first} >= @from", new { from });
        if (scope.Until is { } until) where.And($"{first} < @until", new { until });
        return db.Many<ReportTask>(
            $"""
            select t.id, t.owner_uid, t.set_id, m.inbound, m.inbound_synced_at, m.inbound_failing_since, p.tracking
            from task t left join mailbox m on m.id = t.mailbox left join plan p on p.task = t.id and p.plan_no = t.plan_no
            where {where.Sql} order by t.id
            """,
            where.Args);
    }

    /// <summary>The sums of some sets together.</summary>
    public static async ValueTask<CounterSum> Sum(Db db, IEnumerable<long> sets) => (await db.One<CounterSum>(
        $"select {CounterRows.Sums} from task_counter where {db.Sql.AmongNumbers("set_id", "@sets")}", new { sets = db.Sql.List(sets) }))!;

    /// <summary>Distinct persons who replied to any of some sets: adding up would count a person once a task.</summary>
    public static ValueTask<long> Repliers(Db db, IEnumerable<long> sets) => db.One<long>(
        $"select count(distinct person) from replier where {db.Sql.AmongNumbers("set_id", "@sets")}", new { sets = db.Sql.List(sets) });

    /// <summary>Recipients of a set that satisfy a condition on <c>recipient</c>, in their order.</summary>
    /// <param name="at">The column that says when.</param>
    public static ValueTask<List<ExplainedRow>> Explain(Db db, long setId, string condition, string at, int most) => db.Many<ExplainedRow>(
        $"select seq, address, creator_id, {at} as at from recipient where set_id = @setId and {condition} order by seq limit @most", new { setId, most, sent = RecipientState.Sent });

    /// <summary>Messages of a kind about some recipients of a set.</summary>
    public static ValueTask<List<(long Seq, string Id)>> Messages(Db db, long setId, IEnumerable<long> seqs, string kind) => db.Many<(long, string)>(
        $"select seq, id from message where set_id = @setId and {db.Sql.AmongNumbers("seq", "@seqs")} and kind = @kind order by at, id", new { setId, seqs = db.Sql.List(seqs), kind });
}
