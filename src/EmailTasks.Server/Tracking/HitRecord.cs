using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tracking;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Tracking;

/// <summary>
/// Hits of several recipients in one transaction: each is judged with what is known of its recipient, kept as it came, and
/// moves the recipient's facts. Whoever turns out to be a scanner takes the clicks just before with it.
/// </summary>
internal static class HitRecord
{
    /// <summary>Opens, and clicks, kept of one recipient. The first ones tell who it was; a flood must not fill the disk.</summary>
    public const int Kept = 50;

    private const long AtOnceMicros = HitRules.AtOnceSeconds * 1_000_000L;

    /// <summary>Writes them; answers how many were of a mail that was sent.</summary>
    public static async ValueTask<int> Write(Db db, IReadOnlyList<Hit> hits)
    {
        var by = hits.GroupBy(h => (h.Of.SetId, h.Of.Seq)).ToDictionary(g => g.Key, g => g.OrderBy(h => h.At).ToList());
        var count = 0;
        await FactRows.Judge(db, by.Keys, async rows =>
        {
            var kept = (await HitRows.Of(db, rows[0].SetId, rows.Select(r => r.Seq))).ToLookup(h => h.Seq);
            var facts = new List<RecipientFacts>(rows.Count);
            foreach (var row in rows)
            {
                var own = by[(row.SetId, row.Seq)];
                count += own.Count;
                facts.Add(await Write(db, row, own, [.. kept[row.Seq]]));
            }
            return facts;
        });
        return count;
    }

    private static async ValueTask<RecipientFacts> Write(Db db, RecipientRow row, List<Hit> hits, List<HitRow> kept)
    {
        var facts = row.Facts;
        foreach (var hit in hits)
        {
            var judged = Judge(hit, row, kept);
            facts = With(facts, hit, judged);
            if (kept.Count(k => k.Kind == Word(hit.Kind)) >= Kept) continue;
            var detail = new HitDetail(hit.Of.Link, hit.Method, hit.Agent, hit.Purpose, (long)(SecondsSince(hit, row) * 1000), judged.IsPerson, judged.Reason);
            await HitRows.Insert(db, row, Word(hit.Kind), hit.At, detail);
            kept.Add(new HitRow { Seq = row.Seq, Kind = Word(hit.Kind), At = hit.At, Detail = detail });
        }
        return facts;
    }

    private static HitJudgement Judge(Hit hit, RecipientRow row, List<HitRow> known)
    {
        var links = hit.Kind == HitKind.Open ? 0 : known.Where(k => k.Kind == HitRows.Click && Math.Abs(hit.At - k.At) <= AtOnceMicros).Select(k => k.Detail.Link).Append(hit.Of.Link).Distinct().Count();
        return HitRules.Judge(new HitSignals(hit.Kind, hit.Method, hit.Agent, hit.Purpose, SecondsSince(hit, row), links, hit.LinksInMail));
    }

    private static RecipientFacts With(RecipientFacts facts, Hit hit, HitJudgement judged)
    {
        if (hit.Kind == HitKind.Open) return facts.With(judged.IsPerson ? Fact.Opened : Fact.MachineOpened, hit.At);
        if (judged.Reason == HitRules.EveryLink && facts[Fact.Clicked] is { } first && hit.At - first <= AtOnceMicros) facts = facts.Without(Fact.Clicked).With(Fact.MachineClicked, first);
        return facts.With(judged.IsPerson ? Fact.Clicked : Fact.MachineClicked, hit.At);
    }

    // A mail that is still being handed over, or of which nobody knows, counts from its beginning.
    private static double SecondsSince(Hit hit, RecipientRow row) =>
        (hit.At - ((row.State == RecipientState.Sent ? row.DoneAt : null) ?? row.BegunAt ?? hit.At)) / 1e6;

    private static string Word(HitKind kind) => kind switch { HitKind.Open => HitRows.Open, HitKind.Click => HitRows.Click };
}
