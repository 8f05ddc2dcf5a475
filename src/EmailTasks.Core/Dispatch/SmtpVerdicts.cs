using System.Collections.Immutable;
using System.Globalization;

namespace EmailTasks.Core.Dispatch;

/// <summary>
/// From what an attempt reported to what follows. A pure and total function; its table is <c>verdicts.tsv</c>, the first
/// matching line wins, and the last line matches everything.
/// </summary>
public static class SmtpVerdicts
{
    private static readonly ImmutableArray<VerdictRule> Table = Load();

    /// <summary>The reasons with which a recipient fails for good because of the recipient.</summary>
    public static IReadOnlyList<string> HardReasons { get; } = [.. Table.Where(r => r.Hard).Select(r => r.Reason).Distinct()];

    /// <summary>Judges one attempt, or one failed opening of a session (then the outcome says nothing about any recipient).</summary>
    public static SmtpVerdict Judge(AttemptReport r)
    {
        var facts = Normalise(r);
        var code = facts.Code?.ToString(CultureInfo.InvariantCulture) ?? "";
        var enhanced = facts.Enhanced?.Split('.') ?? [];
        foreach (var rule in Table)
            if (rule.Matches(facts, code, enhanced))
                return Apply(rule, facts);
        throw new InvalidOperationException("verdicts.tsv has no last line that matches everything.");
    }

    /// <summary>A reply without a code is no reply; a code beside another ending is no fact about this attempt.</summary>
    private static AttemptReport Normalise(AttemptReport r) => r.Ending switch
    {
        SmtpEnding.Reply when r.Code is null => r with { Ending = SmtpEnding.Lost, Enhanced = null },
        SmtpEnding.Reply => r,
        _ => r with { Code = null, Enhanced = null },
    };

    private static SmtpVerdict Apply(VerdictRule rule, AttemptReport r) => new(
        rule.Outcome,
        rule.Reason,
        rule.Mailbox,
        rule.PauseFor,
        rule.Task,
        DiscardConnection: !r.LeavesSessionDefined,
        BeforeData: !r.Dotted && (r.Phase <= SmtpPhase.Ready || (r is { Phase: SmtpPhase.Mail or SmtpPhase.Rcpt, Ending: SmtpEnding.Reply, Code: >= 400 and < 600 })),
        CountsAsHardRefusal: rule.Hard,
        DomainTemporary: rule.Domain,
        rule.Problem,
        rule.Fix);

    private static ImmutableArray<VerdictRule> Load()
    {
        using var stream = typeof(SmtpVerdicts).Assembly.GetManifestResourceStream("verdicts.tsv")
            ?? throw new InvalidOperationException("verdicts.tsv is not embedded.");
        using var reader = new StreamReader(stream);
        var rules = ImmutableArray.CreateBuilder<VerdictRule>();
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#')
                rules.Add(VerdictRule.Parse(line));
        return rules.ToImmutable();
    }
}
