using System.Diagnostics;
using System.Text.Json;

namespace EmailTasks.Cli.Tests;

/// <summary>`email watch` against a server of events: lines, the live line, the end, and streams that break.</summary>
public sealed class WatchTests
{
    private static readonly string Sending = Event("sending", 12, 18);
    private static readonly string Sent = Event("sent", 30, 0);

    private static string Event(string status, int sent, int pending, string more = "")
    {
        var counts = $"{{\"recipient_count\":30,\"pending_count\":{pending},\"handed_count\":0,\"sent_count\":{sent},\"failed_count\":1,\"uncertain_count\":0}}";
        return $"{{\"task_id\":\"tsk_1\",\"status\":\"{status}\",\"settled\":{(status == "sent" ? "true" : "false")},\"counts\":{counts}{more},\"at\":\"2026-11-25T12:00:00Z\"}}";
    }

    private static string Envelope(string data, string summary = "Sent: 30 of 30 accepted by the mail server.") => Canned.Ok(data, summary).Body;

    private static Canned Stream(params (string Name, string Data)[] events) =>
        new(200, string.Concat(events.Select((e, i) => $"id: {i + 1}\nevent: {e.Name}\ndata: {e.Data}\n\n: still here\n\n"))) { Type = "text/event-stream" };

    [Fact]
    public void Json_is_one_line_with_each_change_and_the_envelope_last()
    {
        using var server = new FakeServer(Stream(("change", Sending), ("change", Sent), ("end", Envelope(Sent))));
        using var cli = Cli.For(server);
        var ran = cli.Run("email", "watch", "tsk_1", "--json");
        Assert.Equal((0, ""), (ran.Exit, ran.Err));
        var lines = ran.Out.TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["sending", "sent"], lines[..^1].Select(l => l.GetProperty("status").GetString()));
        Assert.True(lines[^1].GetProperty("success").GetBoolean());
        Assert.Equal("/v1/email-tasks/tsk_1/events", server.Only.Target);
        Assert.StartsWith("text/event-stream", server.Only.Headers["Accept"]);
        Assert.Equal("sent\n", cli.Run("email", "watch", "tsk_1", "--field", "data.status").Out);
    }

    [Fact]
    public void A_failure_at_the_end_and_a_refusal_before_it_are_the_exit_code()
    {
        var cancelled = Canned.Fails(409, "INVALID_STATE").Body;
        using var server = new FakeServer((seen, _) => seen.Target.Contains("tsk_2") ? Canned.Fails(404, "NOT_FOUND") : Stream(("change", Sending), ("end", cancelled)));
        using var cli = Cli.For(server);
        Assert.Equal(6, cli.Run("email", "watch", "tsk_1", "--json").Exit);
        Assert.Equal(5, cli.Run("email", "watch", "tsk_2", "--json").Exit);
    }

    [Fact]
    public void A_stream_that_breaks_is_asked_for_again()
    {
        using var server = new FakeServer((_, n) => n switch
        {
            1 => Stream(("change", Sending)),
            2 => Canned.Drop,
            3 => Canned.Fails(503, "UNAVAILABLE"),
            _ => Stream(("change", Sent), ("end", Envelope(Sent))),
        });
        using var cli = Cli.For(server);
        var ran = cli.Run("email", "watch", "tsk_1", "--json");
        Assert.Equal((0, 4), (ran.Exit, server.Requests.Count));
        Assert.Equal(3, ran.Out.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public void Endless_trouble_ends_and_so_does_the_time_given()
    {
        using var server = new FakeServer((seen, _) => seen.Target.Contains("tsk_2") ? Canned.Hang : Stream(("change", Sending)) with { Hangs = true });
        using var cli = Cli.For(server);
        var late = cli.Run("email", "watch", "tsk_1", "--timeout", "1");
        Assert.Equal((11, "ASYNC_NOT_READY"), (late.Exit, JsonDocument.Parse(late.Out.TrimEnd('\n').Split('\n')[^1]).RootElement.GetProperty("error_code").GetString()));
        Assert.Equal(11, cli.Run("email", "watch", "tsk_2", "--timeout", "1").Exit);
        using var gone = new FakeServer(Canned.Drop);
        using var other = Cli.For(gone);
        other.Environment["NOXINFLUENCER_SERVER_URL"] = gone.Url;
        var lost = other.Run("email", "watch", "tsk_1");
        Assert.Equal((10, "SERVER_UNREACHABLE"), (lost.Exit, lost.ErrorCode));
        Assert.Equal(8, gone.Requests.Count);
    }

    [Fact]
    public void A_terminal_shows_a_live_line_without_colours_where_nobody_wants_them_and_never_what_moves_the_cursor()
    {
        var evil = Event("sending", 12, 18, ",\"waiting\":{\"reason\":\"minute\\u001b]0;x\\u0007_limit\",\"until\":\"2026-11-25T12:01:00Z\",\"fix\":\"\"}");
        using var server = new FakeServer(Stream(("change", Sending), ("change", evil), ("change", Sent), ("end", Envelope(Sent))));
        using var cli = Cli.For(server);
        var screen = cli.OnTerminal("email watch tsk_1");
        Assert.Contains("12 of 30 sent  1 failed", screen);
        Assert.Contains("[########------------]", screen);
        Assert.Contains("\e[32m", screen);
        Assert.Contains("waiting for minute", screen);
        Assert.DoesNotContain("\e]0;", screen);
        Assert.Contains("Sent: 30 of 30 accepted by the mail server.", screen);
        cli.Environment["NO_COLOR"] = "1";
        Assert.DoesNotMatch(@"\e\[[0-9;]*m", cli.OnTerminal("email watch tsk_1"));
        Assert.Contains("已发送 12/30", cli.OnTerminal("email watch tsk_1 --lang zh"));
    }

    [Fact]
    public void Ctrl_C_says_that_it_stops_nothing()
    {
        using var server = new FakeServer(Stream(("change", Sending)) with { Hangs = true });
        using var cli = Cli.For(server);
        using var process = cli.Start(["email", "watch", "tsk_1", "--json"]);
        Assert.Contains("sending", process.StandardOutput.ReadLine());
        Process.Start("kill", ["-INT", process.Id.ToString()]).WaitForExit();
        var last = JsonDocument.Parse(process.StandardOutput.ReadToEnd()).RootElement;
        Assert.True(process.WaitForExit(10_000));
        Assert.Equal((130, "INTERRUPTED"), (process.ExitCode, last.GetProperty("error_code").GetString()));
        Assert.Contains("stops nothing", last.GetProperty("summary").GetString());
    }
}
