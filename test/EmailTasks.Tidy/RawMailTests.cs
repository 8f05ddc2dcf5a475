using System.Text.RegularExpressions;

namespace EmailTasks.Tidy;

/// <summary>Raw mail comes from strangers: what takes it apart stands behind the bounds of one place.</summary>
public sealed class RawMailTests
{
    /// <summary>The place.</summary>
    private const string Parser = "src/EmailTasks.Server/Inbound/ParsedMail.cs";

    private static readonly Regex Loads = new(
        @"\b(MimeMessage|MimeEntity|HeaderList|MessagePart|Multipart)\s*\.\s*(Load|LoadAsync)\b|\bnew\s+(Experimental)?(MimeParser|MimeReader)\b|\b(MimeParser|MimeReader)\s+\w+\s*=\s*new\b");

    [Fact]
    public void Only_one_place_parses_raw_mail()
    {
        Assert.Contains(Repo.Lines(Parser), l => Loads.IsMatch(l));
        Findings.None(
            from file in Repo.Sources("src")
            where file != Parser
            from line in Repo.Lines(file).Select((text, at) => (Text: text, At: at + 1))
            where Loads.IsMatch(line.Text)
            select $"{file}:{line.At}: {line.Text.Trim()}");
    }
}
