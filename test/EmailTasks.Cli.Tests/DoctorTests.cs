namespace EmailTasks.Cli.Tests;

/// <summary><c>doctor</c> says what is wrong and the one command that helps.</summary>
public sealed class DoctorTests
{
    private static FakeServer Server(int ready = 200, int clock = 0, string state = "ok", string version = "0.1.0", bool key = true, bool url = true) => new((seen, _) =>
    {
        if (seen.Target == "/readyz")
        {
            var headers = new Dictionary<string, string> { ["Date"] = DateTimeOffset.UtcNow.AddSeconds(clock).ToString("R") };
            if (url) headers["Public-Url"] = "https://mail.brand.example";
            return new(ready, ready == 200 ? "ready" : "starting") { Headers = headers };
        }
        if (!key) return Canned.Fails(401, "INVALID_API_KEY");
        var answer = Canned.Ok($$$"""{"items":[{"sender_id":"mbx_1","address":"me@brand.example","delivery":"smtp","health":{"state":"{{{state}}}","reason":"login refused","fix":"Make an app password."}}]}""");
        return answer with { Body = answer.Body.Replace("0.1.0", version) };
    });

    private static string Result(Ran ran, string check) =>
        ran.Json.GetProperty("data").GetProperty("items").EnumerateArray().First(c => c.GetProperty("check").GetString()!.StartsWith(check, StringComparison.Ordinal)).GetProperty("result").GetString()!;

    [Fact]
    public void A_healthy_server_passes_every_check()
    {
        using var server = Server();
        using var cli = Cli.For(server);
        var ran = cli.Run("doctor");
        Assert.Equal(0, ran.Exit);
        Assert.All(new[] { "configuration", "server", "clock", "public URL", "key", "version", "mailbox" }, check => Assert.Equal("ok", Result(ran, check)));
        Assert.Equal("noxinfluencer email list", ran.Json.GetProperty("next").GetProperty("command").GetString());
        Assert.All(server.Requests, r => Assert.Equal("GET", r.Method));
        Assert.False(server.Requests.First(r => r.Target == "/readyz").Headers.ContainsKey("Authorization"));
        Assert.Contains("CHECK", cli.Run("doctor", "--plain").Out);
    }

    [Theory]
    [InlineData("server", 503, 0, "ok", "0.1.0", true)]
    [InlineData("clock", 200, 120, "ok", "0.1.0", true)]
    [InlineData("clock", 200, -120, "ok", "0.1.0", true)]
    [InlineData("mailbox", 200, 0, "paused", "0.1.0", true)]
    [InlineData("version", 200, 0, "ok", "9.9.9", true)]
    [InlineData("public URL", 200, 0, "ok", "0.1.0", false)]
    public void What_is_odd_is_a_warning_and_still_usable(string check, int ready, int clock, string state, string version, bool url)
    {
        using var server = Server(ready, clock, state, version, url: url);
        using var cli = Cli.For(server);
        var ran = cli.Run("doctor");
        Assert.Equal(0, ran.Exit);
        Assert.Equal("warning", Result(ran, check));
        if (check == "mailbox") Assert.Equal("noxinfluencer mailbox get mbx_1", ran.Json.GetProperty("next").GetProperty("command").GetString());
    }

    [Fact]
    public void What_makes_it_unusable_has_its_exit_code()
    {
        using var server = Server(key: false);
        using var cli = Cli.For(server);
        var wrong = cli.Run("doctor");
        Assert.Equal((3, "failed"), (wrong.Exit, Result(wrong, "key")));
        Assert.Equal("noxinfluencer auth --key-stdin", wrong.Json.GetProperty("action").GetProperty("hint").GetString());
        Assert.Contains("failed", cli.Run("doctor", "--plain").Out);
        cli.Environment["NOXINFLUENCER_SERVER_URL"] = "http://127.0.0.1:9";
        var nobody = cli.Run("doctor");
        Assert.Equal((10, "failed"), (nobody.Exit, Result(nobody, "server")));
        cli.Environment["NOXINFLUENCER_CONFIG"] = cli.File("bad.json", "{");
        Assert.Equal(2, cli.Run("doctor").Exit);
    }
}
