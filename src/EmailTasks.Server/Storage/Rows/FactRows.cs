using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>What came back about one recipient's mail.</summary>
/// <param name="Facts">Each with the instant it was seen, UTC microseconds.</param>
/// <param name="Evidence">What it was, as the row's reason tells it: <c>reply</c>, <c>dsn</c>, <c>hit</c> or <c>sent_copy</c>.</param>
/// <param name="Replies">Reply messages among it.</param>
public sealed record CameBack(long SetId, long Seq, IReadOnlyList<(Fact Fact, long At)> Facts, string Evidence, int Replies = 0);

/// <summary>
/// Statements over facts. Each counter moves by what a row counts for afterwards minus what it counted for before, so that
/// the same thing told twice counts once, and a recount of the rows gives the same numbers.
/// </summary>
public static class FactRows
{
    /// <summary>Before the word for what proved that an uncertain mail had left.</summary>
    public const string EvidenceReason = "evidence_";

    private const string Columns = "bounced_at, opened_at, machine_opened_at, clicked_at, machine_clicked_at, replied_at, auto_replied_at, unsubscribed_at, complained_at";

    /// <summary>The condition that something came back about a recipient.</summary>
    public const string Any = $"coalesce({Columns}) is not null";

    /// <summary>
    /// Writes facts. Whatever came back proves that the mail had left: an uncertain recipient is sent then (engine §8), and
    /// one that waits or was given up keeps its state with <c>accepted_before_retry</c>. Locks: recipients by set and seq,
    /// then counters. Answers the rows as they were.
    /// </summary>
    public static async ValueTask<List<RecipientRow>> Apply(Db db, IReadOnlyList<CameBack> came)
    {
        var tally = new TallyByShard();
        var found = new List<RecipientRow>();
        foreach (var set in came.GroupBy(c => c.SetId).OrderBy(g => g.Key))
        {
            var rows = await Hold(db, set.Key, set.Select(c => c.Seq));
            found.AddRange(rows);
            foreach (var row in rows)
            {
                var items = set.Where(c => c.Seq == row.Seq).ToList();
                var facts = items.SelectMany(c => c.Facts).OrderBy(f => f.At).Aggregate(row.Facts, (f, next) => f.With(next.Fact, next.At));
                for (var i = items.Sum(c => c.Replies); i > 0; i--) tally.Message(row.SetId, row.Seq);
                await Write(db, row, facts, items[0].Evidence, tally);
            }
        }
        await tally.Write(db);
        return found;
    }

    /// <summary>
    /// Writes what <paramref name="judge"/> makes of the rows of a set that were ever handed over; it may take facts back, e.g. a
    /// person's click that was a scanner's after all. It is asked with the rows held, and awaits nothing but the transaction.
    /// </summary>
    public static async ValueTask Judge(Db db, IReadOnlyCollection<(long SetId, long Seq)> keys, Func<IReadOnlyList<RecipientRow>, ValueTask<IReadOnlyList<RecipientFacts>>> judge)
    {
        var tally = new TallyByShard();
        foreach (var set in keys.GroupBy(k => k.SetId).OrderBy(g => g.Key))
        {
            var rows = await Hold(db, set.Key, set.Select(k => k.Seq));
            if (rows.Count == 0) continue; // e.g. a database that was put back to before they left
            foreach (var (row, facts) in rows.Zip(await judge(rows)))
            {
                if (!facts.Equals(row.Facts) || row.State == RecipientState.Uncertain) await Write(db, row, facts, "hit", tally);
            }
        }
        await tally.Write(db);
    }

    /// <summary>Rows that ended just now, of which something had come back while they were handed over: they were sent, and count.</summary>
    public static async ValueTask Settle(Db db, long setId, IEnumerable<long> seqs, TallyByShard tally)
    {
        foreach (var row in await db.Many<RecipientRow>(
            $"select * from recipient where set_id = @setId and {db.Sql.AmongNumbers("seq", "@seqs")} and {Any} order by seq {db.ForUpdate}", new { setId, seqs = db.Sql.List(seqs) }))
        {
            if (row.State == RecipientState.Uncertain) await Write(db, row, row.Facts, "hit", tally);
            else if (row.State == RecipientState.Sent) await Count(db, row, RecipientState.Handed, row.Facts, RecipientState.Sent, row.Facts, tally);
        }
    }

    private static ValueTask<List<RecipientRow>> Hold(Db db, long setId, IEnumerable<long> seqs) => db.Many<RecipientRow>(
        $"select * from recipient where set_id = @setId and {db.Sql.AmongNumbers("seq", "@seqs")} and attempt > 0 order by seq {db.ForUpdate}", new { setId, seqs = db.Sql.List(seqs.Distinct()) });

    private static async ValueTask Write(Db db, RecipientRow row, RecipientFacts facts, string evidence, TallyByShard tally)
    {
        var state = row.State == RecipientState.Uncertain ? RecipientState.Sent : row.State;
        var before = row.AcceptedBeforeRetry || row.State is not (RecipientState.Sent or RecipientState.Uncertain or RecipientState.Handed);
        await db.Execute(
            """
            update recipient set state = @state, reason = @reason, state_at = @stateAt, accepted_before_retry = @before,
              bounced_at = @bounced, opened_at = @opened, machine_opened_at = @machineOpened, clicked_at = @clicked, machine_clicked_at = @machineClicked,
              replied_at = @replied, auto_replied_at = @autoReplied, unsubscribed_at = @unsubscribed, complained_at = @complained
            where set_id = @SetId and seq = @Seq
            """,
            new
            {
                state, reason = state == row.State ? row.Reason : EvidenceReason + evidence, stateAt = state == row.State ? row.StateAt : db.Now, before,
                bounced = facts[Fact.Bounced], opened = facts[Fact.Opened], machineOpened = facts[Fact.MachineOpened], clicked = facts[Fact.Clicked], machineClicked = facts[Fact.MachineClicked],
                replied = facts[Fact.Replied], autoReplied = facts[Fact.AutoReplied], unsubscribed = facts[Fact.Unsubscribed], complained = facts[Fact.Complained],
                row.SetId, row.Seq,
            });
        if (state != row.State)
        {
            tally.Move(row.SetId, row.Seq, row.State, false, state, false);
            tally.Left(row.SetId, row.Seq, row.BegunAt ?? db.Now); // it left when the attempt began
            await Event(db, row, "evidence", evidence);
        }
        await Count(db, row, row.State, row.Facts, state, facts, tally);
    }

    private static async ValueTask Count(Db db, RecipientRow row, RecipientState was, RecipientFacts before, RecipientState now, RecipientFacts after, TallyByShard tally)
    {
        tally.Move(row.SetId, row.Seq, was, before, now, after);
        foreach (var fact in new[] { Fact.Opened, Fact.Clicked, Fact.Replied })
        {
            var change = (after.Counts(fact, now) ? 1 : 0) - (before.Counts(fact, was) ? 1 : 0);
            if (change != 0) tally.Hour(row.SetId, (after[fact] ?? before[fact])!.Value, fact, change);
        }
        if (after.Counts(Fact.Replied, now) && !before.Counts(Fact.Replied, was) && await db.Execute(
            "insert into replier (set_id, person) values (@SetId, @person) on conflict (set_id, person) do nothing", new { row.SetId, person = Person(row) }) == 1) tally.Creator(row.SetId, row.Seq);
    }

    /// <summary>Who stands behind a recipient: the creator, else the address.</summary>
    private static string Person(RecipientRow row) => row.CreatorId is { } id ? "c:" + id : "a:" + row.AddressKey;

    /// <summary>What happened to a recipient, with what is known of it beside the fact.</summary>
    public static ValueTask<int> Event(Db db, RecipientRow row, string kind, string? detail) => db.Execute(
        "insert into event (account, set_id, seq, attempt, kind, at, detail) values (@Account, @SetId, @Seq, @Attempt, @kind, @now, @detail)",
        new { row.Account, row.SetId, row.Seq, row.Attempt, kind, now = db.Now, detail });
}
