using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>
/// Fills in who is one person for recipients that were added before there was such a key. Done before a server serves, since
/// the rules that ask it would miss those; in pieces, so that ten million rows are no one transaction, and once.
/// </summary>
public static class PersonRows
{
    /// <summary>Set when every row has its key.</summary>
    private const string Filled = "person_keys_filled";

    /// <summary>Rows of one piece: some 50 ms.</summary>
    private const int Piece = 5_000;

    /// <summary>Fills what is missing.</summary>
    public static async Task Fill(IStore store)
    {
        if (await store.Read(db => MetaRows.Get(db, Filled)) is not null) return;
        var (set, seq) = (-1L, -1L);
        while (true)
        {
            var rows = await store.Read(db => db.Many<KeylessRow>(
                "select set_id, seq, address_key from recipient where (set_id > @set or (set_id = @set and seq > @seq)) and person_key is null order by set_id, seq limit @Piece", new { set, seq, Piece }));
            if (rows.Count == 0) break;
            await store.Write(async db =>
            {
                await Fill(db, rows);
                return true;
            });
            (set, seq) = (rows[^1].SetId, rows[^1].Seq);
        }
        await store.Write(db => MetaRows.Set(db, Filled, "1"));
    }

    private static async ValueTask Fill(Db db, List<KeylessRow> rows)
    {
        // Most addresses are their person's key as they stand: one statement a set; the others one by one.
        var others = rows.Where(r => PersonKey.Of(r.AddressKey) != r.AddressKey).ToList();
        await db.Execute("update recipient set person_key = @person where set_id = @SetId and seq = @Seq", others.Select(r => new { r.SetId, r.Seq, person = PersonKey.Of(r.AddressKey) }));
        foreach (var set in rows.GroupBy(r => r.SetId))
        {
            await db.Execute("update recipient set person_key = address_key where set_id = @set and seq >= @from and seq <= @to and person_key is null",
                new { set = set.Key, from = set.Min(r => r.Seq), to = set.Max(r => r.Seq) });
        }
    }

    private sealed class KeylessRow
    {
        public long SetId { get; init; }
        public long Seq { get; init; }
        public required string AddressKey { get; init; }
    }
}
