using System.Collections.Immutable;
using System.Globalization;

namespace EmailTasks.Core.Tracking;

/// <summary>What was fetched.</summary>
public enum HitKind
{
    /// <summary>The open pixel.</summary>
    Open,

    /// <summary>A link.</summary>
    Click,
}

/// <summary>What is known of one fetch, as it came.</summary>
/// <param name="Method"><c>GET</c> or <c>HEAD</c>.</param>
/// <param name="Agent">The User-Agent field; empty when there was none.</param>
/// <param name="Purpose">The fields that tell a prefetch, together; empty when there were none.</param>
/// <param name="SecondsSince">Since the mail server accepted the mail; negative when it had not yet answered.</param>
/// <param name="LinksAtOnce">How many different links of the mail were followed within <see cref="HitRules.AtOnceSeconds"/>, this one included.</param>
/// <param name="LinksInMail">How many links of the mail lead through this server.</param>
public sealed record HitSignals(HitKind Kind, string Method, string Agent, string Purpose, double SecondsSince, int LinksAtOnce, int LinksInMail);

/// <summary>Who it was.</summary>
/// <param name="Reason">The rule's word; <c>none</c> where no rule fits, which is a person.</param>
public sealed record HitJudgement(bool IsPerson, string Reason);

/// <summary>Tells people from proxies and scanners. Pure; the rules are rows of <c>hit-rules.tsv</c>.</summary>
public static class HitRules
{
    /// <summary>Who follows several links of a mail within this time reads none of them.</summary>
    public const int AtOnceSeconds = 10;

    /// <summary>The reason of a scanner that is known by how many links it follows: it takes the clicks before with it.</summary>
    public const string EveryLink = "every_link";

    private static readonly HitJudgement Nothing = new(true, "none");

    private static readonly ImmutableArray<Row> Rows = [.. EmbeddedTable.Rows("hit-rules.tsv", 5).Select(c => new Row(
        c[0] switch { "open" => HitKind.Open, "click" => HitKind.Click, "any" => null, var other => throw new FormatException($"hit-rules.tsv: {other}") },
        c[1], c[2], c[3] switch { "person" => true, "machine" => false, var other => throw new FormatException($"hit-rules.tsv: {other}") }, c[4]))];

    /// <summary>Judges one fetch.</summary>
    public static HitJudgement Judge(HitSignals hit)
    {
        foreach (var row in Rows)
        {
            if ((row.Kind is null || row.Kind == hit.Kind) && Fits(row, hit)) return new HitJudgement(row.IsPerson, row.Reason);
        }
        return Nothing;
    }

    private static bool Fits(Row row, HitSignals hit) => row.Test switch
    {
        "method" => hit.Method == row.Value,
        "within_s" => hit.SecondsSince < int.Parse(row.Value, CultureInfo.InvariantCulture),
        "purpose" => hit.Purpose.Contains(row.Value, StringComparison.OrdinalIgnoreCase),
        "agent_is" => hit.Agent.Equals(row.Value, StringComparison.OrdinalIgnoreCase),
        "agent_holds" => hit.Agent.Contains(row.Value, StringComparison.OrdinalIgnoreCase),
        "links_at_once" => hit.LinksAtOnce >= Math.Max(2, Math.Min(hit.LinksInMail, int.Parse(row.Value, CultureInfo.InvariantCulture))),
        var other => throw new FormatException($"hit-rules.tsv: {other}"),
    };

    private sealed record Row(HitKind? Kind, string Test, string Value, bool IsPerson, string Reason);
}
