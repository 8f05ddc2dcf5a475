using System.Text.RegularExpressions;

namespace EmailTasks.Tidy;

/// <summary>The habits of the house that a machine can see.</summary>
public sealed partial class HouseTests
{
    private const int LinesMax = 250;

    /// <summary>Files that may be longer, each with its reason.</summary>
    private static readonly Dictionary<string, string> Longer = new(StringComparer.Ordinal)
    {
        ["LICENSE"] = "the licence's own text",
        ["docs/commands.md"] = "generated from the catalogue",
        ["test/EmailTasks.Store.Tests/KernelTests.cs"] = "one kernel, operation by operation",
        ["test/EmailTasks.Store.Tests/WriterTests.cs"] = "one writer, failure by failure",
        ["test/EmailTasks.Testing/Smtp/SinkConnection.cs"] = "one SMTP dialogue, command by command",
    };

    /// <summary>Files whose subject is left-over markers.</summary>
    private static readonly string[] SpeakOfMarkers =
    [
        "src/EmailTasks.Server/Message/Content.cs", "src/EmailTasks.Server/Message/LeftOverMarkers.cs", "test/EmailTasks.Server.Tests/Message/ContentCompilerTests.cs",
        "test/EmailTasks.Tidy/HouseTests.cs",
    ];

    private static readonly Dictionary<string, string> Licences = new(StringComparer.Ordinal)
    {
        ["CsCheck"] = "Apache-2.0",
        ["Dapper"] = "Apache-2.0",
        ["DnsClient"] = "Apache-2.0",
        ["HtmlSanitizer"] = "MIT",
        ["MailKit"] = "MIT",
        ["Meziantou.Analyzer"] = "MIT",
        ["Microsoft.CodeAnalysis.BannedApiAnalyzers"] = "MIT",
        ["Microsoft.Data.Sqlite"] = "MIT",
        ["Microsoft.Extensions.TimeProvider.Testing"] = "MIT",
        ["MimeKit"] = "MIT",
        ["Npgsql"] = "PostgreSQL",
        ["System.CommandLine"] = "MIT",
        ["System.Security.Cryptography.Pkcs"] = "MIT",
        ["xunit.v3"] = "Apache-2.0",
        ["xunit.v3.extensibility.core"] = "Apache-2.0",
    };

    private static readonly string[] AllowedLicences = ["Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "PostgreSQL"];

    [Fact]
    public void No_file_is_longer_than_a_thought()
    {
        Findings.None(
            from file in Repo.TextFiles
            where IsWritten(file) && !Longer.ContainsKey(file)
            let lines = Repo.Lines(file).Length
            where lines > LinesMax
            select $"{file} has {lines} lines: split it, or list it with a reason");
        Findings.None(Longer.Keys.Where(f => !Repo.Files.Contains(f)).Select(f => $"{f} is listed as long and is not there"));
    }

    [Fact]
    public void Nothing_is_left_to_do_in_a_comment() =>
        Findings.None(Found(f => IsWritten(f) && !SpeakOfMarkers.Contains(f), LeftOver()));

    [Fact]
    public void Nothing_is_secret_and_nothing_tells_of_a_machine() =>
        Findings.None(Found(f => f != "LICENSE" && f != "test/EmailTasks.Tidy/HouseTests.cs", Telling()));

    [Fact]
    public void Scripts_can_be_run_and_say_how()
    {
        var executable = Repo.Git("ls-files", "-s").Where(l => l.StartsWith("100755 ", StringComparison.Ordinal)).Select(l => l.Split('\t')[1]).ToHashSet();
        var scripts = Repo.Git("ls-files").Where(f => f.EndsWith(".sh", StringComparison.Ordinal) || f == ".ci/run").ToList();
        Assert.Contains("build.sh", scripts);
        Findings.None(scripts.Where(f => !executable.Contains(f)).Select(f => $"{f} is not executable"));
        Findings.None(scripts.Where(f => !Repo.Lines(f)[0].StartsWith("#!", StringComparison.Ordinal)).Select(f => $"{f} does not say who runs it"));
        Findings.None(executable.Except(scripts).Select(f => $"{f} is executable and is no script"));
    }

    [Fact]
    public void Clocks_and_chance_are_banned_outside_composition()
    {
        Assert.Contains("AdditionalFiles Include=\"$(MSBuildThisFileDirectory)BannedSymbols.txt\"", Repo.Text("Directory.Build.props"), StringComparison.Ordinal);
        Assert.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", Repo.Text("Directory.Build.props"), StringComparison.Ordinal);
        Assert.Contains("<TreatWarningsAsErrors>true</TreatWarningsAsErrors>", Repo.Text("Directory.Build.props"), StringComparison.Ordinal);
        var banned = Repo.Text("BannedSymbols.txt");
        string[] wanted = ["P:System.DateTime.UtcNow", "P:System.DateTimeOffset.UtcNow", "M:System.Guid.NewGuid", "P:System.Random.Shared", "M:System.Threading.Tasks.Task.Delay(System.TimeSpan)"];
        Findings.None(wanted.Where(w => !banned.Contains(w, StringComparison.Ordinal)));
        Findings.None(Found(f => f.StartsWith("src/", StringComparison.Ordinal), SwitchedOff()));
    }

    /// <summary>With <c>CI=true</c> it is <c>/_/…</c>: tests that found their files by it passed by hand and failed where it counts.</summary>
    [Fact]
    public void Nobody_asks_the_compiler_where_a_file_lies() =>
        Findings.None(Found(f => f.EndsWith(".cs", StringComparison.Ordinal) && f != "test/EmailTasks.Tidy/HouseTests.cs" && f != "test/EmailTasks.Testing/Repository.cs", SourcePath()));

    [Fact]
    public void Every_package_has_a_licence_that_may_be_used()
    {
        var packages = Package().Matches(Repo.Text("Directory.Packages.props")).Select(m => m.Groups["name"].Value).ToList();
        Findings.None(packages.Where(p => !Licences.TryGetValue(p, out var licence) || !AllowedLicences.Contains(licence)).Select(p => $"{p}: look up its licence and list it here"));
        Findings.None(Licences.Keys.Except(packages).Select(p => $"{p} is listed and not used"));
    }

    [Fact]
    public void The_licence_is_the_one_that_packages_carry()
    {
        Assert.Contains("Apache License", Repo.Text("LICENSE"), StringComparison.Ordinal);
        Assert.Contains("<PackageLicenseExpression>Apache-2.0</PackageLicenseExpression>", Repo.Text("Directory.Build.props"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_told_by_the_changelog()
    {
        var version = Version().Match(Repo.Text("Directory.Build.props")).Groups["version"].Value;
        Assert.Contains($"## [{version}]", Repo.Text("CHANGELOG.md"), StringComparison.Ordinal);
    }

    private static bool IsWritten(string file) => Path.GetExtension(file) is ".cs" or ".sh" or ".sql" or ".md" or ".csproj" or ".props" or "" && file != "LICENSE";

    private static IEnumerable<string> Found(Func<string, bool> isMeant, Regex pattern) =>
        from file in Repo.TextFiles
        where isMeant(file)
        from line in Repo.Lines(file).Select((text, at) => (Text: text, At: at + 1))
        where pattern.IsMatch(line.Text)
        select $"{file}:{line.At}: {line.Text.Trim()}";

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|\bNotImplementedException\b")]
    private static partial Regex LeftOver();

    // Absolute paths of somebody's machine, package registries, keys.
    [GeneratedRegex(@"(?<![\w.{])/(home|Users|root|work|mnt)/\w|/tmp/\w|[A-Z]:\\\w|\bnuget\.org\b|\bpkgs\.\w|\bartifactory\b|BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30}|\bnox_[0-9a-z]{20,}_[0-9a-f]{64}")]
    private static partial Regex Telling();

    [GeneratedRegex(@"#pragma warning disable.*RS0030|SuppressMessage.*RS0030")]
    private static partial Regex SwitchedOff();

    [GeneratedRegex(@"\bCallerFilePath")]
    private static partial Regex SourcePath();

    [GeneratedRegex(@"<PackageVersion Include=""(?<name>[^""]+)""")]
    private static partial Regex Package();

    [GeneratedRegex("<Version>(?<version>[^<]+)</Version>")]
    private static partial Regex Version();
}
