using System.Text;
using System.Text.Json;

namespace EmailTasks.Cli.Tests;

/// <summary>Bodies, options that go into them, and secrets.</summary>
public sealed class BodyTests : IDisposable
{
    private readonly FakeServer _server = new(Canned.Ok());
    private readonly Cli _cli;

    public BodyTests() => _cli = Cli.For(_server);

    public void Dispose()
    {
        _cli.Dispose();
        _server.Dispose();
    }

    private JsonElement Sent => JsonDocument.Parse(_server.Requests.Last().Body).RootElement;

    [Fact]
    public void Stdin_goes_through_byte_for_byte()
    {
        const string body = "{ \"name\" : \"Ä ñ 漢字 😀\", \"name\": null, \"odd\": [1.50, 1e3] }\n";
        Assert.Equal(0, _cli.Run(Encoding.UTF8.GetBytes(body), "email", "create", "--body-file", "-").Exit);
        Assert.Equal(body, _server.Only.Body);
        Assert.Equal("application/json", _server.Only.Headers["Content-Type"]);
    }

    [Fact]
    public void A_byte_order_mark_is_taken_off()
    {
        _cli.Run([0xEF, 0xBB, 0xBF, .. "{}"u8], "email", "create", "--body-file", "-");
        Assert.Equal("{}", _server.Only.Body);
    }

    [Fact]
    public void An_empty_or_huge_body_is_refused_here()
    {
        Assert.Equal(2, _cli.Run([], "email", "create", "--body-file", "-").Exit);
        Assert.Equal(2, _cli.Run(new byte[17 * 1024 * 1024], "email", "create", "--body-file", "-").Exit);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public void Options_become_members()
    {
        var html = _cli.File("mail.html", "<p>Hi \"you\"</p>\n");
        Assert.Equal(0, _cli.Run("email", "content", "save", "tsk_1", "--subject", "-20% today", "--html-file", html).Exit);
        Assert.Equal("-20% today", Sent.GetProperty("subject").GetString());
        Assert.Equal("<p>Hi \"you\"</p>\n", Sent.GetProperty("html_body").GetString());
        Assert.Equal(0, _cli.Run("{\"preheader\":\"p\"}"u8.ToArray(), "email", "content", "save", "tsk_1", "--body-file", "-", "--subject", "s").Exit);
        Assert.Equal("""{"preheader":"p","subject":"s"}""", _server.Requests.Last().Body);
        Assert.Equal(0, _cli.Run("email", "copy", "tsk_1", "--recipients", "not_sent").Exit);
        Assert.Equal("""{"recipients":"not_sent"}""", _server.Requests.Last().Body);
        Assert.Equal(0, _cli.Run("email", "copy", "tsk_1").Exit);
        Assert.Equal("", _server.Requests.Last().Body);
        Assert.Equal(0, _cli.Run("email", "templates", "apply", "tpl_1", "--task_id", "tsk_1").Exit);
        Assert.Equal("""{"task_id":"tsk_1"}""", _server.Requests.Last().Body);
        Assert.Equal(0, _cli.Run("email", "sender", "list", "tsk_1").Exit);
        Assert.EndsWith("?task_id=tsk_1", _server.Requests.Last().Target);
    }

    [Fact]
    public void A_member_given_twice_is_refused()
    {
        var ran = _cli.Run("{\"subject\":\"a\"}"u8.ToArray(), "email", "content", "save", "tsk_1", "--body-file", "-", "--subject", "b");
        Assert.Equal(2, ran.Exit);
        Assert.Contains("--subject", ran.Words);
    }

    [Fact]
    public void Broken_json_with_options_is_refused_with_the_place()
    {
        var ran = _cli.Run("{\"subject\":"u8.ToArray(), "email", "content", "save", "tsk_1", "--body-file", "-", "--text-file", _cli.File("t", "x"));
        Assert.Equal(2, ran.Exit);
        Assert.Contains("line 1", ran.Words);
        Assert.Equal(2, _cli.Run("{\"\\ud800\":1}"u8.ToArray(), "email", "content", "save", "tsk_1", "--body-file", "-", "--subject", "b").Exit);
        Assert.Equal(2, _cli.Run([.. "{\"a\":\""u8, 0xFF, .. "\"}"u8], "email", "content", "save", "tsk_1", "--body-file", "-", "--subject", "b").Exit);
    }

    [Fact]
    public void Secrets_come_from_the_environment_and_from_files()
    {
        _cli.Environment["SMTP_PASSWORD"] = "s3cret \"ä\"";
        var file = _cli.File("imap.txt", "from file\n");
        var body = $$"""{"kind":"enterprise","address":"a@b.c","smtp":{"host":"h","port":587,"security":"starttls","password":{"env":"SMTP_PASSWORD"} },"inbound":{"kind":"imap","password":{"file":"{{file}}"} } }""";
        var ran = _cli.Run(Encoding.UTF8.GetBytes(body), "mailbox", "connect", "--body-file", "-", "--trace-json");
        Assert.Equal(0, ran.Exit);
        Assert.Equal("s3cret \"ä\"", Sent.GetProperty("smtp").GetProperty("password").GetString());
        Assert.Equal("from file", Sent.GetProperty("inbound").GetProperty("password").GetString());
        Assert.DoesNotContain("s3cret", ran.Out + ran.Err);
    }

    [Fact]
    public void Missing_secrets_are_named_all_at_once()
    {
        const string body = """{"smtp":{"password":{"env":"NOT_SET_X"}},"inbound":{"password":{"file":"/nowhere/x"}},"password":{"keyring":"y"},"oauth":{"client_secret":{"env":"A","file":"b"}}}""";
        var ran = _cli.Run(Encoding.UTF8.GetBytes(body), "mailbox", "connect", "--body-file", "-");
        Assert.Equal(2, ran.Exit);
        Assert.Equal(["$.smtp.password", "$.inbound.password", "$.password", "$.oauth.client_secret"], ran.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("path").GetString()));
        Assert.Contains("NOT_SET_X", ran.Words);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("connect", """{"kind":"enterprise","smtp":{"host":"h"}}""", """{"kind":"enterprise","smtp":{"host":"h","password":"pass word"}}""")]
    [InlineData("connect", """{"kind":"gmail"}""", """{"kind":"gmail","password":"pass word"}""")]
    [InlineData("update mbx_1", """{"smtp":{"host":"h"}}""", """{"smtp":{"host":"h","password":"pass word"}}""")]
    [InlineData("update mbx_1", """{}""", """{"password":"pass word"}""")]
    public void A_secret_from_stdin_goes_where_the_kind_keeps_it(string command, string body, string sent)
    {
        var file = _cli.File("body.json", body);
        Assert.Equal(0, _cli.Run("pass word\n"u8.ToArray(), ["mailbox", .. command.Split(' '), "--body-file", file, "--secret-stdin"]).Exit);
        Assert.Equal(sent, _server.Only.Body);
    }

    [Theory]
    [InlineData("""{"kind":"pickup"}""", "x", "no password")]
    [InlineData("""{"kind":"enterprise"}""", "x", "smtp")]
    [InlineData("""{"kind":"gmail","password":"y"}""", "x", "Keep one")]
    [InlineData("""{"kind":"gmail"}""", "", "no secret")]
    public void A_secret_from_stdin_that_has_no_place_is_refused(string body, string secret, string words)
    {
        var ran = _cli.Run(Encoding.UTF8.GetBytes(secret), "mailbox", "connect", "--body-file", _cli.File("body.json", body), "--secret-stdin");
        Assert.Equal(2, ran.Exit);
        Assert.Contains(words, ran.Words);
        Assert.Empty(_server.Requests);
    }
}
