using System.Text.RegularExpressions;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>What stands after <c>=&gt;</c>: an outcome for one answer, or how many of the answers at one moment have which.</summary>
internal static partial class Outcomes
{
    /// <summary>Whether one answer is what was expected.</summary>
    public static bool Fits(Answer answer, string expect) => Regex.Split(expect, @" ?\| ?", RegexOptions.None, TimeSpan.FromSeconds(1)).Any(e => Is(answer, e.Trim()));

    /// <summary>What is wrong with answers at the same moment, or null.</summary>
    public static string? Wrong(IReadOnlyList<Answer> answers, string expect)
    {
        if (expect == "any") return null;
        var parts = expect.Split(", else ", 2);
        if (HowMany().Match(parts[0]) is not { Success: true } m) return Wrong(answers, "all " + expect);
        var fit = answers.Where(a => Fits(a, m.Groups["what"].Value)).ToList();
        var n = m.Groups["n"].Success ? int.Parse(m.Groups["n"].Value) : 0;
        var right = m.Groups["how"].Value.Split(' ')[0] switch { "all" => fit.Count == answers.Count, "none" => fit.Count == 0, "exactly" => fit.Count == n, "at" => fit.Count <= n, _ => false };
        var rest = parts.Length == 2 ? answers.Except(fit).FirstOrDefault(a => !Fits(a, parts[1])) : null;
        return right && rest is null ? null : $"{fit.Count} of {answers.Count}{((rest ?? answers.Except(fit).FirstOrDefault()) is { } other ? $"; another was {other}" : "")}";
    }

    private static bool Is(Answer answer, string expect)
    {
        var words = expect.Split(' ');
        return words[0] switch
        {
            "any" => true,
            "ok" => answer.Success,
            "done" => answer is { Success: true, Applied: true, Changed: not false },
            "unchanged" => answer is { Success: true, Applied: true, Changed: false },
            "dry" => answer is { Success: true, Applied: false },
            "refused" => !answer.Success && answer.Code is not (null or "INTERNAL_ERROR"),
            var code => answer.Code == code && (words.Length == 1 || answer.Problems.Contains(words[1], StringComparer.OrdinalIgnoreCase)),
        };
    }

    [GeneratedRegex(@"^(?<how>all|none|exactly (?<n>\d+)|at most (?<n>\d+)) (?<what>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HowMany();
}
