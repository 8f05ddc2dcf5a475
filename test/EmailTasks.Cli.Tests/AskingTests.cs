using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Tests;

/// <summary>Asking for more or less of an answer, and options that are a whole body.</summary>
public sealed class AskingTests
{
    [Theory]
    [InlineData("email get tsk_1 --full", "?full=true")]
    [InlineData("email get tsk_1 --fields status,counts.sent_count", "?fields=status%2Ccounts.sent_count")]
    [InlineData("email list --fields task_id --page_size 5", "?page_size=5&fields=task_id")]
    [InlineData("email send tsk_1 --samples 3 --json", "?samples=3")]
    [InlineData("email send tsk_1 --json", "")]
    [InlineData("email send tsk_1 --plain", "?full=true")]
    [InlineData("email get tsk_1 --plain", "")]
    [InlineData("email get tsk_1 --field data.content.html_body", "?full=true")]
    [InlineData("email get tsk_1 --field summary", "")]
    public void What_is_asked_for_stands_in_the_query(string line, string query)
    {
        using var server = new FakeServer(Canned.Ok("""{"content":{"html_body":"x"}}"""));
        using var cli = Cli.For(server);
        Assert.Equal(0, cli.Run(line.Split(' ')).Exit);
        Assert.EndsWith("/" + string.Join('/', server.Only.Target.Split('?')[0].Split('/')[^1]) + query, server.Only.Target);
        Assert.Equal(query, server.Only.Target.Contains('?') ? server.Only.Target[server.Only.Target.IndexOf('?')..] : "");
    }

    [Theory]
    [InlineData("email get tsk_1 --samples 3", "--samples")]
    [InlineData("email watch tsk_1 --full", "--full")]
    [InlineData("email watch tsk_1 --fields status", "--fields")]
    [InlineData("schema email get --part name", "--part")]
    [InlineData("schema mailbox connect --part nothing", "--part")]
    public void What_can_not_be_asked_is_refused_before_the_call(string line, string path)
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        var ran = cli.Run(line.Split(' '));
        Assert.Equal((2, path), (ran.Exit, ran.Json.GetProperty("errors")[0].GetProperty("path").GetString()));
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("email schedule tsk_1 --at 2026-12-01T09:00:00+08:00", """{"plan_send_at":"2026-12-01T09:00:00+08:00"}""")]
    [InlineData("email sender update tsk_1 mbx_1", """{"sender_id":"mbx_1"}""")]
    public void An_option_or_argument_is_a_whole_body_and_goes_with_no_other(string line, string body)
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        Assert.Equal(0, cli.Run([.. line.Split(' '), "--force"]).Exit);
        Assert.Equal(body, server.Only.Body);
        var both = cli.Run([.. line.Split(' '), "--body-file", cli.File("body.json", "{}"), "--force"]);
        Assert.Equal((2, "exactly_one"), (both.Exit, both.Json.GetProperty("errors")[0].GetProperty("code").GetString()));
        Assert.Equal(2, cli.Run([.. line.Split(' ')[..^(line.Contains("--at") ? 2 : 1)], "--force"]).Exit); // neither
        Assert.Single(server.Requests);
        Assert.Contains("Instead of a body file.", cli.Run([.. line.Split(' ')[..^(line.Contains("--at") ? 3 : 2)], "--help"]).Out);
    }

    [Fact]
    public void The_schema_of_a_command_fits_and_says_the_words_of_its_options()
    {
        using var cli = new Cli();
        var sizes = Catalogue.All.Select(o => (o.Command, Bytes: Encoding.UTF8.GetByteCount(cli.Run("schema", o.Command).Out))).OrderByDescending(s => s.Bytes).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"Longest of {sizes.Count}: {string.Join(", ", sizes.Take(5))}; all: {Encoding.UTF8.GetByteCount(cli.Run("schema", "--all").Out)}, with answers: {Encoding.UTF8.GetByteCount(cli.Run("schema", "--all", "--answers").Out)}");
        Assert.All(sizes, s => Assert.InRange(s.Bytes, 1, 4096));
        foreach (var op in Catalogue.All)
        {
            var data = cli.Run("schema", op.Command).Json.GetProperty("data");
            Assert.Equal(JsonValueKind.Null, data.GetProperty("response_schema").ValueKind);
            foreach (var member in op.QueryMembers.Where(m => m.Wire.Values is not null))
            {
                var option = data.GetProperty("options").EnumerateArray().Single(o => o.GetProperty("flag").GetString()!.Replace('_', '-') == "--" + member.Name.Replace('_', '-'));
                Assert.Equal(member.Wire.Values!, option.GetProperty("values").EnumerateArray().Select(v => v.GetString()!));
            }
            foreach (var member in op.BodyMembers)
                Assert.True(cli.Run("schema", op.Command, "--part", member.Name).Json.GetProperty("success").GetBoolean());
        }
        Assert.Equal(ContentSyntax.Text, cli.Run("schema", "email content save").Json.GetProperty("data").GetProperty("syntax").GetString());
        Assert.Equal(JsonValueKind.Object, cli.Run("schema", "email get", "--answers").Json.GetProperty("data").GetProperty("response_schema").ValueKind);
    }
}
