using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>What the bounce guard judges by.</summary>
public sealed class GuardSum
{
    public required string Account { get; init; }
    public MailTaskStatus Status { get; init; }
    public long SetId { get; init; }
    public long Results { get; init; }
    public long Hard { get; init; }
    public int BounceShare { get; init; }
    public int BounceMinimum { get; init; }
}

/// <summary>Statements of the bounce guard. Its counts are counters: a rule that looked at rows would look at a million of them.</summary>
public static class GuardRows
{
    /// <summary>How far back a tripped guard looks for the domains it names.</summary>
    private const int LookBack = 2_000;

    /// <summary>A started task's results since it was last forgiven; null when it was not started, or its account has no guard. Also of one that was paused or cancelled a moment ago: its last results judge its list as well.</summary>
    public static ValueTask<GuardSum?> Sum(Db db, string task) => db.One<GuardSum>(
        """
        select t.account, t.status, t.set_id, a.bounce_share, a.bounce_minimum,
          cast((select coalesce(sum(c.sent + c.failed), 0) from task_counter c where c.set_id = t.set_id) - t.guard_results as bigint) as results,
          cast((select coalesce(sum(c.hard), 0) from task_counter c where c.set_id = t.set_id) - t.guard_hard as bigint) as hard
        from task t join account a on a.id = t.account
        where t.id = @task and t.status in (@sending, @paused, @cancelled) and a.bounce_share is not null
        """,
        new { task, sending = MailTaskStatus.Sending, paused = MailTaskStatus.Paused, cancelled = MailTaskStatus.Cancelled });

    /// <summary>
    /// Forgives a task what the guard has counted so far: it judges by what comes after. For whoever lets a task go on, in
    /// the transaction that does; without it, the task would stop again with its next result.
    /// </summary>
    public static ValueTask<int> Forgive(Db db, string task) => db.Execute(
        """
        update task set
          guard_results = (select coalesce(sum(c.sent + c.failed), 0) from task_counter c where c.set_id = task.set_id),
          guard_hard = (select coalesce(sum(c.hard), 0) from task_counter c where c.set_id = task.set_id)
        where id = @task
        """,
        new { task });

    /// <summary>The domains of the latest refusals, the most refused first; a glance, not a count.</summary>
    public static ValueTask<List<DomainRefusals>> Domains(Db db, long setId, long upTo, IReadOnlyList<string> reasons, int take) => db.Many<DomainRefusals>(
        $"""
        select domain, count(*) as refused from (
          select domain, state, reason from recipient where set_id = @setId and seq <= @upTo order by seq desc limit @lookBack) as latest
        where state = @failed and {db.Sql.AmongTexts("reason", "@reasons")}
        group by domain order by count(*) desc, domain limit @take
        """,
        new { setId, upTo, lookBack = LookBack, failed = RecipientState.Failed, reasons = db.Sql.List(reasons), take });
}

/// <summary>Refusals at one recipient domain.</summary>
public sealed class DomainRefusals
{
    public required string Domain { get; init; }
    public long Refused { get; init; }
}
