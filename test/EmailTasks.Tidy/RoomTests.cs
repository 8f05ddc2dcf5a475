using System.Text.RegularExpressions;

namespace EmailTasks.Tidy;

/// <summary>What a room never says, and why it does not.</summary>
/// <param name="Folder">The room.</param>
/// <param name="Never">A pattern over its sources.</param>
public sealed record RoomRule(string Folder, string Never, string Because)
{
    public override string ToString() => $"{Folder}: {Because}";
}

/// <summary>Each room answers one question; these words would answer another's.</summary>
public sealed class RoomTests
{
    private const string Sql = @"(?i:\bselect\b.+\bfrom\b|\binsert into\b|\bdelete from\b|\bupdate \w+ set\b)|\bDapper\b|\bSqliteCommand\b";
    private const string MailLibraries = @"\b(MailKit|MimeKit)\b";
    private const string HttpTypes = @"\bHttpContext\b|\bMicrosoft\.AspNetCore\b";

    private static readonly RoomRule[] Rules =
    [
        new("src/EmailTasks.Contracts", @"^(?:global )?using (?!System\b|EmailTasks\.Contracts\b)", "references the base library only"),
        new("src/EmailTasks.Contracts", $"{Sql}|{HttpTypes}|{MailLibraries}", "knows no SQL, HTTP server or mail"),
        new("src/EmailTasks.Core", @"^(?:global )?using (?!(?:static )?System\b|EmailTasks\.Core\b)", "references the base library only"),
        new("src/EmailTasks.Core", @"\basync\b|\bawait\b|\bILogger\b", "decides at once and logs nothing"),
        new("src/EmailTasks.Core", @"\bUtcNow\b|\bDateTime(Offset)?\.(Now|Today)\b|\bTimeProvider\b|\bStopwatch\b|\bRandom\b|\bNewGuid\b", "takes time and randomness as values"),
        new("src/EmailTasks.Core", $@"\bSystem\.Text\.Json\b|\bJson\w*\b|{Sql}|\bSystem\.Net\.(Http|Sockets)\b", "knows no JSON, SQL or network"),
        new("src/EmailTasks.Server/Http", $@"{Sql}|{MailLibraries}|\bServer\.(Features|Dispatch|Wire|Message)\b", "is the gate, for all features alike"),
        new("src/EmailTasks.Server/Features", $@"{HttpTypes}|{MailLibraries}|\bChannel(Reader|Writer)?<|\bSystem\.Threading\.Channels\b|\bSystem\.Net\.", "reaches a decision and the store, nothing else"),
        new("src/EmailTasks.Server/Message", $@"{Sql}|\bUtcNow\b|\bTimeProvider\b|\bSystem\.Net\.(?!Mime\b)|\bHttpClient\b|\bServer\.(Storage|Features|Http|Wire)\b|\bServer\.Dispatch\b", "is a pure function from plan and recipient to a message"),
        new("src/EmailTasks.Server/Wire", $@"{Sql}|{HttpTypes}|\b(RecipientState|MailTaskStatus|SendWindow|Pacing|PaceLimits)\b|\bServer\.(Features|Http)\b", "talks to servers; when and whom is decided elsewhere"),
        new("src/EmailTasks.Server/Dispatch", $@"{HttpTypes}|\bEmailTasks\.Contracts\b|\bServer\.(Http|Features)\b", "knows neither HTTP nor wire records"),
        new("src/EmailTasks.Server/Tracking", $@"{Sql}|{MailLibraries}|\bEmailTasks\.Contracts\b|\bServer\.(Http|Features|Wire|Message)\b", "answers mail programs, and knows neither wire records nor mail"),
        new("src/EmailTasks.Server/Storage", $@"{HttpTypes}|{MailLibraries}|\bServer\.(Features|Http|Dispatch|Wire|Message)\b|\b(TaskDecisions|FinishRules|SmtpVerdicts)\b", "keeps what others decide"),
        new("src/EmailTasks.Server/Storage", @"['""](draft|scheduled|sending|sent|cancelled|pending|handed|failed|uncertain|suppressed|expired)['""]", "names states by their enum, not by a literal"),
        new("src/EmailTasks.Cli", $@"\bEmailTasks\.(Core|Server)\b|{Sql}|{MailLibraries}", "knows what was typed, no rules"),
    ];

    private static readonly (string Project, string[] Projects, string[] Packages)[] References =
    [
        ("src/EmailTasks.Contracts/EmailTasks.Contracts.csproj", [], []),
        ("src/EmailTasks.Core/EmailTasks.Core.csproj", [], []),
        ("src/EmailTasks.Cli/EmailTasks.Cli.csproj", ["EmailTasks.Contracts"], ["System.CommandLine"]),
        ("src/EmailTasks.Server/EmailTasks.Server.csproj", ["EmailTasks.Contracts", "EmailTasks.Core"],
            ["MailKit", "System.Security.Cryptography.Pkcs", "HtmlSanitizer", "DnsClient", "Microsoft.Data.Sqlite", "Npgsql", "Dapper"]),
        ("test/EmailTasks.Tidy/EmailTasks.Tidy.csproj", [], ["xunit.v3"]),
    ];

    public static TheoryData<RoomRule> AllRules => [.. Rules];

    public static TheoryData<string> Projects => [.. References.Select(r => r.Project)];

    [Theory]
    [MemberData(nameof(AllRules))]
    public void A_room_keeps_to_its_question(RoomRule rule)
    {
        var sources = Repo.Sources(rule.Folder).ToList();
        Assert.NotEmpty(sources);
        Findings.None(
            from file in sources
            from line in Repo.Lines(file).Select((text, at) => (Text: text, At: at + 1))
            where !line.Text.TrimStart().StartsWith("///", StringComparison.Ordinal) && Regex.IsMatch(line.Text, rule.Never)
            select $"{file}:{line.At}: {line.Text.Trim()}");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_what_it_may_and_no_more(string project)
    {
        var (_, projects, packages) = References.Single(r => r.Project == project);
        var text = Repo.Text(project);
        Assert.Equal(projects.Order(), Regex.Matches(text, @"<ProjectReference Include=""[^""]*/([^/""]+)\.csproj""").Select(m => m.Groups[1].Value).Order());
        Assert.Equal(packages.Order(), Regex.Matches(text, @"<PackageReference Include=""([^""]+)""").Select(m => m.Groups[1].Value).Order());
    }

    [Fact]
    public void Every_project_of_the_product_has_its_references_listed() =>
        Findings.None(Repo.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".csproj", StringComparison.Ordinal)).Except(References.Select(r => r.Project)));
}
