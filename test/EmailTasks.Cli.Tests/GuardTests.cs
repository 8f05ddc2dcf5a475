namespace EmailTasks.Cli.Tests;

/// <summary><c>--enable-commands</c>: what is not listed does not run.</summary>
public sealed class GuardTests
{
    [Theory]
    [InlineData("email list", "email get,email list", null, 0)]
    [InlineData("email list", "email", null, 0)]
    [InlineData("email list", "email.list", null, 0)]
    [InlineData("email content templates list", "email templates", null, 0)]
    [InlineData("email templates apply tpl_1", "email content templates apply", null, 12)]
    [InlineData("email list", "email get", null, 12)]
    [InlineData("email list", "emai", null, 12)]
    [InlineData("email list", "email lis", null, 12)]
    [InlineData("email list", null, "email get", 12)]
    [InlineData("email list", null, "email", 0)]
    [InlineData("email list", "email", "product", 12)]
    [InlineData("email list", "email,product", "product,email list", 0)]
    [InlineData("email list", null, "", 0)]
    [InlineData("email recipients import-file tsk_1", "email recipients add", null, 12)]
    [InlineData("serve", "email", null, 12)]
    [InlineData("auth logout", "email", null, 12)]
    [InlineData("schema", "email", null, 0)]
    [InlineData("agent exit-codes", null, "email", 0)]
    [InlineData("env", "email", "email", 0)]
    [InlineData("completion bash", "email", null, 0)]
    public void A_command_outside_the_list_is_refused(string line, string? option, string? variable, int exit)
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        cli.Environment["NOXINFLUENCER_ENABLE_COMMANDS"] = variable;
        var ran = cli.Run([.. line.Split(' '), .. option is null ? [] : new[] { "--enable-commands", option }]);
        if (line.Contains("apply", StringComparison.Ordinal)) exit = 2; // enabled, and its body is missing
        Assert.Equal(exit, ran.Exit);
        if (exit != 12) return;
        Assert.Equal("COMMAND_NOT_ENABLED", ran.ErrorCode);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("--enable_commands=product email list")]
    [InlineData("email --enable-commands product list")]
    [InlineData("email list --enable-commands=product")]
    public void It_is_read_in_every_spelling(string line)
    {
        using var cli = new Cli();
        Assert.Equal(12, cli.Run(line.Split(' ')).Exit);
    }
}
