using System.Text.Json;
using Xunit;

namespace EmailTasks.Cli.Tests;

/// <summary>The steps of an answer as lines: they go where this call went, run under what is enabled, and repeat what was typed.</summary>
public sealed class NextLineTests
{
    private const string Listing = """{"operation":"email recipients list","arguments":{"task_id":"tsk_1"},"options":{},"command":"noxinfluencer email recipients list tsk_1"}""";
    private const string Resuming = """{"operation":"email resume","arguments":{"task_id":"tsk_1"},"options":{},"command":"noxinfluencer email resume tsk_1"}""";

    [Theory]
    [InlineData("", "noxinfluencer email recipients list tsk_1", "noxinfluencer email resume tsk_1")]
    [InlineData("--server", "noxinfluencer email recipients list tsk_1 --server {url}", "noxinfluencer email resume tsk_1 --server {url}")]
    [InlineData("--enable-commands=email", "noxinfluencer email recipients list tsk_1 --enable-commands email", "noxinfluencer email resume tsk_1 --enable-commands email")]
    [InlineData("--enable-commands=email pause, email resume", "", "noxinfluencer email resume tsk_1 --enable-commands 'email pause, email resume'")]
    [InlineData("--enable_commands=email.pause", "", "")]
    public void They_keep_server_and_enabled_commands(string option, string next, string undo)
    {
        using var server = new FakeServer(Answer("true", Listing, Resuming));
        using var cli = Cli.For(server);
        var ran = cli.Run(["email", "pause", "tsk_1", "--force", .. option == "--server" ? new[] { option, server.Url } : option.Length > 0 ? [option] : []]);
        Assert.Equal(0, ran.Exit);
        Assert.Equal(next.Replace("{url}", server.Url), Command(ran.Json, "next"));
        Assert.Equal(undo.Replace("{url}", server.Url), Command(ran.Json, "undo"));
        if (option == "--server") Assert.Equal(server.Url, ran.Json.GetProperty("next").GetProperty("options").GetProperty("server").GetString());
    }

    [Fact]
    public void What_the_environment_enables_leaves_out_the_rest()
    {
        using var server = new FakeServer(Answer("true", Listing, Resuming));
        using var cli = Cli.For(server);
        cli.Environment["NOXINFLUENCER_ENABLE_COMMANDS"] = "email pause,email recipients";
        var ran = cli.Run("email", "pause", "tsk_1", "--force");
        Assert.Equal(("noxinfluencer email recipients list tsk_1", ""), (Command(ran.Json, "next"), Command(ran.Json, "undo")));
    }

    [Fact]
    public void After_a_dry_run_the_line_is_what_was_typed_and_takes_a_plan_only_where_there_is_one()
    {
        const string own = """{"operation":"email pause","arguments":{"task_id":"tsk_1"},"options":{"force":true},"command":"noxinfluencer email pause tsk_1 --force"}""";
        using var server = new FakeServer(Answer("false", own, null, """{"task_id":"tsk_1","plan_digest":"p1abcdef0123456789"}"""));
        using var cli = Cli.For(server);
        Assert.Equal("noxinfluencer email pause tsk_1 --force", Command(cli.Run("email", "pause", "tsk_1", "--dry-run").Json, "next"));

        const string copy = """{"operation":"email copy","arguments":{"task_id":"tsk_1"},"options":{"body_file":"<file>","force":true},"command":"noxinfluencer email copy tsk_1 --body-file <file> --force"}""";
        using var copying = new FakeServer(Answer("false", copy, null));
        using var other = Cli.For(copying);
        var ran = other.Run("email", "copy", "tsk_1", "--name", "it's <new>", "--server", copying.Url, "--enable-commands", "email copy");
        Assert.Equal($@"noxinfluencer email copy tsk_1 --name 'it'\''s <new>' --server {copying.Url} --enable-commands 'email copy' --force", Command(ran.Json, "next"));
        Assert.Equal($$"""{"name":"it's <new>","server":"{{copying.Url}}","enable_commands":"email copy","force":true}""", ran.Json.GetProperty("next").GetProperty("options").GetRawText());
    }

    [Fact]
    public void The_plan_in_the_data_of_a_refusal_keeps_them_too()
    {
        const string read = """{"operation":"email send","arguments":{"task_id":"tsk_1"},"options":{},"command":"noxinfluencer email send tsk_1"}""";
        using var server = new FakeServer(Canned.Fails(409, "PLAN_CHANGED", $$$$""","data":{"verdict":"ready","plan_digest":"p1abcdef0123456789","next":{{{{read}}}}}"""));
        using var cli = Cli.For(server);
        var ran = cli.Run("email", "send", "tsk_1", "--server", server.Url, "--plan", "p1ffffffffff", "--force");
        Assert.Equal($"noxinfluencer email send tsk_1 --server {server.Url}", Command(ran.Json.GetProperty("data"), "next"));
    }

    [Fact]
    public void A_step_of_a_server_that_knows_more_stays_as_it_came()
    {
        const string step = """{"operation":"email foretell","arguments":{},"options":{},"command":"noxinfluencer email foretell"}""";
        using var server = new FakeServer(Answer("true", step, null));
        using var cli = Cli.For(server);
        Assert.Equal("noxinfluencer email foretell", Command(cli.Run("email", "pause", "tsk_1", "--force", "--server", server.Url).Json, "next"));
    }

    private static string Command(JsonElement holder, string name) => holder.TryGetProperty(name, out var step) ? step.GetProperty("command").GetString()! : "";

    private static Canned Answer(string applied, string next, string? undo, string data = "{}") =>
        new(200, $$$"""{"success":true,"applied":{{{applied}}},"data":{{{data}}},"summary":"Done.","next":{{{next}}}{{{(undo is null ? "" : $",\"undo\":{undo}")}}},"meta":{"request_id":"req_1","latency_ms":1.5,"server_version":"0.1.0"}}""");
}
