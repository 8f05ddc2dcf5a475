using System.Data.Common;
using System.Text.Json;
using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A recipient to add: checked, its address parsed.</summary>
public sealed record NewRecipient(EmailAddress Address, string? Name, string? CreatorId, string? Platform, string? ChannelId, string? Variables);

/// <summary>Statements over recipients. The key is (set, seq); every query is a keyset walk or a look-up by address.</summary>
public static class RecipientRows
{
    /// <summary>
    /// Adds recipients in order; an address the set has already keeps its old row. Answers which were added, by place.
    /// One prepared statement for all: 10,000 rows stay within 50 ms.
    /// </summary>
    public static async ValueTask<List<int>> Add(Db db, string account, long setId, long firstSeq, IReadOnlyList<NewRecipient> recipients)
    {
        using var command = db.Connection.CreateCommand();
        command.CommandText =
            """
            insert into recipient (set_id, seq, account, address, address_key, person_key, domain, name, creator_id, platform, channel_id, variables, search)
            values (@set, @seq, @account, @address, @key, @person, @domain, @name, @creator, @platform, @channel, @variables, @search)
            on conflict (set_id, address_key) do nothing
            """;
        string[] names = ["@set", "@seq", "@account", "@address", "@key", "@person", "@domain", "@name", "@creator", "@platform", "@channel", "@variables", "@search"];
        var parameters = names.Select(n => Parameter(command, n)).ToArray();
        parameters[0].Value = setId;
        parameters[2].Value = account;
        var added = new List<int>(recipients.Count);
        for (var i = 0; i < recipients.Count; i++)
        {
            var r = recipients[i];
            object?[] values = [firstSeq + i, null, r.Address.Text, r.Address.Key, PersonKey.Of(r.Address.Key), r.Address.Domain, r.Name, r.CreatorId, r.Platform, r.ChannelId, r.Variables, Search.Fold(r.Address.Key, r.Name)];
            for (var p = 0; p < values.Length; p++)
            {
                if (p != 1) parameters[p + 1].Value = values[p] ?? DBNull.Value;
            }
            if (await command.ExecuteNonQueryAsync() == 1) added.Add(i);
        }
        return added;
    }

    private static DbParameter Parameter(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }

    public static ValueTask<RecipientRow?> Load(Db db, long setId, long seq) =>
        db.One<RecipientRow>("select * from recipient where set_id = @setId and seq = @seq", new { setId, seq });

    public static ValueTask<RecipientRow?> ByAddress(Db db, long setId, string addressKey) =>
        db.One<RecipientRow>("select * from recipient where set_id = @setId and address_key = @addressKey", new { setId, addressKey });

    /// <summary>The first row, for a sample.</summary>
    public static ValueTask<RecipientRow?> First(Db db, long setId) =>
        db.One<RecipientRow>("select * from recipient where set_id = @setId order by seq limit 1", new { setId });

    /// <summary>Writes edits with one prepared statement.</summary>
    public static ValueTask<int> Change(Db db, long setId, IReadOnlyList<RecipientEdit> edits) => db.Execute(
        "update recipient set name = @Name, variables = @Variables, search = @Search where set_id = @setId and seq = @Seq",
        edits.Select(e => new { setId, e.Seq, e.Name, e.Variables, e.Search }));

    /// <summary>Deletes rows of a set that was never sent, and counts them off; answers how many went.</summary>
    public static async ValueTask<long> Delete(Db db, long setId, IReadOnlyCollection<long> seqs)
    {
        var deleted = await db.Execute("delete from recipient where set_id = @setId and seq = @seq", seqs.Select(seq => new { setId, seq }));
        if (deleted != seqs.Count) throw new InvalidOperationException("Rows went between the look-up and the delete although the version stood.");
        var tally = new TallyByShard();
        foreach (var seq in seqs) tally.Count(setId, seq, RecipientState.Pending, -1);
        await tally.Write(db);
        return deleted;
    }

    /// <summary>Everybody of a set in order, as they come, with what a plan needs: a plan must not hold a million rows.</summary>
    public static IEnumerable<RecipientRow> Plan(Db db, long setId) =>
        db.Scan<RecipientRow>("select set_id, seq, address, domain, name, variables from recipient where set_id = @setId order by seq", new { setId });

    /// <summary>A stretch of a set in order.</summary>
    public static ValueTask<List<RecipientRow>> After(Db db, long setId, long seq, int take) =>
        db.Many<RecipientRow>("select * from recipient where set_id = @setId and seq > @seq order by seq limit @take", new { setId, seq, take });

    /// <summary>When the next waiting row is due (UTC microseconds); null when none waits.</summary>
    public static ValueTask<long?> NextDue(Db db, long setId) =>
        db.One<long?>("select min(next_attempt_at) from recipient where set_id = @setId and next_attempt_at is not null", new { setId });

    /// <summary>Open rows of a stretch: only the columns a sweep needs.</summary>
    public static ValueTask<List<OpenRow>> Stretch(Db db, long setId, long after, int take) => db.Many<OpenRow>(
        "select seq, state, attempt, unknown, next_attempt_at from recipient where set_id = @setId and seq > @after order by seq limit @take",
        new { setId, after, take });

    /// <summary>Rows whose attempt is under way, as far as the rows know.</summary>
    public static ValueTask<List<HandedRow>> Handed(Db db, long setId, long after, int take) => db.Many<HandedRow>(
        "select seq, attempt, epoch, begun_at from recipient where set_id = @setId and seq > @after and state = @handed order by seq limit @take",
        new { setId, after, take, handed = RecipientState.Handed });

    /// <summary>A page of recipients in their order. Totals come from the counters unless something narrows the list.</summary>
    public static async ValueTask<Listed<RecipientRow>> List(Db db, long setId, RecipientFilter filter, long countedTotal, PageAsk page)
    {
        var where = new Where("set_id = @setId", new { setId });
        Narrow(db, where, filter);
        var total = filter.Has.Count + filter.Not.Count == 0 && filter.Keyword is null
            ? countedTotal
            : await db.One<long>($"select count(*) from (select 1 from recipient where {where.Sql} limit {PageAsk.CountMax + 1}) counted", where.Args);
        if (page.Cursor is { } cursor) where.And("seq > @cursor", new { cursor = long.Parse(cursor) });
        where.Args.AddDynamicParams(new { take = page.Size + 1, skip = page.Cursor is null ? ((page.Number ?? 1) - 1) * (long)page.Size : 0 });
        var rows = await db.Many<RecipientRow>($"select * from recipient where {where.Sql} order by seq limit @take offset @skip", where.Args);
        var cut = Paging.Cut(rows, page, total, r => r.Seq.ToString());
        return ReferenceEquals(filter.Keyword, null) && filter.Has.Count + filter.Not.Count == 0 ? cut with { Total = countedTotal, IsLowerBound = false } : cut;
    }

    /// <summary>Adds what stands in the row itself.</summary>
    public static void Narrow(Db db, Where where, RecipientFilter filter)
    {
        if (filter.States is { } states) where.And(db.Sql.AmongNumbers("state", "@states"), new { states = db.Sql.List(states.Select(s => (long)s)) });
        foreach (var fact in filter.Has) where.And(Fact(fact, there: true));
        foreach (var fact in filter.Not) where.And(Fact(fact, there: false));
        if (filter.Keyword is { } keyword) where.And(db.Sql.Contains("search", "@keyword"), new { keyword = Search.Fold(keyword) });
    }

    private static string Fact(string word, bool there)
    {
        if (word == "accepted_before_retry") return there ? "accepted_before_retry = 1" : "accepted_before_retry = 0";
        return $"{word}_at is {(there ? "not null" : "null")}";
    }

    /// <summary>Replaced sets that nobody copies from any more.</summary>
    public static ValueTask<List<long>> Droppable(Db db) =>
        db.Many<long>("select set_id from dropped_set d where not exists (select 1 from task t where t.copying = 1 and t.copy_set = d.set_id)");

    /// <summary>Drops part of a replaced set; answers how many rows went.</summary>
    public static ValueTask<int> Sweep(Db db, long setId, int take) => db.Execute(
        "delete from recipient where set_id = @setId and seq in (select seq from recipient where set_id = @setId order by seq limit @take)",
        new { setId, take });

    /// <summary>The condition on <c>o</c> that somebody has a mail, may have it, or is about to get it: what forbids the same content.</summary>
    public const string HasOrGets = $"(o.state in (0, 1, 4) or (o.state = 2 and o.state_at >= @since) or {OnceUnknown})";

    /// <summary>The condition on <c>o</c> that somebody was mailed since, as far as is known: sent, on its way, or unknown.</summary>
    public const string Mailed = $"((o.state in (1, 2, 4) and o.state_at >= @since) or {OnceUnknown})";

    // Whoever once ended unknown may have the mail, whatever somebody has settled since.
    private const string OnceUnknown = "(o.unknown > 0 and coalesce(o.state_at, o.begun_at, @since) >= @since)";

    /// <summary>
    /// Whether these people are in other sets with mail that left or may have left: one look-up by person a row, under
    /// whatever address. The plus keeps the set's index out of it: a walk over other sets is what this must never be.
    /// </summary>
    /// <param name="which"><see cref="HasOrGets"/> or <see cref="Mailed"/>.</param>
    public static ValueTask<List<string>> AlsoIn(Db db, long setId, IReadOnlyList<long> others, long since, int take, string which = HasOrGets) => db.Many<string>(
        $"""
        select r.address from recipient r where r.set_id = @setId and exists (
          select 1 from recipient o where o.account = r.account and o.person_key = r.person_key and {db.Sql.AmongNumbers("+o.set_id", "@others")} and {which})
        order by r.seq limit @take
        """,
        new { setId, others = db.Sql.List(others), since, take });

    /// <summary>How many of them, how many of those replied, and when the last of each was.</summary>
    public static ValueTask<SeenBefore?> CountAlsoIn(Db db, long setId, IReadOnlyList<long> others, long since, string which = HasOrGets) => db.One<SeenBefore>(
        $"""
        select count(*) as count, coalesce(sum(replied), 0) as replied, max(mailed_at) as last_mailed_at, max(replied_at) as last_replied_at,
          (select count(*) from (select 1 from task t join mailbox m on m.id = t.mailbox where t.account = (select account from recipient where set_id = @setId limit 1) and {db.Sql.AmongNumbers("t.set_id", "@others")} and m.inbound is not null limit 1) heard) as listened
        from (
          select max(case when o.replied_at is null then 0 else 1 end) as replied, max(o.state_at) as mailed_at, max(o.replied_at) as replied_at
          from recipient r join recipient o on o.account = r.account and o.person_key = r.person_key and {db.Sql.AmongNumbers("+o.set_id", "@others")}
          where r.set_id = @setId and {which} group by r.seq) met
        """,
        new { setId, others = db.Sql.List(others), since });
}

/// <summary>A recipient's new name and variables.</summary>
public sealed record RecipientEdit(long Seq, string? Name, string? Variables, string Search);

/// <summary>People mailed by another task.</summary>
public sealed class SeenBefore
{
    public long Count { get; init; }
    public long Replied { get; init; }

    /// <summary>When the last of those mails left, and when the last of them replied; null when none was, or none did.</summary>
    public long? LastMailedAt { get; init; }

    /// <inheritdoc cref="LastMailedAt"/>
    public long? LastRepliedAt { get; init; }

    /// <summary>1 when replies were read in one of the mailboxes that mailed them.</summary>
    public long Listened { get; init; }

    /// <summary>How many replied, as far as anybody would know.</summary>
    public long? Told => Replied > 0 || Listened == 1 ? Replied : null;
}

/// <summary>What a list of recipients is narrowed to.</summary>
public sealed record RecipientFilter(IReadOnlyList<RecipientState>? States, IReadOnlyList<string> Has, IReadOnlyList<string> Not, string? Keyword, SeenFilter? Seen = null);

/// <summary>What a sweep needs of a row.</summary>
public sealed class OpenRow
{
    public long Seq { get; init; }
    public RecipientState State { get; init; }
    public int Attempt { get; init; }
    public int Unknown { get; init; }
    public long? NextAttemptAt { get; init; }
}

/// <summary>An attempt under way.</summary>
public sealed class HandedRow
{
    public long Seq { get; init; }
    public int Attempt { get; init; }
    public long Epoch { get; init; }
    public long BegunAt { get; init; }
}

/// <summary>Recipient ids: they name set and row, so they need no column and no index.</summary>
public static class RecipientIds
{
    /// <summary>The id of a row.</summary>
    public static string Of(long setId, long seq) => $"rcp_{setId:x}x{seq:x}";

    /// <summary>Set and row of an id, or null.</summary>
    public static (long SetId, long Seq)? Parse(string id)
    {
        if (!id.StartsWith("rcp_", StringComparison.Ordinal)) return null;
        var parts = id[4..].Split('x');
        return parts.Length == 2
            && long.TryParse(parts[0], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var set)
            && long.TryParse(parts[1], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var seq)
            && Of(set, seq) == id ? (set, seq) : null;
    }
}
