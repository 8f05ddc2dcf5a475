using Xunit;

namespace EmailTasks.Cli.Tests;

/// <summary>Nobody answers: what is suggested depends on whether somebody had chosen that server.</summary>
public sealed class UnreachableTests
{
    [Theory]
    [InlineData("env")]
    [InlineData("key")]
    [InlineData("config")]
    [InlineData("option")]
    [InlineData("nothing")]
    public void Only_where_no_server_was_chosen_a_new_one_is_suggested(string chosen)
    {
        using var cli = new Cli();
        const string nobody = "http://127.0.0.1:1";
        if (chosen == "env") cli.Environment["NOXINFLUENCER_SERVER_URL"] = nobody;
        if (chosen == "key") cli.Environment["NOXINFLUENCER_API_KEY"] = Cli.Key;
        if (chosen == "config")
        {
            Directory.CreateDirectory(Path.Combine(cli.Folder, ".noxinfluencer"));
            cli.File(".noxinfluencer/config.json", $$$$"""{"current":"{{{{nobody}}}}","servers":{"{{{{nobody}}}}":{"api_key":"{{{{Cli.Key}}}}"}}}""");
        }
        foreach (var command in new[] { "list", "doctor" })
        {
            var ran = cli.Run([.. command == "doctor" ? new[] { "doctor" } : ["email", "list"], .. chosen == "option" ? new[] { "--server", nobody } : []]);
            Assert.NotEqual(0, ran.Exit);
            Assert.Equal(chosen == "nothing", ran.Words.Contains("noxinfluencer serve", StringComparison.Ordinal));
            Assert.DoesNotContain("admin.key", ran.Words);
        }
    }
}
