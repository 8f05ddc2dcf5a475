using System.Text.Json;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>What a fetch of the pixel or of a link was like, as it is kept: the signals as they came, and how they were judged. No network address.</summary>
/// <param name="Link">The link's number; 0 of an open.</param>
/// <param name="AfterMs">Milliseconds since the mail was accepted.</param>
/// <param name="Reason">The rule that judged.</param>
public sealed record HitDetail(int Link, string Method, string Agent, string Purpose, long AfterMs, bool Person, string Reason);

/// <summary>A fetch that is kept.</summary>
public sealed class HitRow
{
    public long Seq { get; init; }
    public required string Kind { get; init; }
    public long At { get; init; }
    public required HitDetail Detail { get; init; }
}

/// <summary>Statements over fetches, which are events of their recipient.</summary>
public static class HitRows
{
    /// <summary>The event of a fetched pixel.</summary>
    public const string Open = "open";

    /// <summary>The event of a followed link.</summary>
    public const string Click = "click";

    /// <summary>The fetches of some recipients, in order.</summary>
    public static async ValueTask<List<HitRow>> Of(Db db, long setId, IEnumerable<long> seqs) => (await db.Many<(long Seq, string Kind, long At, string Detail)>(
        $"select seq, kind, at, detail from event where set_id = @setId and {db.Sql.AmongNumbers("seq", "@seqs")} and kind in ('{Open}', '{Click}') order by id",
        new { setId, seqs = db.Sql.List(seqs) })).ConvertAll(h => new HitRow { Seq = h.Seq, Kind = h.Kind, At = h.At, Detail = JsonSerializer.Deserialize(h.Detail, StoredJson.Default.HitDetail)! });

    public static ValueTask<int> Insert(Db db, RecipientRow row, string kind, long at, HitDetail detail) => db.Execute(
        "insert into event (account, set_id, seq, attempt, kind, at, detail) values (@Account, @SetId, @Seq, @Attempt, @kind, @at, @detail)",
        new { row.Account, row.SetId, row.Seq, row.Attempt, kind, at, detail = JsonSerializer.Serialize(detail, StoredJson.Default.HitDetail) });
}
