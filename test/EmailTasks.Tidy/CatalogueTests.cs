namespace EmailTasks.Tidy;

/// <summary>An operation exists once, and everything that belongs to it exists too.</summary>
public sealed class CatalogueTests
{
    private static readonly string Catalogue = Repo.Text("src/EmailTasks.Contracts/Catalogue.cs");
    private static readonly string Handlers = Repo.Text("src/EmailTasks.Server/Features/Handlers.cs");

    [Fact]
    public void Operations_are_found_in_the_source()
    {
        Assert.True(Operations.All.Count >= 39, $"Only {Operations.All.Count} found: has the form of the catalogue changed?");
        Assert.Contains("email templates apply", Operations.Words);
        Assert.Contains(Operations.All, o => o.Command == "product create" && o.HasBody);
        Assert.Contains(Operations.All, o => o.Command == "email cancel" && !o.HasBody);
    }

    [Fact]
    public void Every_operation_stands_in_the_catalogue_once() =>
        Findings.None(Operations.All.Where(o => Count(Catalogue, o.Reference) != 1).Select(o => o.Reference));

    [Fact]
    public void Every_operation_has_one_handler() =>
        Findings.None(Operations.All.Where(o => Count(Handlers, $"Handler.Of({o.Reference}") != 1).Select(o => o.Reference));

    [Fact]
    public void Every_operation_with_a_body_has_an_example() =>
        Findings.None(Operations.All.Where(o => o.HasBody && !o.Source.Contains("Example = ", StringComparison.Ordinal)).Select(o => o.Reference));

    [Fact]
    public void Every_operation_appears_in_a_test()
    {
        var tests = string.Concat(Repo.Sources("test").Where(f => !f.StartsWith("test/EmailTasks.Tidy/", StringComparison.Ordinal)).Select(Repo.Text));
        // Tests that walk the catalogue name no operation, and meet every one.
        var walked = tests.Contains("Catalogue.All", StringComparison.Ordinal);
        Findings.None(Operations.All.Where(o => !walked && !tests.Contains(o.Reference, StringComparison.Ordinal) && !tests.Contains(o.Command, StringComparison.Ordinal)).Select(o => o.Reference));
    }

    [Fact]
    public void No_two_operations_share_a_command() =>
        Findings.None(Operations.All.GroupBy(o => o.Command).Where(g => g.Count() > 1).Select(g => g.Key));

    private static int Count(string text, string word)
    {
        var count = 0;
        for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(word, at + word.Length, StringComparison.Ordinal))
        {
            if (at + word.Length == text.Length || !char.IsLetterOrDigit(text[at + word.Length])) count++;
        }
        return count;
    }
}
