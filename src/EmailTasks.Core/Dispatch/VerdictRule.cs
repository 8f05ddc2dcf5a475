using System.Collections.Immutable;
using System.Globalization;

namespace EmailTasks.Core.Dispatch;

/// <summary>One line of <c>verdicts.tsv</c>: six conditions and what follows when all of them hold. An empty list holds always.</summary>
internal sealed record VerdictRule(
    ImmutableArray<SmtpPhase> Phases,
    bool? Dotted,
    ImmutableArray<SmtpEnding> Endings,
    ImmutableArray<string> Codes,
    ImmutableArray<ImmutableArray<string>> Enhanced,
    ImmutableArray<string> Words,
    VerdictOutcome Outcome,
    string Reason,
    MailboxEffect Mailbox,
    TimeSpan? PauseFor,
    TaskEffect Task,
    bool Hard,
    bool Domain,
    string Problem,
    string Fix)
{
    private const int Columns = 14;

    /// <summary>Reads one line; the columns are explained at the top of the file. A word nobody knows is a bug and throws.</summary>
    public static VerdictRule Parse(string line)
    {
        var c = line.Split('\t');
        if (c.Length != Columns) throw new FormatException($"verdicts.tsv: {c.Length} columns instead of {Columns}: {line}");
        var flags = c[11].Split(',');
        return new VerdictRule(
            [.. List(c[0]).SelectMany(Phase)],
            c[1] switch { "yes" => true, "no" => false, "*" => null, _ => throw new FormatException($"verdicts.tsv: dot {c[1]}") },
            [.. List(c[2]).Select(Enum.Parse<SmtpEnding>)],
            [.. List(c[3])],
            [.. List(c[4]).Select(e => e.Split('.').ToImmutableArray())],
            [.. List(c[5], '|')],
            Enum.Parse<VerdictOutcome>(c[6]),
            c[7],
            Enum.Parse<MailboxEffect>(c[8]),
            Hours(c[9]),
            Enum.Parse<TaskEffect>(c[10]),
            Hard: flags.Contains("hard"),
            Domain: flags.Contains("domain"),
            c[12],
            c[13] == "-" ? "" : c[13]);
    }

    /// <summary>Whether every condition of this line holds.</summary>
    /// <param name="r">The facts.</param>
    /// <param name="code">The reply code's digits, empty without one.</param>
    /// <param name="enhanced">The enhanced code's three numbers, empty without one.</param>
    public bool Matches(AttemptReport r, string code, string[] enhanced)
    {
        if (Dotted is { } dotted && dotted != r.Dotted) return false;
        if (!Endings.IsEmpty && !Endings.Contains(r.Ending)) return false;
        if (!Phases.IsEmpty && !Phases.Contains(r.Phase)) return false;
        return AnyCode(code) && AnyEnhanced(enhanced) && AnyWord(r.Text);
    }

    private bool AnyCode(string code)
    {
        if (Codes.IsEmpty) return true;
        foreach (var pattern in Codes)
            if (SameDigits(pattern, code))
                return true;
        return false;
    }

    /// <summary>A lone x stands for a whole number, an x among digits for one digit: <c>x.4.x</c>, <c>5.7.5xx</c>.</summary>
    private bool AnyEnhanced(string[] enhanced)
    {
        if (Enhanced.IsEmpty) return true;
        if (enhanced.Length != 3) return false;
        foreach (var pattern in Enhanced)
            if (SameNumber(pattern[0], enhanced[0]) && SameNumber(pattern[1], enhanced[1]) && SameNumber(pattern[2], enhanced[2]))
                return true;
        return false;
    }

    private bool AnyWord(string? text)
    {
        if (Words.IsEmpty) return true;
        foreach (var word in Words)
            if (text is not null && text.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static bool SameNumber(string pattern, string number) => pattern == "x" || SameDigits(pattern, number);

    private static bool SameDigits(string pattern, string digits)
    {
        if (pattern.Length != digits.Length) return false;
        for (var i = 0; i < pattern.Length; i++)
            if (pattern[i] != 'x' && pattern[i] != digits[i])
                return false;
        return true;
    }

    private static IEnumerable<string> List(string column, char separator = ',') => column == "*" ? [] : column.Split(separator);

    /// <summary><c>Mail</c>, or a range such as <c>Rcpt-Dot</c>.</summary>
    private static IEnumerable<SmtpPhase> Phase(string pattern)
    {
        var ends = pattern.Split('-');
        var (first, last) = (Enum.Parse<SmtpPhase>(ends[0]), Enum.Parse<SmtpPhase>(ends[^1]));
        return Enum.GetValues<SmtpPhase>().Where(p => p >= first && p <= last);
    }

    private static TimeSpan? Hours(string text) =>
        text == "-" ? null : TimeSpan.FromHours(int.Parse(text.TrimEnd('h'), CultureInfo.InvariantCulture));
}
