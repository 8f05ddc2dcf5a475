using System.Text.RegularExpressions;

namespace EmailTasks.Tidy;

/// <summary>Where a line for somebody else to run may come from, and that none of them is forced.</summary>
public sealed class NextStepTests
{
    /// <summary>Who may force a step: the value itself, the call whose dry run is answered, and the command line about its own import.</summary>
    private static readonly string[] Force = ["src/EmailTasks.Contracts/NextStep.cs", "src/EmailTasks.Server/Http/Call.cs", "src/EmailTasks.Cli/Commands/ImportCommand.cs"];

    [Fact]
    public void No_sentence_holds_a_ready_forced_line() =>
        Findings.None(Lines("src", @"(noxinfluencer|\{Product\.Name\}|NextStep\.\w+\([^""]*\)\}?) (?:[^""`]|\\"")*--force"));

    [Fact]
    public void Only_the_call_itself_is_forced() =>
        Findings.None(Lines("src", @"\.Forced\(\)|\.ItsForcedCall\(").Where(f => !Force.Append("src/EmailTasks.Server/Http/Gate.cs").Append("src/EmailTasks.Server/Features/Sending/PlanAnswer.cs").Any(a => f.StartsWith(a + ":", StringComparison.Ordinal))));

    [Fact]
    public void What_is_offered_as_a_step_is_no_text() =>
        Findings.None(Lines("src/EmailTasks.Server/Features", @"Done\([^;]*\$?""noxinfluencer "));

    [Fact]
    public void Nothing_that_is_said_leads_to_an_admin_s_key() =>
        Findings.None(Lines("src", @"""[^""]* [^""]*admin\.key|admin\.key [^""]*"""));

    private static IEnumerable<string> Lines(string folder, string pattern) =>
        from file in Repo.Sources(folder)
        from line in Repo.Lines(file).Select((text, at) => (Text: text, At: at + 1))
        where !line.Text.TrimStart().StartsWith("///", StringComparison.Ordinal) && Regex.IsMatch(line.Text, pattern, RegexOptions.None, TimeSpan.FromSeconds(1))
        select $"{file}:{line.At}: {line.Text.Trim()}";
}
