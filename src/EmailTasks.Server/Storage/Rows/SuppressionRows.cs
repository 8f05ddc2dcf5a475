using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>One entry of the suppression log.</summary>
public sealed class SuppressionRow
{
    public long Pos { get; init; }
    public required string Address { get; init; }
    public required string Reason { get; init; }
    public required string Source { get; init; }
    public string? Note { get; init; }

    /// <summary>How well it is known who said so; null where nobody outside did.</summary>
    public string? Strength { get; init; }

    /// <summary>Whose key entered it; null where no key did.</summary>
    public string? Actor { get; init; }
    public string? KeyId { get; init; }
    public long At { get; init; }
    public long? RemovedPos { get; init; }
    public long? RemovedAt { get; init; }
    public string? RemovedReason { get; init; }
}

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
        "select coalesce(max(case when removed_pos > pos then removed_pos else pos end), 0) from suppression where account = @account", new { account });

    /// <summary>Puts an address on the list because its owner said so; answers how many waiting rows were taken out.</summary>
    public static ValueTask<int> OptOut(Db db, string account, EmailAddress address, string source) => Add(db, account, address, SuppressionReasons.Unsubscribed, source, SuppressionStrengths.Token);

    /// <summary>Puts one address on the list; answers how many waiting rows were taken out.</summary>
    public static async ValueTask<int> Add(Db db, string account, EmailAddress address, string reason, string source, string? strength = null) =>
        (await Add(db, account, [address], reason, source, null, strength)).TakenOut;

    /// <summary>
    /// Puts addresses on the list and takes their open rows out of every running task of the account, in one
    /// transaction: between the two, begin could hand one over. An address that is on the list keeps its entry; what
    /// its owner said (opted out, complained) gets an entry beside it, so that no other reason hides it; so does what is known
    /// better than by the sender's address alone, so that taking the doubtful ones back takes nothing else back.
    /// </summary>
    public static async ValueTask<(int Added, int TakenOut)> Add(Db db, string account, IReadOnlyList<EmailAddress> addresses, string reason, string source, string? note, string? strength = null)
    {
        await db.Serialise(account);
        var keys = db.Sql.List(addresses.Select(a => a.Key).Distinct(StringComparer.Ordinal));
        var standing = new HashSet<string>(await db.Many<string>(
            $"""
            select s.address_key from {db.Sql.EachText("@keys")} {db.Sql.FromLeft} suppression s on s.account = @account and s.address_key = j.value
            where s.removed_pos is null {(IsOwn(reason) ? "and s.reason = @reason" : "")}
              {(strength == SuppressionStrengths.AddressOnly ? "" : "and coalesce(s.strength, '') <> @addressOnly")}
            """,
            new { keys, account, reason, addressOnly = SuppressionStrengths.AddressOnly }), StringComparer.Ordinal);
        var pos = await Position(db, account);
        var added = 0;
        foreach (var address in addresses.Where(a => standing.Add(a.Key)))
        {
            await db.Execute(
                "insert into suppression (account, pos, address, address_key, reason, source, note, strength, at, actor, key_id) values (@account, @pos, @Text, @Key, @reason, @source, @note, @strength, @now, @Actor, @KeyId)",
                new { account, pos = ++pos, address.Text, address.Key, reason, source, note, strength, now = db.Now, db.By?.Actor, db.By?.KeyId });
            added++;
        }
        if (added > 0 && strength == SuppressionStrengths.AddressOnly) await AddressOnlyRows.Watch(db, account);
        return (added, await TakeOut(db, account, keys, reason));
    }

    /// <summary>Whether the address's owner said it.</summary>
    public static bool IsOwn(string reason) => reason is SuppressionReasons.Unsubscribed or SuppressionReasons.Complained;

    private static async ValueTask<int> TakeOut(Db db, string account, object keys, string reason)
    {
        // Read before they change: "returning" tells the new next_attempt_at, and the counters need the old one.
        var rows = await db.Many<OpenInSet>(
            $"""
            select r.set_id, r.seq, r.next_attempt_at from {db.Sql.EachText("@keys")} {db.Sql.FromLeft} recipient r on r.account = @account and r.address_key = j.value
            where r.state = @pending and r.set_id in (select set_id from task where account = @account and settled = 0 and status in (2, 3))
            {db.Sql.Hold("r", "r.set_id, r.seq")}
            """,
            new { keys, account, pending = RecipientState.Pending });
        var tally = new TallyByShard();
        var takenOut = 0;
        foreach (var row in rows.OrderBy(r => r.SetId).ThenBy(r => r.Seq))
        {
            var changed = await db.Execute(
                "update recipient set state = @suppressed, reason = @reason, state_at = @now, next_attempt_at = null where set_id = @SetId and seq = @Seq and state = @pending",
                new { suppressed = RecipientState.Suppressed, pending = RecipientState.Pending, reason, now = db.Now, row.SetId, row.Seq });
            if (changed == 0) continue;
            takenOut++;
            tally.Move(row.SetId, row.Seq, RecipientState.Pending, row.NextAttemptAt is not null, RecipientState.Suppressed, false);
        }
        await tally.Write(db);
        return takenOut;
    }

    /// <summary>Takes an address off the list at a place of its own in the log; answers how many entries stood.</summary>
    public static async ValueTask<int> Remove(Db db, string account, string addressKey, long pos, string by, string reason) => await db.Execute(
        """
        update suppression set removed_pos = @pos, removed_at = @now, removed_by = @by, removed_reason = @reason
        where account = @account and address_key = @addressKey and removed_pos is null
        """,
        new { account, addressKey, pos, by, reason, now = db.Now });

    /// <summary>All entries of an address, newest first.</summary>
    public static ValueTask<List<SuppressionRow>> Of(Db db, string account, string addressKey) =>
        db.Many<SuppressionRow>("select * from suppression where account = @account and address_key = @addressKey order by pos desc", new { account, addressKey });

    /// <summary>The entries that stand, newest first.</summary>
    public static ValueTask<Listed<SuppressionRow>> List(Db db, string account, string? keyword, IReadOnlyList<string> reasons, IReadOnlyList<string> strengths, long? since, PageAsk page)
    {
        var where = new Where("account = @account and removed_pos is null", new { account });
        if (keyword is not null) where.And(db.Sql.Contains("address_key", "@keyword"), new { keyword = Search.Fold(keyword) });
        if (reasons.Count > 0) where.And(db.Sql.AmongTexts("reason", "@reasons"), new { reasons = db.Sql.List(reasons) });
        if (strengths.Count > 0) where.And(db.Sql.AmongTexts("strength", "@strengths"), new { strengths = db.Sql.List(strengths) });
        if (since is { } from) where.And("at >= @from", new { from });
        return Paging.NewestFirst<SuppressionRow>(db, "suppression", where, page, r => r.Pos.ToString(), "pos");
    }

    /// <summary>Whether an address of these rows is kept out of a plan made at <paramref name="pos"/>.</summary>
    public static ValueTask<List<long>> Among(Db db, string account, long setId, IReadOnlyList<long> seqs, long pos) => db.Many<long>(
        $"""
        select distinct r.seq from {db.Sql.EachNumber("@seqs")} {db.Sql.FromLeft} recipient r on r.set_id = @setId and r.seq = j.value
        join suppression s on s.account = @account and s.address_key = r.address_key and {Counts}
        """,
        new { account, setId, seqs = db.Sql.List(seqs), pos });

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
