using System.Text.Json;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>A list that bounces pauses its task, says so, and waits for a person.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class BounceGuardTests
{
    private static string Address(int i) => i % 4 == 0 ? $"bad{i}@old{i % 3}.example" : $"r{i}@d{i}.example";

    private static SmtpSink RefusingSink() =>
        SmtpSink.Start(e => e.Step == SinkStep.Rcpt && e.Line.Contains("bad", StringComparison.Ordinal) ? SinkReply.Say("550 5.1.1 No such user.") : null);

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_list_that_bounces_pauses_its_task_and_nothing_more_leaves(StoreKind store)
    {
        await using var sink = RefusingSink();
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(200, await server.Smtp(sink.Port, new { connections = 2 }), address: Address);
        await server.Send(task);
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Text("status") == "paused", what: "the guard");
        var paused = (await server.Get($"/v1/email-tasks/{task}")).Ok();
        Assert.Equal(("guard", "bounce_guard"), (paused.Text("paused_by"), paused.Text("waiting.reason")));
        Assert.Matches("Refused for good: [5-6] of 2[0-3] so far .*the account stops at 10 %.*old[012].example", paused.Text("waiting.fix"));
        Assert.Contains("--state failed", paused.Text("waiting.fix"));
        await Task.Delay(1_000);
        var dots = sink.Dotted.Count();
        Assert.InRange(dots, 15, 20); // twenty results, and at most what two sessions had in hand
        await Task.Delay(1_000);
        Assert.Equal(dots, sink.Dotted.Count());
        var later = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal(0, later.Number("counts.handed_count"));
        Assert.Equal(200, later.Number("counts.sent_count") + later.Number("counts.failed_count") + later.Number("counts.pending_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task An_account_sets_its_share_or_switches_it_off(StoreKind store)
    {
        await using var sink = RefusingSink();
        await using var server = await TestServer.Start(store);
        var account = (await server.Get("/v1/account")).Ok();
        Assert.Equal((0.1, 20), (account.At("bounce_guard.share").GetDouble(), account.Number("bounce_guard.minimum")));
        account = (await server.Call("PATCH", "/v1/account?full=true", new { bounce_guard = new { share = 0.3, minimum = 15 } })).Ok();
        Assert.Equal((0.3, 15, true), (account.At("bounce_guard.share").GetDouble(), account.Number("bounce_guard.minimum"), account.At("changed").GetBoolean()));
        Assert.False((await server.Call("PATCH", "/v1/account", new { bounce_guard = new { share = 0.3, minimum = 15 } })).Ok().At("changed").GetBoolean());
        var mailbox = await server.Smtp(sink.Port, new { connections = 1 });
        var task = await server.Ready(40, mailbox, address: Address);
        await server.Send(task);
        Assert.Equal("sent", (await server.Settled(task)).Text("status")); // one in four stays below 0.3

        account = (await server.Call("PATCH", "/v1/account?full=true", """{"bounce_guard":null}""")).Ok();
        Assert.Equal(JsonValueKind.Null, account.At("bounce_guard").ValueKind);
        var all = await server.Ready(40, mailbox, "Another wave", address: i => i % 2 == 0 ? $"bad{i}@old.example" : $"s{i}@d{i}.example");
        await server.Send(all);
        Assert.Equal(20, (await server.Settled(all)).Number("counts.failed_count"));
    }
}
