using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>
/// Who must not be mailed: a log with positions. An entry counts for a plan made at position P when it still stands, or
/// was taken back only after P: nobody can enter after the plan.
/// </summary>
public static class SuppressionRows
{
    /// <summary>The condition on <c>s</c> that an entry keeps a recipient out of a plan made at <c>@pos</c>.</summary>
    public const string Counts = "(s.removed_pos is null or s.removed_pos > @pos)";

    /// <summary>The log's last position; 0 when it is empty.</summary>
    public static ValueTask<long> Position(Db db, string account) => db.One<long>(
        "select coalesce(max(max(pos, coalesce(removed_pos, 0))), 0) from suppression where account = @account", new { account });

    /// <summary>
    /// Puts an address on the list and takes its open rows out of every task of the account, in one transaction: between
    /// the two, begin could hand one over.
    /// </summary>
    public static async ValueTask<int> Add(Db db, string account, EmailAddress address, string reason, string source)
    {
        var pos = await Position(db, account) + 1;
        await db.Execute(
            """
            insert into suppression (account, pos, address, address_key, reason, source, at) values (@account, @pos, @Text, @Key, @reason, @source, @now)
            """,
            new { account, pos, address.Text, address.Key, reason, source, now = db.Now });
        // Read before they change: "returning" tells the new next_attempt_at, and the counters need the old one.
        var rows = await db.Many<OpenInSet>(
            """
            select set_id, seq, next_attempt_at from recipient
            where account = @account and address_key = @Key and state = @pending
              and set_id in (select set_id from task where account = @account and settled = 0 and status in (2, 3))
            """,
            new { account, address.Key, pending = RecipientState.Pending });
        var tally = new TallyByShard();
        foreach (var row in rows.OrderBy(r => r.SetId).ThenBy(r => r.Seq))
        {
            await db.Execute(
                "update recipient set state = @suppressed, reason = @reason, state_at = @now, next_attempt_at = null where set_id = @SetId and seq = @Seq and state = @pending",
                new { suppressed = RecipientState.Suppressed, pending = RecipientState.Pending, reason, now = db.Now, row.SetId, row.Seq });
            tally.Move(row.SetId, row.Seq, RecipientState.Pending, row.NextAttemptAt is not null, RecipientState.Suppressed, false);
        }
        await tally.Write(db);
        return rows.Count;
    }

    /// <summary>Which of a set's people a plan at position <paramref name="pos"/> leaves out: a merge of two sorted lists by the database.</summary>
    public static async ValueTask<HashSet<long>> SuppressedIn(Db db, string account, long setId, long pos) => [.. await db.Many<long>(
        $"""
        select distinct r.seq from suppression s join recipient r on r.set_id = @setId and r.address_key = s.address_key
        where s.account = @account and {Counts}
        """,
        new { account, setId, pos })];

    /// <summary>How many of these rows are on the list now.</summary>
    public static ValueTask<int> CountNow(Db db, string account, long setId, long fromSeq) => db.One<int>(
        """
        select count(distinct r.seq) from suppression s join recipient r on r.set_id = @setId and r.address_key = s.address_key
        where s.account = @account and s.removed_pos is null and r.seq >= @fromSeq
        """,
        new { account, setId, fromSeq });

    private sealed class OpenInSet
    {
        public long SetId { get; init; }
        public long Seq { get; init; }
        public long? NextAttemptAt { get; init; }
    }
}
