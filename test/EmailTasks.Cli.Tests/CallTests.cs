using System.Diagnostics;
using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Tests;

/// <summary>Calls: exit codes, retries, idempotency, time limits, and answers that are none.</summary>
public sealed class CallTests
{
    public static TheoryData<string, int, int> Rows =>
        [.. ErrorCodes.All.Select(r => (r.Code == ErrorCodes.Upstream ? "UPSTREAM_SMTP_535" : r.Code, r.Http == 0 ? 400 : r.Http, r.Exit))];

    [Theory, MemberData(nameof(Rows))]
    public void Every_error_code_has_its_exit_code(string code, int http, int exit)
    {
        using var server = new FakeServer(Canned.Fails(http, code));
        using var cli = Cli.For(server);
        var ran = cli.Run("email", "delete", "tsk_1", "--force", "--timeout", "3");
        Assert.Equal(exit, ran.Exit);
        Assert.Equal(code, ran.ErrorCode);
        Assert.Equal(http is 429 or 503 ? 4 : 1, server.Requests.Count);
        Assert.Contains(server.Requests.First().Headers["Idempotency-Key"], ran.Out + ran.Err);
    }

    [Fact]
    public void The_servers_success_is_passed_through_byte_for_byte()
    {
        const string answer = "{\"success\" :true, \"data\":{\"name\":\"Ä \\u202e 1.0\",\"n\":1.50},\r\n\"summary\":\"x\",\"new_member\":1}";
        using var server = new FakeServer(new Canned(200, answer));
        using var cli = Cli.For(server);
        Assert.Equal(answer + "\n", cli.Run("email", "get", "tsk_1").Out);
    }

    [Theory]
    [InlineData("drop")]
    [InlineData("429")]
    [InlineData("503")]
    [InlineData("502 page")]
    public void A_stumble_is_retried_with_the_same_key(string stumble)
    {
        using var server = new FakeServer((_, n) => n > 2 ? Canned.Ok() : stumble switch
        {
            "drop" => Canned.Drop,
            "429" => Canned.Fails(429, "RATE_LIMITED") with { Headers = new() { ["Retry-After"] = "1" } },
            "503" => Canned.Fails(503, "UNAVAILABLE"),
            _ => new Canned(502, "<html>Bad gateway</html>"),
        });
        using var cli = Cli.For(server);
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, cli.Run("email", "delete", "tsk_1", "--force", "--idempotency-key", "my-own-key-1").Exit);
        Assert.Equal(["my-own-key-1"], server.Requests.Select(r => r.Headers["Idempotency-Key"]).Distinct());
        Assert.Equal(3, server.Requests.Count);
        if (stumble == "429") Assert.True(clock.Elapsed.TotalSeconds >= 2);
    }

    [Fact]
    public void After_three_retries_it_gives_up_and_says_how_to_repeat()
    {
        using var server = new FakeServer(Canned.Drop);
        using var cli = Cli.For(server);
        var ran = cli.Run("email", "send", "tsk_1", "--force");
        Assert.Equal(10, ran.Exit);
        Assert.Equal("SERVER_UNREACHABLE", ran.ErrorCode);
        Assert.Equal(4, server.Requests.Count);
        var key = Assert.Single(server.Requests.Select(r => r.Headers["Idempotency-Key"]).Distinct());
        Assert.Equal(key, ran.Json.GetProperty("meta").GetProperty("idempotency_key").GetString());
        Assert.Equal($"noxinfluencer email send tsk_1 --force --idempotency-key {key}", ran.Json.GetProperty("action").GetProperty("hint").GetString());
        Assert.Contains("not known", ran.Words);
    }

    [Fact]
    public void A_wait_longer_than_the_time_left_is_not_begun()
    {
        using var server = new FakeServer(Canned.Fails(429, "RATE_LIMITED") with { Headers = new() { ["Retry-After"] = "60" } });
        using var cli = Cli.For(server);
        var clock = Stopwatch.StartNew();
        Assert.Equal(10, cli.Run("email", "list", "--timeout", "5").Exit);
        Assert.True(clock.Elapsed.TotalSeconds < 4);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Nobody_listening_is_unreachable_and_says_so()
    {
        using var cli = new Cli();
        cli.Environment["NOXINFLUENCER_API_KEY"] = Cli.Key;
        cli.Environment["NOXINFLUENCER_SERVER_URL"] = "http://127.0.0.1:1";
        var ran = cli.Run("email", "list");
        Assert.Equal(10, ran.Exit);
        Assert.Contains("Nobody answers", ran.Words);
        Assert.DoesNotContain("noxinfluencer serve", ran.Words);
    }

    [Fact]
    public void A_silent_server_ends_with_the_timeout()
    {
        using var server = new FakeServer(Canned.Hang);
        using var cli = Cli.For(server);
        var clock = Stopwatch.StartNew();
        var ran = cli.Run("email", "list", "--timeout", "0.5");
        Assert.Equal(10, ran.Exit);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.4, 5);
        Assert.Contains("in time", ran.Words);
    }

    [Theory]
    [InlineData(200, "<html>Welcome to the hotel WiFi</html>")]
    [InlineData(200, "{}")]
    [InlineData(200, "[]")]
    [InlineData(200, "")]
    [InlineData(200, "null")]
    [InlineData(200, """{"success":"yes"}""")]
    [InlineData(500, """{"success":true}""")]
    [InlineData(200, """{"success":false,"error_code":"NOT_FOUND"}""")]
    [InlineData(404, "not here")]
    [InlineData(404, """{"success":false}""")]
    public void An_answer_that_is_not_ours_is_no_answer(int status, string body)
    {
        using var server = new FakeServer(new Canned(status, body));
        using var cli = Cli.For(server);
        var ran = cli.Run("email", "list");
        Assert.Equal(10, ran.Exit);
        Assert.Equal("SERVER_UNREACHABLE", ran.ErrorCode);
        Assert.DoesNotContain("WiFi", ran.Out);
    }

    [Theory]
    [InlineData("""{"success":false,"error_code":"SOMETHING_NEW"}""")]
    [InlineData("""{"success":false,"error_code":"INVALID_REQUEST","errors":"odd","action":3,"meta":null,"summary":null}""")]
    public void A_strange_envelope_is_shown_in_every_form(string body)
    {
        using var server = new FakeServer(new Canned(400, body));
        using var cli = Cli.For(server);
        Assert.Equal(body + "\n", cli.Run("email", "list").Out);
        Assert.Contains("_", cli.Run("email", "list", "--plain").Out);
    }

    [Fact]
    public void A_redirect_is_not_followed()
    {
        using var other = new FakeServer(Canned.Ok());
        using var server = new FakeServer(new Canned(307, "") { Headers = new() { ["Location"] = other.Url + "/v1/email-tasks" } });
        using var cli = Cli.For(server);
        var ran = cli.Run("email", "list");
        Assert.Equal(10, ran.Exit);
        Assert.Contains("redirect", ran.Words);
        Assert.Empty(other.Requests);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_proxy_is_not_used_for_this_machine()
    {
        using var proxy = new FakeServer(Canned.Ok());
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        foreach (var name in new[] { "HTTP_PROXY", "http_proxy", "ALL_PROXY" }) cli.Environment[name] = proxy.Url;
        Assert.Equal(0, cli.Run("email", "list").Exit);
        Assert.Empty(proxy.Requests);
    }

    [Fact]
    public void A_proxy_is_used_for_another_machine_and_sees_no_key()
    {
        using var proxy = new FakeServer(new Canned(403, "no"));
        using var cli = new Cli();
        cli.Environment["NOXINFLUENCER_API_KEY"] = Cli.Key;
        cli.Environment["NOXINFLUENCER_SERVER_URL"] = "https://mail.brand.example";
        cli.Environment["HTTPS_PROXY"] = proxy.Url;
        Assert.Equal(10, cli.Run("email", "list").Exit);
        Assert.All(proxy.Requests, r => Assert.True(r.Method == "CONNECT" && !r.Headers.ContainsKey("Authorization")));
        Assert.NotEmpty(proxy.Requests);
    }

    [Fact]
    public void The_plan_goes_along()
    {
        using var server = new FakeServer(Canned.Ok());
        using var cli = Cli.For(server);
        cli.Run("email", "send", "tsk_1", "--force", "--plan", "p1abcdef012345");
        Assert.Equal("/v1/email-tasks/tsk_1/send?dry_run=false&plan=p1abcdef012345", server.Only.Target);
        Assert.Equal("", server.Only.Body);
    }

    [Fact]
    public void Waiting_asks_again_until_it_is_settled_or_time_is_up()
    {
        using var server = new FakeServer((_, n) => n < 3 ? Canned.Fails(409, "ASYNC_NOT_READY") : Canned.Ok());
        using var cli = Cli.For(server);
        Assert.Equal(0, cli.Run("email", "get", "tsk_1", "--wait", "settled").Exit);
        Assert.Equal(3, server.Requests.Count);
        Assert.All(server.Requests, r => Assert.Equal("/v1/email-tasks/tsk_1?wait=settled", r.Target));

        using var never = new FakeServer(Canned.Fails(409, "ASYNC_NOT_READY"));
        using var impatient = Cli.For(never);
        Assert.Equal(11, impatient.Run("email", "get", "tsk_1", "--wait", "settled", "--timeout", "1.5").Exit);

        using var holds = new FakeServer((_, n) => n < 2 ? Canned.Fails(409, "ASYNC_NOT_READY") : Canned.Hang);
        using var held = Cli.For(holds);
        Assert.Equal(11, held.Run("email", "get", "tsk_1", "--wait", "settled", "--timeout", "2").Exit);
    }

    [Fact]
    public void The_trace_is_json_lines_without_key_or_body()
    {
        using var server = new FakeServer((_, n) => n == 1 ? Canned.Drop : Canned.Ok());
        using var cli = Cli.For(server);
        var ran = cli.Run("{\"name\":\"hidden-name\"}"u8.ToArray(), "email", "create", "--body-file", "-", "--trace-json");
        var lines = ran.Err.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["request", "failure", "wait", "request", "answer"], lines.Select(l => l.GetProperty("event").GetString()));
        Assert.Equal("req_1", lines[^1].GetProperty("request_id").GetString());
        Assert.Equal(200, lines[^1].GetProperty("status").GetInt32());
        Assert.DoesNotContain(Cli.Key, ran.Err);
        Assert.DoesNotContain("hidden-name", ran.Err);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Interrupted_is_an_envelope_with_the_key_and_130(string signal)
    {
        using var server = new FakeServer(Canned.Hang);
        using var cli = Cli.For(server);
        // A shell that runs the tests in the background has SIGINT ignored, and children inherit that.
        using var process = cli.Start([$"--default-signal={signal}", Cli.Binary, "email", "delete", "tsk_1", "--force", "--idempotency-key", "key-of-mine"], "env");
        SpinWait.SpinUntil(() => !server.Requests.IsEmpty, 5000);
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString()]);
        Assert.True(process.WaitForExit(5000));
        var json = JsonDocument.Parse(process.StandardOutput.ReadToEnd()).RootElement;
        Assert.Equal(130, process.ExitCode);
        Assert.Equal("INTERRUPTED", json.GetProperty("error_code").GetString());
        Assert.Equal("key-of-mine", json.GetProperty("meta").GetProperty("idempotency_key").GetString());
    }
}
