namespace EmailTasks.Server.Storage.Rows;

/// <summary>
/// Who of a set was mailed by another task of the account: one probe a row, by account and address. A call looks at a
/// stretch of the set and no further, whatever stands in it; the next one goes on behind it.
/// </summary>
public static class SeenRows
{
    /// <summary>Rows one call looks at: 20,000 probes take about a tenth of a second.</summary>
    public const int Walk = 20_000;

    private const string Other = "from recipient o where o.account = r.account and o.address_key = r.address_key and o.set_id <> r.set_id and " + RecipientRows.Mailed;

    /// <summary>The condition on <c>r</c>: mailed by another task since <c>@since</c>.</summary>
    private const string Seen = $"exists (select 1 {Other})";

    /// <summary>A page of recipients in their order, with the dates of those that were seen.</summary>
    /// <param name="total">Rows of the set.</param>
    public static async ValueTask<Listed<RecipientRow>> List(Db db, long setId, RecipientFilter filter, long total, PageAsk page)
    {
        var first = await End(db, setId, 0);
        var counted = await db.One<long>($"select count(*) from recipient r where {Of(db, setId, filter, 0, first).Sql}", Of(db, setId, filter, 0, first).Args);
        var after = page.Cursor is { } cursor ? long.Parse(cursor) : 0;
        var end = after == 0 ? first : await End(db, setId, after);
        var where = Of(db, setId, filter, after, end);
        where.Args.AddDynamicParams(new { take = page.Size + 1 });
        var rows = await db.Many<RecipientRow>(
            $"select r.*, (select max(o.state_at) {Other}) as seen_mailed_at, (select max(o.replied_at) {Other}) as seen_replied_at from recipient r where {where.Sql} order by r.seq limit @take", where.Args);
        var cut = Paging.Cut(rows, page, counted, r => r.Seq.ToString());
        var beyond = cut.NextCursor ?? (await RecipientRows.After(db, setId, end, 1) is [_] ? end.ToString() : null);
        return cut with { Total = counted, IsLowerBound = total > Walk, NextCursor = beyond };
    }

    /// <summary>Rows of the set that another task mailed since, in order, up to <paramref name="take"/>.</summary>
    public static async ValueTask<List<long>> Find(Db db, long setId, long since, int take)
    {
        var found = new List<long>();
        for (long after = 0, end; found.Count < take && (end = await End(db, setId, after)) > after; after = end)
        {
            found.AddRange(await db.Many<long>(
                $"select r.seq from recipient r where r.set_id = @setId and r.seq > @after and r.seq <= @end and {Seen} order by r.seq limit @left",
                new { setId, after, end, since, left = take - found.Count }));
        }
        return found;
    }

    /// <summary>The last row of the stretch behind a row; that row itself when there is none.</summary>
    private static async ValueTask<long> End(Db db, long setId, long after) => await db.One<long?>(
        "select max(seq) from (select seq from recipient where set_id = @setId and seq > @after order by seq limit @walk) stretch", new { setId, after, walk = Walk }) ?? after;

    private static Where Of(Db db, long setId, RecipientFilter filter, long after, long end)
    {
        var where = new Where("r.set_id = @setId and r.seq > @after and r.seq <= @end", new { setId, after, end, since = filter.Seen!.Since });
        where.And(filter.Seen.Is ? Seen : "not " + Seen);
        RecipientRows.Narrow(db, where, filter);
        return where;
    }
}

/// <summary>Narrows a list to who was mailed by another task since then, or to who was not.</summary>
public sealed record SeenFilter(bool Is, long Since);
