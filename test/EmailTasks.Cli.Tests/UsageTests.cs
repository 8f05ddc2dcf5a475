using System.Text;
using System.Text.Json;

namespace EmailTasks.Cli.Tests;

/// <summary>Bad usage is one envelope and exit 2, and says what was meant.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("emial list", "noxinfluencer email list")]
    [InlineData("email recipient list", "email recipients list")]
    [InlineData("email lst", "email list")]
    [InlineData("email approve tsk_1", "Known after `email`")]
    [InlineData("nonsense", "Known: email")]
    [InlineData("email resend tsk_1", "email copy")]
    [InlineData("email resend tsk_1 --force", "email copy")]
    [InlineData("schema email resend", "email copy")]
    [InlineData("schema email creat", "email create")]
    [InlineData("schema email create more", "schema \\\"email create\\\"")]
    [InlineData("email list --keywrd x", "--keyword")]
    [InlineData("email list --page-siz 3", "--page_size")]
    [InlineData("email get --wiat settled tsk_1", "--wait")]
    [InlineData("email get -x", "no option -x")]
    [InlineData("email get", "<task_id>")]
    [InlineData("email get tsk_1 tsk_2", "no place for")]
    [InlineData("email get prd_1", "product id")]
    [InlineData("email get tsk_1 --wait forever", "settled")]
    [InlineData("email list --page_size ten", "whole number")]
    [InlineData("email list --page_size 101", "100")]
    [InlineData("email list --page_size 0", "1")]
    [InlineData("email list --page_size", "needs a value")]
    [InlineData("email list --status draft,odd", "odd")]
    [InlineData("email list --keyword a --keyword b", "twice")]
    [InlineData("email create", "--body-file")]
    [InlineData("email create --body-file nowhere.json", "no file")]
    [InlineData("email create --body-file /", "folder")]
    [InlineData("email delete tsk_1 --body-file x.json", "--body-file")]
    [InlineData("email send tsk_1 --plan short", "12")]
    [InlineData("email cancel tsk_1 --plan p1aaaaaaaaaaaaaaa", "no --plan")]
    [InlineData("email send tsk_1 --force=false", "takes no value")]
    [InlineData("email send tsk_1 --dry-run=false --force", "takes no value")]
    [InlineData("email send tsk_1 --idempotency-key short", "8 to 128")]
    [InlineData("email list --timeout soon", "seconds")]
    [InlineData("email list --timeout -1", "seconds")]
    [InlineData("email list --json --plain", "exclude")]
    [InlineData("email list --field data.item[0]", "data.item[0]")]
    [InlineData("email list --field a[b]", "not a path")]
    [InlineData("email list --server http://mail.example", "https")]
    [InlineData("email list --server ftp://127.0.0.1", "address of a server")]
    [InlineData("email list --server https://user:pw@mail.example", "address of a server")]
    [InlineData("email preview tsk_1 --output x.pdf", ".eml")]
    [InlineData("email copy tsk_1 --body-file - --name x --body-file -", "twice")]
    [InlineData("mailbox connect --body-file - --secret-stdin", "standard input")]
    [InlineData("email content save tsk_1 --html-file - --text-file -", "standard input")]
    [InlineData("@file", "no command")]
    [InlineData("[suggest] email", "no command")]
    [InlineData("-1 email list", "-1")]
    public void Bad_usage_is_one_envelope_with_a_way_out(string line, string words)
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        var ran = cli.Run(line.Split(' '));
        Assert.Equal(2, ran.Exit);
        Assert.False(ran.Json.GetProperty("success").GetBoolean());
        if (line != "email list --json --plain") Assert.Equal("INVALID_REQUEST", ran.ErrorCode);
        Assert.Contains(words, ran.Words);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void Global_options_stand_before_or_after_the_words()
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        foreach (var line in new[] { "--force email delete tsk_1", "email --force delete tsk_1", "email delete --force tsk_1", "email delete tsk_1 --force", "--timeout 9 email delete tsk_1 --force" })
        {
            Assert.Equal(0, cli.Run(line.Split(' ')).Exit);
            Assert.Equal("/v1/email-tasks/tsk_1?dry_run=false", server.Requests.Last().Target);
        }
    }

    [Fact]
    public void Help_and_version_never_act()
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        Assert.Contains("Usage:", cli.Run("email", "delete", "tsk_1", "--force", "--help").Out);
        Assert.Matches("^noxinfluencer [0-9]+\\.[0-9]+\\.[0-9]+\n$", cli.Run("--version").Out);
        Assert.Equal(0, cli.Run("email", "delete", "tsk_1", "--force", "--version").Exit);
        Assert.True(cli.Run("--version", "--json").Json.GetProperty("success").GetBoolean());
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void Broken_utf8_and_huge_arguments_are_refused_or_sent_but_never_a_crash()
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        Assert.Equal(2, cli.Run("email", "list", "--keyword", new string('x', 100_000)).Exit);
        Assert.Equal(2, cli.Run(new string('y', 100_000)).Exit);
        Assert.Equal(2, cli.Run("email", new string('y', 100_000)).Exit);
        Assert.Equal(2, cli.Run("email", "list", "--" + new string('z', 100_000)).Exit);
        Assert.Equal(2, cli.Run("email", "create", "--body-file", new string('p', 100_000)).Exit);
        Assert.Equal(2, cli.Run([.. Enumerable.Repeat("a", 20_000)]).Exit);
        Assert.Equal(2, cli.Run("").Exit);
        Assert.Equal(2, cli.Run("email", "get", "").Exit);
        using var process = cli.Start(["-c", $"'{Cli.Binary}' email list --keyword $(printf 'a\\377\\376b'); '{Cli.Binary}' $(printf '\\377\\300')"], "/bin/sh");
        process.StandardInput.Close();
        var text = process.StandardOutput.ReadToEnd();
        Assert.Equal(2, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(l => JsonDocument.Parse(l) is not null));
    }

    [Theory]
    [InlineData("email get ..", "/v1/email-tasks/%252E%252E")]
    [InlineData("email get a/b?c#d", "/v1/email-tasks/a%2Fb%3Fc%23d")]
    public void An_id_can_not_become_another_route(string line, string target)
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        cli.Run(line.Split(' '));
        Assert.Equal(target, server.Only.Target);
    }

    [Fact]
    public void A_closed_or_full_stdout_is_no_stack_trace()
    {
        using var cli = new Cli();
        using var process = cli.Start(["-c", $"'{Cli.Binary}' schema --all >/dev/full; echo $?; '{Cli.Binary}' schema --all | head -c 1 >/dev/null; '{Cli.Binary}' env >&-; echo done"], "/bin/sh");
        process.StandardInput.Close();
        var err = process.StandardError.ReadToEndAsync();
        Assert.Equal("2\ndone\n", process.StandardOutput.ReadToEnd());
        Assert.DoesNotMatch(@"(?m)^\s+at [A-Z]\w*\.", err.Result);
    }

    [Fact]
    public void A_group_alone_lists_its_commands()
    {
        using var cli = new Cli();
        var ran = cli.Run("email", "recipients");
        Assert.Equal(0, ran.Exit);
        var known = EmailTasks.Contracts.Catalogue.All.Count(o => o.Command.StartsWith("email recipients ", StringComparison.Ordinal));
        Assert.Equal(known + 1, ran.Json.GetProperty("data").GetProperty("items").GetArrayLength()); // and import-file, which the command line does
        Assert.Equal(0, cli.Run().Exit);
        Assert.Equal(Encoding.UTF8.GetByteCount(ran.Out), ran.Out.Length);
    }
}
