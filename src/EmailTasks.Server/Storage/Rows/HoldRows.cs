using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A hold as it is kept, with its time.</summary>
public sealed record KeptHold(Hold Hold, long At);

/// <summary>
/// Holds of a task or a mailbox: a set. Each is added whatever others there are and lifted by itself. What the hot path
/// reads (a task's status, a mailbox's paused_reason) is written from the set by <see cref="TaskHolds"/> and
/// <see cref="MailboxHolds"/>, in the same transaction and under the same row lock.
/// </summary>
public static class HoldRows
{
    /// <summary>Adds a hold; one that is there stays as it is, but for an end that lies later. Answers whether it is new.</summary>
    public static async ValueTask<bool> Add(Db db, string account, string subject, Hold hold)
    {
        var added = await db.Execute(
            """
            insert into hold (subject, kind, source, account, reason, problem, fix, key_id, uid, actor, at, until)
            values (@subject, @Kind, @Source, @account, @Reason, @Problem, @Fix, @KeyId, @Uid, @Actor, @now, @Until)
            on conflict (subject, kind, source) do nothing
            """,
            new { subject, hold.Kind, hold.Source, account, hold.Reason, hold.Problem, hold.Fix, hold.By?.KeyId, hold.By?.Uid, hold.By?.Actor, now = db.Now, hold.Until });
        if (added == 0)
            await db.Execute(
                "update hold set until = case when @Until is null then null else @Until end where subject = @subject and kind = @Kind and source = @Source and until is not null and (@Until is null or until < @Until)",
                new { subject, hold.Kind, hold.Source, hold.Until });
        return added == 1;
    }

    /// <summary>What holds it now, the oldest first.</summary>
    public static async ValueTask<List<KeptHold>> Of(Db db, string subject)
    {
        var rows = await db.Many<HoldRow>("select * from hold where subject = @subject and (until is null or until > @now) order by at, kind, source", new { subject, now = db.Now });
        return rows.ConvertAll(r => new KeptHold(r.Hold, r.At));
    }

    /// <summary>Takes holds away.</summary>
    public static async ValueTask Lift(Db db, string subject, IEnumerable<Hold> holds)
    {
        foreach (var hold in holds) await db.Execute("delete from hold where subject = @subject and kind = @Kind and source = @Source", new { subject, hold.Kind, hold.Source });
    }

    /// <summary>Takes all holds of one kind away.</summary>
    public static ValueTask<int> LiftKind(Db db, string subject, HoldKind kind) =>
        db.Execute("delete from hold where subject = @subject and kind = @kind", new { subject, kind });

    /// <summary>It is over: nothing can be held any more.</summary>
    public static ValueTask<int> Clear(Db db, string subject) => db.Execute("delete from hold where subject = @subject", new { subject });

    private sealed class HoldRow
    {
        public HoldKind Kind { get; init; }
        public required string Source { get; init; }
        public required string Reason { get; init; }
        public string? Problem { get; init; }
        public string? Fix { get; init; }
        public string? KeyId { get; init; }
        public string? Uid { get; init; }
        public string? Actor { get; init; }
        public long At { get; init; }
        public long? Until { get; init; }

        public Hold Hold => new(Kind, Source, Reason, KeyId is null ? null : new Who(Actor != Who.Agent, KeyId, Uid ?? ""), Problem, Fix, Until);
    }
}
