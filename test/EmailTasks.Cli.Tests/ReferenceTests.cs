
namespace EmailTasks.Cli.Tests;

/// <summary>The reference and the man page are those of the catalogue.</summary>
public sealed class ReferenceTests
{
    [Theory]
    [InlineData("commands.md")]
    [InlineData("noxinfluencer.1")]
    public void What_stands_in_docs_is_what_the_catalogue_says(string name)
    {
        using var cli = new Cli();
        Assert.Equal(0, cli.Run("schema", "--reference", cli.Folder).Exit);
        var docs = Repository.At("docs");
        Assert.True(File.ReadAllText(Path.Combine(cli.Folder, name)) == File.ReadAllText(Path.Combine(docs, name)),
            $"docs/{name} is not what the catalogue says. Run: ./build.sh && out/noxinfluencer schema --reference docs");
    }

    [Fact]
    public void A_folder_that_is_not_there_is_refused()
    {
        using var cli = new Cli();
        Assert.Equal(2, cli.Run("schema", "--reference", "nowhere").Exit);
    }
}
