using EmailTasks.Core.Trust;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>Trouble with the mailbox is the mailbox's: no recipient is burnt, and the mailbox says why and what to do.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class MailboxTroubleTests
{
    private const int People = 300;

    private static void AssertNobodyBurnt(Reply task)
    {
        foreach (var count in new[] { "failed_count", "uncertain_count", "expired_count", "suppressed_count", "cancelled_count" })
            Assert.Equal(0, task.Number("counts." + count));
    }

    private static async Task<Reply> Health(TestServer server, string mailbox, string state)
    {
        // One answer is judged: a second read may find a mailbox that works again.
        Reply? seen = null;
        await Worlds.Until(async () => (seen = await server.Get($"/v1/mailboxes/{mailbox}")).Text("health.state") == state, 30, $"health {state}");
        return seen!;
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_wrong_password_pauses_the_mailbox_and_burns_nobody(StoreKind store)
    {
        await using var sink = SmtpSink.Start(options: new SinkOptions { Auth = ["PLAIN", "LOGIN"], Accepts = (_, password) => password == "right" });
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, password: "wrong");
        var task = await server.Ready(People, mailbox);
        await server.Send(task);
        var health = await Health(server, mailbox, "paused");
        Assert.Equal("auth_failed", health.Text("health.reason"));
        Assert.NotEmpty(health.Text("health.problem"));
        Assert.NotEmpty(health.Text("health.fix"));
        var waiting = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal("mailbox_paused", waiting.Text("waiting.reason"));
        Assert.Contains("mailbox resume", waiting.Text("waiting.fix"));
        Assert.Equal(People, waiting.Number("counts.pending_count"));
        AssertNobodyBurnt(waiting);
        Assert.Empty(sink.Log);
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { smtp = new { host = "127.0.0.1", port = sink.Port, security = "none", username = "mia", password = "right" } })).Ok();
        (await server.Post($"/v1/mailboxes/{mailbox}/resume")).Ok();
        Assert.Equal(People, (await server.Settled(task)).Number("counts.sent_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_dead_server_makes_the_mailbox_fail_and_sending_goes_on_when_it_is_back(StoreKind store)
    {
        var port = LoopbackPorts.Free();
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(port);
        var task = await server.Ready(People, mailbox);
        await server.Send(task);
        var health = await Health(server, mailbox, "failing");
        Assert.NotEmpty(health.Text("health.fix"));
        Assert.NotEmpty(health.Text("health.next_try_at"));
        var waiting = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal("backoff", waiting.Text("waiting.reason"));
        Assert.Equal(People, waiting.Number("counts.pending_count"));
        AssertNobodyBurnt(waiting);
        await using var sink = await PostfixSink.StartAtAsync(port);
        (await server.Post($"/v1/mailboxes/{mailbox}/resume")).Ok();
        Assert.Equal(People, (await server.Settled(task)).Number("counts.sent_count"));
        Assert.Equal(People, sink.Mails().SelectMany(m => m.To).Distinct().Count());
        Assert.Equal("ok", (await server.Get($"/v1/mailboxes/{mailbox}")).Text("health.state"));
    }

    [Theory]
    [InlineData("421 4.7.0 Try again later, closing connection.", "failing")]
    [InlineData("535 5.7.8 Username and Password not accepted.", "paused")]
    public async Task A_refusal_of_the_sender_in_mid_run_burns_nobody(string refusal, string state)
    {
        var mails = 0;
        var broken = true;
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Mail && Interlocked.Increment(ref mails) > 100 && Volatile.Read(ref broken) ? SinkReply.SayAndClose(refusal) : null);
        await using var server = await TestServer.Start();
        var mailbox = await server.Smtp(sink.Port, new { connections = 4 });
        var task = await server.Ready(People, mailbox);
        await server.Send(task);
        var health = await Health(server, mailbox, state);
        Assert.NotEmpty(health.Text("health.problem"));
        Assert.NotEmpty(health.Text("health.fix"));
        var now = await server.Get($"/v1/email-tasks/{task}");
        AssertNobodyBurnt(now);
        Volatile.Write(ref broken, false);
        (await server.Post($"/v1/mailboxes/{mailbox}/resume")).Ok();
        var done = await server.Settled(task);
        Assert.Equal(People, done.Number("counts.sent_count"));
        Assert.Equal(People, sink.Dotted.Select(t => t.To.Single()).Distinct().Count());
        Assert.Equal(People, sink.Dotted.Count());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_mailbox_that_is_slowed_down_waits_and_does_not_try_everybody_in_turn(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Mail, SinkReply.Say("451 4.7.0 Slow down.")));
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 4 });
        var task = await server.Ready(People, mailbox);
        await server.Send(task);
        await Health(server, mailbox, "failing");
        await Task.Delay(2_000);
        Assert.InRange(sink.Log.Count, 1, 4);
        Assert.InRange((await server.Get($"/v1/email-tasks/{task}")).Number("counts.retrying_count"), 0, 4);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_person_who_pauses_a_mailbox_that_rests_for_a_while_has_paused_it(StoreKind store)
    {
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port);
        await server.App.Store.Write(db => MailboxHolds.Add(db, mailbox, Hold.Guard("daily_limit", "Enough for today.", "Wait.", db.Now + 1_500_000)));
        Assert.True((await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok().At("changed").GetBoolean());
        await server.Send(await server.Ready(3, mailbox));
        await Task.Delay(3_000);
        Assert.Equal("paused_by_user", (await server.Get($"/v1/mailboxes/{mailbox}")).Text("health.reason"));
        Assert.Empty(sink.Log);
    }

    [Fact]
    public async Task Connecting_a_mailbox_logs_in_first_and_puts_the_refusal_into_words()
    {
        await using var sink = SmtpSink.Start(options: new SinkOptions { Auth = ["PLAIN"], Accepts = (_, password) => password == "right" });
        await using var server = await TestServer.Start();
        object Body(string password) => new { kind = "enterprise", address = "mia@brand.example", smtp = new { host = "127.0.0.1", port = sink.Port, security = "none", username = "mia", password } };
        var refused = await server.Post("/v1/mailboxes", Body("wrong"));
        Assert.Equal(502, refused.Status);
        Assert.StartsWith("UPSTREAM_", refused.ErrorCode);
        Assert.DoesNotContain("wrong", refused.Json.ToString().Replace("wrong_", ""));
        var saved = (await server.Post("/v1/mailboxes", Body("right"))).Ok();
        Assert.DoesNotContain("right", saved.Json.GetProperty("data").ToString());
        Assert.Equal("DUPLICATE_DATA", (await server.Post("/v1/mailboxes", Body("right"))).ErrorCode);
    }

    [Fact]
    public async Task Five_final_refusals_in_a_row_over_three_domains_pause_the_mailbox()
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Rcpt, SinkReply.Say("550 5.1.1 No such user.")));
        await using var server = await TestServer.Start();
        var mailbox = await server.Smtp(sink.Port, new { connections = 1 });
        var task = await server.Ready(People, mailbox);
        await server.Send(task);
        var health = await Health(server, mailbox, "paused");
        Assert.Equal("sender_suspected", health.Text("health.reason"));
        Assert.InRange((await server.Get($"/v1/email-tasks/{task}")).Number("counts.failed_count"), 5, 7);
    }
}
