using System.Text.Json;
using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Statements over rows whose last attempt a person judges.</summary>
public static class ResolveRows
{
    /// <summary>The rows of these places.</summary>
    public static ValueTask<List<RecipientRow>> Load(Db db, long setId, IReadOnlyList<long> seqs) => db.Many<RecipientRow>(
        $"select r.* from {db.Sql.EachNumber("@seqs")} {db.Sql.FromLeft} recipient r on r.set_id = @setId and r.seq = j.value",
        new { setId, seqs = db.Sql.List(seqs) });

    /// <summary>An uncertain row becomes what was said; guarded by the attempt that was judged.</summary>
    public static ValueTask<int> Settle(Db db, RecipientRow row, RecipientState state, string reason) => db.Execute(
        """
        update recipient set state = @state, reason = @reason, state_at = @now, done_at = @now
        where set_id = @SetId and seq = @Seq and attempt = @Attempt and state = @uncertain
        """,
        new { state, reason, now = db.Now, row.SetId, row.Seq, row.Attempt, uncertain = RecipientState.Uncertain });

    /// <summary>
    /// An uncertain row waits again, due now. A person's retry is a new start: the tries and the 48 hours of the machine's
    /// retries count from here.
    /// </summary>
    public static ValueTask<int> Retry(Db db, RecipientRow row, string reason) => db.Execute(
        """
        update recipient set state = @pending, reason = @reason, state_at = @now, next_attempt_at = @now, tries = 0, first_try_at = null
        where set_id = @SetId and seq = @Seq and attempt = @Attempt and state = @uncertain
        """,
        new { reason, now = db.Now, row.SetId, row.Seq, row.Attempt, pending = RecipientState.Pending, uncertain = RecipientState.Uncertain });

    /// <summary>Who said what of which attempt.</summary>
    public static ValueTask<int> Event(Db db, RecipientRow row, string detail) => db.Execute(
        "insert into event (account, set_id, seq, attempt, kind, at, detail, key_id, actor) values (@Account, @SetId, @Seq, @Attempt, 'resolved', @now, @detail, @KeyId, @Actor)",
        new { row.Account, row.SetId, row.Seq, row.Attempt, now = db.Now, detail, db.By?.KeyId, db.By?.Actor });

    /// <summary>Keeps what somebody proposes of an uncertain row; the last one stands. Guarded by the attempt that was judged.</summary>
    public static ValueTask<int> Propose(Db db, RecipientRow row, ProposalCopy proposal) => db.Execute(
        "update recipient set proposal = @json where set_id = @SetId and seq = @Seq and attempt = @Attempt and state = @uncertain",
        new { json = JsonSerializer.Serialize(proposal, StoredJson.Default.ProposalCopy), row.SetId, row.Seq, row.Attempt, uncertain = RecipientState.Uncertain });
}
