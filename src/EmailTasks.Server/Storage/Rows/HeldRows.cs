using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Held people among a task's recipients.</summary>
/// <param name="Count">How many.</param>
/// <param name="Sample">Some of their addresses.</param>
/// <param name="IsWriting">True while the people of a stop are still being written down: nobody can say yet.</param>
public sealed record HeldPeople(long Count, IReadOnlyList<string> Sample, bool IsWriting)
{
    /// <summary>Nobody is held.</summary>
    public static readonly HeldPeople None = new(0, [], false);

    /// <summary>Whether a start must be refused.</summary>
    public bool Any => Count > 0 || IsWriting;
}

/// <summary>
/// People whom a stop by the guard keeps from being mailed, whatever task they come back in: a task that is cancelled and
/// copied is another task, but the list is the same.
/// </summary>
public static class HeldRows
{
    /// <summary>How long people are held unless a person lifts it.</summary>
    private const long HeldMicros = 30L * 24 * 3600 * 1_000_000;

    /// <summary>People written down in one transaction: well below 50 ms.</summary>
    private const int Piece = 2_000;

    private const int Shown = 20;

    /// <summary>The guard stopped a task: whoever of it was not mailed is held from this commit on.</summary>
    /// <param name="subject">What was stopped, task or mailbox: a person who lifts that lifts this.</param>
    public static ValueTask<int> Hold(Db db, string account, long setId, string subject) => db.Execute(
        """
        insert into held_set (account, set_id, subject, at, until)
        select @account, @setId, @subject, @now, @until where not exists (select 1 from held_set where account = @account and set_id = @setId and subject = @subject and lifted_at is null)
        """,
        new { account, setId, subject, now = db.Now, until = db.Now + HeldMicros });

    /// <summary>The same for every started task of a mailbox that was stopped.</summary>
    public static async ValueTask HoldOpenTasks(Db db, string account, string mailbox)
    {
        var sets = await db.Many<long>(
            "select set_id from task where settled = 0 and status in (2, 3, 5) and status in (@sending, @paused) and mailbox = @mailbox order by set_id",
            new { mailbox, sending = MailTaskStatus.Sending, paused = MailTaskStatus.Paused });
        foreach (var set in sets) await Hold(db, account, set, mailbox);
    }

    /// <summary>A person lets them go.</summary>
    public static ValueTask<int> Lift(Db db, string account, string subject) => db.Execute(
        "update held_set set lifted_at = @now, lifted_by = @uid where account = @account and subject = @subject and lifted_at is null",
        new { account, subject, now = db.Now, uid = db.By?.Uid });

    /// <summary>Rises with every stop: who compared people before it must compare them again.</summary>
    public static ValueTask<long> Position(Db db, string account) =>
        db.One<long>("select cast(coalesce(max(id), 0) as bigint) from held_set where account = @account", new { account });

    /// <summary>Who of a set is held now: one probe a recipient, and none where the account holds nobody.</summary>
    public static async ValueTask<HeldPeople> Among(Db db, string account, long setId)
    {
        var stops = await Standing(db, account);
        if (stops.Count == 0) return HeldPeople.None;
        var args = new { account, setId, now = db.Now, shown = Shown };
        var count = await db.One<long>($"select count(*) from recipient r where r.set_id = @setId and {IsHeld}", args);
        return new HeldPeople(count, count == 0 ? [] : await db.Many<string>($"select r.address from recipient r where r.set_id = @setId and {IsHeld} order by r.seq limit @shown", args), stops.Contains(false));
    }

    /// <summary>Whether anybody of a set is held, or may be: for who only has to know that.</summary>
    public static async ValueTask<bool> HasAny(Db db, string account, long setId)
    {
        var stops = await Standing(db, account);
        return stops.Count > 0 && (stops.Contains(false)
            || await db.One<bool>($"select exists (select 1 from recipient r where r.set_id = @setId and {IsHeld})", new { account, setId, now = db.Now }));
    }

    /// <summary>The account's stops that hold people: of each, whether its people are written down.</summary>
    private static ValueTask<List<bool>> Standing(Db db, string account) =>
        db.Many<bool>("select written from held_set where account = @account and lifted_at is null and until > @now", new { account, now = db.Now });

    /// <summary>Whether the people of a stop are still to be written down.</summary>
    public static ValueTask<bool> IsWriting(Db db) => db.One<bool>("select exists (select 1 from held_set where written = 0)");

    /// <summary>Writes the people of the oldest stop down, a piece at a time. True when there was something to do.</summary>
    public static async ValueTask<bool> WriteSome(Db db)
    {
        if (await db.One<HeldSet>("select id, account, set_id, upto from held_set where written = 0 order by id limit 1") is not { } stop) return false;
        // Also who is handed over now: the mail may come back as not sent.
        var rows = await db.Many<Walked>("select seq, coalesce(person_key, address_key) as person, state from recipient where set_id = @SetId and seq > @Upto order by seq limit @Piece", new { stop.SetId, stop.Upto, Piece });
        var people = rows.Where(r => r.State is RecipientState.Pending or RecipientState.Handed or RecipientState.Cancelled or RecipientState.Expired).Select(r => r.Person).Distinct(StringComparer.Ordinal).ToList();
        await db.Execute(
            $"insert into held_person (account, person, held) select @Account, value, @Id from {db.Sql.EachText("@people")} where true on conflict (account, person, held) do nothing",
            new { stop.Account, stop.Id, people = db.Sql.List(people) });
        await db.Execute("update held_set set upto = @upto, written = @written where id = @Id", new { stop.Id, upto = rows.Count == 0 ? stop.Upto : rows[^1].Seq, written = rows.Count < Piece });
        return true;
    }

    /// <summary>Forgets stops that hold nobody any more, people first, a piece at a time.</summary>
    public static async ValueTask<int> Forget(Db db)
    {
        var gone = await db.Execute(
            """
            delete from held_person where (account, person, held) in (
              select p.account, p.person, p.held from held_set s join held_person p on p.account = s.account and p.held = s.id
              where (s.lifted_at is not null or s.until <= @now) limit @Piece)
            """,
            new { now = db.Now, Piece });
        return gone > 0 ? gone : await db.Execute("delete from held_set where until <= @now and written = 1", new { now = db.Now });
    }

    private const string IsHeld =
        """
        exists (select 1 from held_person p join held_set s on s.id = p.held
          where p.account = @account and p.person = coalesce(r.person_key, r.address_key) and s.lifted_at is null and s.until > @now)
        """;

    private sealed class HeldSet
    {
        public long Id { get; init; }
        public required string Account { get; init; }
        public long SetId { get; init; }
        public long Upto { get; init; }
    }

    private sealed class Walked
    {
        public long Seq { get; init; }
        public required string Person { get; init; }
        public RecipientState State { get; init; }
    }
}
