using System.Text.RegularExpressions;
using EmailTasks.Core.Dispatch;
using Xunit;

namespace EmailTasks.Core.Tests.Dispatch;

public sealed class SmtpVerdictsTests
{
    private static readonly int?[] Codes = [null, 100, 200, 220, 235, 250, 251, 252, 334, 354, 399, 421, 432, 450, 451, 452, 454, 455, 500, 501, 503, 504, 521, 530, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555, 599, 600, 999];

    private static readonly string?[] Enhanced =
    [
        null, "2.0.0", "4.2.1", "4.3.2", "4.4.1", "4.4.5", "4.7.0", "4.7.1", "4.7.26", "4.7.28", "4.7.32", "5.1.1", "5.1.8", "5.1.90", "5.2.2", "5.3.4", "5.4.1", "5.4.5", "5.4.14",
        "5.6.7", "5.7.1", "5.7.8", "5.7.9", "5.7.14", "5.7.26", "5.7.28", "5.7.57", "5.7.139", "5.7.515", "5.7.501", "5.7.606", "x", "5", "",
    ];

    public static TheoryData<string, AttemptReport, string> Cases()
    {
        var data = new TheoryData<string, AttemptReport, string>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Dispatch", "verdict-cases.tsv")))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var c = line.Split('\t');
            data.Add(
                c[0],
                new AttemptReport(
                    Enum.Parse<SmtpPhase>(c[1]), c[2] == "yes", Enum.Parse<SmtpEnding>(c[3]), c[4] == "-" ? null : int.Parse(c[4]), c[5] == "-" ? null : c[5], c[6] == "-" ? null : c[6]),
                string.Join(' ', c[7..]));
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_table_says_what_the_engine_says(string sentence, AttemptReport report, string expected)
    {
        var v = SmtpVerdicts.Judge(report);
        var mailbox = v.Mailbox + (v.PauseFor is { } t ? $":{t.TotalHours}h" : "");
        var flags = string.Join(',', new[]
        {
            v.Task == TaskEffect.Pause ? "task" : null, v.DiscardConnection ? "discard" : null, v.BeforeData ? "before_data" : null, v.CountsAsHardRefusal ? "hard" : null,
            v.DomainTemporary ? "domain" : null,
        }.OfType<string>());
        Assert.True(expected == $"{v.Outcome} {v.Reason} {mailbox} {(flags.Length == 0 ? "-" : flags)}", $"{sentence}: {v.Outcome} {v.Reason} {mailbox} {flags}");
    }

    [Fact]
    public void Every_combination_has_a_verdict_and_none_breaks_the_promise()
    {
        foreach (var r in Everything())
        {
            var v = SmtpVerdicts.Judge(r);
            Assert.Matches("^[a-z0-9_]+$", v.Reason);
            Assert.NotEmpty(v.Problem);
            Assert.DoesNotContain(r.Text ?? "\u0001", v.Problem + v.Fix);
            if (v.Outcome == VerdictOutcome.Sent) Assert.True(r is { Dotted: true, Ending: SmtpEnding.Reply, Code: >= 200 and < 300 }, $"sent without a yes: {r}");
            if (!r.Dotted) Assert.True(v.Outcome is not (VerdictOutcome.Sent or VerdictOutcome.Uncertain), $"no dot, yet {v.Outcome}: {r}");
            if (r.Dotted && !DefiniteAnswer(r)) Assert.True(v.Outcome == VerdictOutcome.Uncertain, $"the dot left and nothing definite was said, yet {v.Outcome}: {r}");
            if (r.Dotted && r.Code is 421 && r.Ending == SmtpEnding.Reply) Assert.Equal(VerdictOutcome.Uncertain, v.Outcome);
            if (v.PauseFor is not null) Assert.Equal(MailboxEffect.Pause, v.Mailbox);
            if (r.Phase <= SmtpPhase.Ready && !r.Dotted) Assert.False(v.CountsAsHardRefusal || v.DomainTemporary, $"no recipient was touched: {r}");
            if (v.CountsAsHardRefusal) Assert.Equal(VerdictOutcome.Failed, v.Outcome);
            if (v.DomainTemporary) Assert.True(v.Outcome is VerdictOutcome.Retry or VerdictOutcome.Uncertain);
            if (r.Ending is SmtpEnding.Timeout or SmtpEnding.Lost) Assert.True(v.DiscardConnection);
        }
    }

    [Fact]
    public void Every_line_of_the_table_can_be_reached_by_some_case()
    {
        var told = Cases().Select(c => SmtpVerdicts.Judge(c.Data.Item2)).Select(v => v.Reason + v.Outcome).ToHashSet();
        using var reader = new StreamReader(typeof(SmtpVerdicts).Assembly.GetManifestResourceStream("verdicts.tsv")!);
        var lines = reader.ReadToEnd().Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split('\t')).ToList();
        var missing = lines.Select(c => c[7] + c[6]).Where(k => !told.Contains(k)).Distinct();
        Assert.Empty(missing);
    }

    [Fact]
    public void Problems_are_sentences_without_provider_banners()
    {
        foreach (var r in Everything().Take(4000))
        {
            var v = SmtpVerdicts.Judge(r);
            Assert.EndsWith(".", v.Problem);
            Assert.True(v.Fix.Length == 0 || v.Fix.EndsWith('.'), v.Fix);
            Assert.DoesNotMatch(new Regex(@"\b\d{3}[ -]\d\.\d\.\d", RegexOptions.NonBacktracking), v.Problem + v.Fix);
        }
    }

    private static bool DefiniteAnswer(AttemptReport r) =>
        r is { Ending: SmtpEnding.Reply, Code: >= 200 and < 300 or (>= 400 and < 600 and not 421) } && (r.Code < 300 || r.Enhanced is null || r.Enhanced.Split('.') is not [_, "4", _] || (r.Enhanced == "5.4.5" && r.Code >= 500));

    private static IEnumerable<AttemptReport> Everything() =>
        from phase in Enum.GetValues<SmtpPhase>()
        from dotted in new[] { false, true }
        from ending in Enum.GetValues<SmtpEnding>()
        from code in Codes
        from enhanced in Enhanced
        from text in new[] { null, "Daily user sending limit exceeded" }
        select new AttemptReport(phase, dotted, ending, code, enhanced, text);
}
