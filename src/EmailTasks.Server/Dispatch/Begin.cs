using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>Why a begin took nobody.</summary>
public enum BeginEnd
{
    /// <summary>Somebody began, or there is nobody left to begin.</summary>
    Ok,

    /// <summary>The lease is lost: stop, another owner works on it.</summary>
    LeaseLost,
    MailboxPaused,

    /// <summary>All dispatch stands still.</summary>
    Standstill,
    OutsideWindow,
    TaskStopped,

    /// <summary><c>send_until</c> has passed.</summary>
    Expired,

    /// <summary>A limit is used up.</summary>
    Limited,
}

/// <summary>What a lane asks of a begin.</summary>
/// <param name="FreeSlots">Open, idle sessions: whatever begins can become uncertain, so there is no prefetch.</param>
/// <param name="Cursor">A hint in memory: everybody up to it has begun at least once.</param>
/// <param name="OpenFrom">The open stretch of the mailbox's window, UTC microseconds; tested here, in the transaction.</param>
public sealed record BeginAsk(
    string Mailbox, string Owner, long Epoch, string Task, string BeginId, int FreeSlots, long Cursor,
    long? OpenFrom, long? OpenUntil, IReadOnlyList<string> ClosedDomains, int MaxRetries)
{
    /// <summary>Domains whose circuit may be probed: one mail each.</summary>
    public IReadOnlyList<string> Probing { get; init; } = [];
}

/// <summary>Who began.</summary>
/// <param name="Exhausted">True when nobody fresh is left behind the cursor.</param>
public sealed record BeginAnswer(BeginEnd End, IReadOnlyList<RecipientRow> Rows, long Cursor, bool Exhausted, string? LimitReason, long? Until)
{
    /// <summary>The begin's number at its mailbox; 0 when nobody began.</summary>
    public long BeginNo { get; init; }
}

/// <summary>
/// Begin, engine §4: in one transaction the lease is tested, the task is read as sending, permits are counted, the
/// suppressed are taken out, and the rest become <c>handed</c>. SMTP talk starts only after its commit.
/// </summary>
public static class Begin
{
    /// <summary>Rows looked at in one begin, so that a long run of suppressed people does not hold the writer.</summary>
    private const int LookAhead = 1_000;

    /// <summary>Runs a begin.</summary>
    public static async ValueTask<BeginAnswer> Run(Db db, BeginAsk ask)
    {
        var mailbox = await MailboxRows.HoldToBegin(db, ask.Mailbox);
        if (mailbox is null || mailbox.LeaseOwner != ask.Owner || mailbox.Epoch != ask.Epoch || mailbox.ExpiresAt <= db.Now) return None(BeginEnd.LeaseLost, ask);
        if (mailbox.Standstill is not null) return None(BeginEnd.Standstill, ask);
        if (mailbox.PausedReason is not null || mailbox.DeletedAt is not null) return None(BeginEnd.MailboxPaused, ask);
        var failing = mailbox.Health == MailboxHealth.Failing;
        if (failing && mailbox.NextTryAt > db.Now) return None(BeginEnd.MailboxPaused, ask); // it waits, also where a session is still open
        if (db.Now < ask.OpenFrom || db.Now >= ask.OpenUntil) return None(BeginEnd.OutsideWindow, ask);
        var task = await TaskRows.Share(db, ask.Task);
        if (task is null || task.Status != MailTaskStatus.Sending || task.Doubt != TaskDoubt.None || task.Mailbox != ask.Mailbox) return None(BeginEnd.TaskStopped, ask);
        if (task.SendUntil <= db.Now) return None(BeginEnd.Expired, ask);
        var permits = Pacing.Now(mailbox.Limits, mailbox.Pace(await MailboxRows.Usage(db, mailbox.Id)), db.Now);
        var take = Math.Min(failing ? 1 : ask.FreeSlots, permits.Count);
        if (take == 0) return None(BeginEnd.Limited, ask) with { LimitReason = permits.Reason, Until = permits.Until };
        return await Take(db, ask, task, take);
    }

    private static BeginAnswer None(BeginEnd end, BeginAsk ask) => new(end, [], ask.Cursor, false, null, null);

    private static async ValueTask<BeginAnswer> Take(Db db, BeginAsk ask, TaskRow task, int take)
    {
        var plan = await PlanRows.Load(db, task.Id, task.PlanNo);
        var tally = new TallyByShard();
        var began = new List<RecipientRow>(take);
        var probes = new Probes(ask.Probing);
        var retries = await Candidates.Due(db, task, ask.ClosedDomains, plan!.SuppressionPos, Math.Min(take, ask.MaxRetries));
        await Hand(db, ask, retries.FindAll(r => r.IsOut || probes.Allows(r.Domain)), began, tally, take);
        var cursor = ask.Cursor;
        var exhausted = false;
        if (began.Count < take)
        {
            var fresh = await Candidates.Fresh(db, task, ask.Cursor, ask.ClosedDomains, plan.SuppressionPos, LookAhead, take - began.Count, probes);
            await Hand(db, ask, fresh.Rows, began, tally, take);
            (cursor, exhausted) = (fresh.Cursor, fresh.Exhausted);
        }
        await tally.Write(db);
        var beginNo = 0L;
        if (began.Count > 0)
        {
            beginNo = await MailboxRows.Began(db, ask.Mailbox, began.Count);
            await TaskRows.Handed(db, task.Id);
        }
        return new BeginAnswer(BeginEnd.Ok, began, cursor, exhausted, null, null) { BeginNo = beginNo };
    }

    private static async ValueTask Hand(Db db, BeginAsk ask, IReadOnlyList<Candidate> candidates, List<RecipientRow> began, TallyByShard tally, int take)
    {
        foreach (var c in candidates.Where(c => c.IsOut))
        {
            if (await Suppress(db, c) == 1) tally.Move(c.SetId, c.Seq, RecipientState.Pending, c.NextAttemptAt is not null, RecipientState.Suppressed, false);
        }
        var chosen = candidates.Where(c => !c.IsOut).Take(take - began.Count).ToDictionary(c => c.Seq);
        if (chosen.Count == 0) return;
        foreach (var row in (await HandOver(db, ask, chosen.Values.First().SetId, chosen.Keys)).OrderBy(r => r.Seq))
        {
            began.Add(row);
            tally.Move(row.SetId, row.Seq, RecipientState.Pending, chosen[row.Seq].NextAttemptAt is not null, RecipientState.Handed, false);
        }
    }

    private static ValueTask<int> Suppress(Db db, Candidate c) => db.Execute(
        "update recipient set state = @suppressed, reason = @reason, state_at = @now, next_attempt_at = null where set_id = @SetId and seq = @Seq and state = @pending",
        new { suppressed = RecipientState.Suppressed, pending = RecipientState.Pending, reason = c.Suppressed ? "suppressed" : "replied", now = db.Now, c.SetId, c.Seq });

    private static ValueTask<List<RecipientRow>> HandOver(Db db, BeginAsk ask, long setId, IEnumerable<long> seqs) => db.Many<RecipientRow>(
        $"""
        update recipient set state = @handed, reason = null, attempt = attempt + 1, begin_id = @BeginId, epoch = @Epoch, owner = @Owner, begun_at = @now, state_at = @now,
          first_try_at = coalesce(first_try_at, @now), next_attempt_at = null
        where set_id = @setId and {db.Sql.AmongNumbers("seq", "@seqs")} and state = @pending
        returning set_id, seq, account, address, address_key, domain, name, variables, state, attempt, tries, unknown, begun_at
        """,
        new { handed = RecipientState.Handed, pending = RecipientState.Pending, ask.BeginId, ask.Epoch, ask.Owner, now = db.Now, setId, seqs = db.Sql.List(seqs) });
}

/// <summary>One mail for each domain that is probed in one begin.</summary>
public sealed class Probes(IReadOnlyList<string> domains)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>Whether any domain is probed.</summary>
    public bool Any => domains.Count > 0;

    /// <summary>Whether a mail to this domain may begin; a probed domain has one.</summary>
    public bool Allows(string domain) => !domains.Contains(domain) || _taken.Add(domain);
}

/// <summary>A row that could begin.</summary>
public sealed class Candidate
{
    public long SetId { get; init; }
    public long Seq { get; init; }
    public long? NextAttemptAt { get; init; }
    public required string Domain { get; init; }
    public bool Suppressed { get; init; }

    /// <summary>Answered the task that this one follows up.</summary>
    public bool Replied { get; init; }

    /// <summary>Must not be mailed.</summary>
    public bool IsOut => Suppressed || Replied;

    public bool Open { get; init; }
}

/// <summary>The two claim queries. Both walk the key; state is tested on the row, never looked up.</summary>
public static class Candidates
{
    private const string IsSuppressed =
        $"exists (select 1 from suppression s where s.account = r.account and s.address_key = r.address_key and {SuppressionRows.Counts})";

    private const string HasReplied =
        "exists (select 1 from recipient o where o.set_id = @SkipRepliedSet and o.address_key = r.address_key and o.replied_at is not null)";

    /// <summary>Rows whose next attempt is due, oldest first.</summary>
    public static async ValueTask<List<Candidate>> Due(Db db, TaskRow task, IReadOnlyList<string> closed, long pos, int take) => take == 0 ? [] : await db.Many<Candidate>(
        $"""
        select r.set_id, r.seq, r.next_attempt_at, r.domain, {IsSuppressed} as suppressed, {HasReplied} as replied, 1 as open from recipient r
        where r.set_id = @SetId and r.next_attempt_at <= @now and r.state = @pending {Without(db, closed)}
        order by r.next_attempt_at limit @take {db.Sql.SkipLocked("r")}
        """,
        new { task.SetId, task.SkipRepliedSet, now = db.Now, pending = RecipientState.Pending, closed = db.Sql.List(closed), pos, take });

    /// <summary>
    /// Fresh rows behind the cursor. The cursor only passes rows that began or were taken out: one whose domain is closed
    /// holds it, so nobody is skipped.
    /// </summary>
    public static async ValueTask<(List<Candidate> Rows, long Cursor, bool Exhausted)> Fresh(Db db, TaskRow task, long cursor, IReadOnlyList<string> closed, long pos, int lookAhead, int take, Probes? probes = null)
    {
        var isOpen = closed.Count == 0 ? "1" : $"case when {db.Sql.AmongTexts("r.domain", "@closed")} then 0 else 1 end";
        var rows = await db.Many<Candidate>(
            $"""
            select r.set_id, r.seq, r.next_attempt_at, r.domain, {IsSuppressed} as suppressed, {HasReplied} as replied, {isOpen} as open from recipient r
            where r.set_id = @SetId and r.seq > @cursor and r.state = @pending and r.next_attempt_at is null
            order by r.seq limit @lookAhead {db.Sql.SkipLocked("r")}
            """,
            new { task.SetId, task.SkipRepliedSet, cursor, pending = RecipientState.Pending, closed = db.Sql.List(closed), pos, lookAhead = closed.Count == 0 && probes is not { Any: true } ? Math.Min(lookAhead, take + 16) : lookAhead });
        var chosen = new List<Candidate>();
        var held = false;
        var taken = 0;
        foreach (var row in rows)
        {
            if (!row.Open && !row.IsOut) held = true;
            else if (!row.IsOut && taken < take && probes?.Allows(row.Domain) == false) held = true;
            else if (row.IsOut || taken < take)
            {
                chosen.Add(row);
                if (!row.IsOut) taken++;
            }
            else break;
            if (!held) cursor = row.Seq;
        }
        return (chosen, cursor, rows.Count == 0);
    }

    private static string Without(Db db, IReadOnlyList<string> closed) => closed.Count == 0 ? "" : $"and not ({db.Sql.AmongTexts("r.domain", "@closed")})";
}
