using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Dispatch;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Recipients;

/// <summary>A person settles what the machine does not know; the sink's log tells what really left.</summary>
public sealed class ResolveTests
{
    private const long Hour = 3600;

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_retry_of_a_lost_250_sends_once_more_and_ends_the_task_again(StoreKind store)
    {
        var dots = 0;
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Dot && Interlocked.Increment(ref dots) == 2 ? SinkReply.TakeAndLoseThe250 : null);
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 1 });
        var task = await server.Ready(3, mailbox);
        await server.Send(task);
        await Settled(server, task, mailbox);
        var (id, attempt, address) = await Uncertain(server, task);
        var early = await Resolve(server, task, id, attempt, "retry");
        Assert.Equal((ErrorCodes.InvalidState, "$.recipients[0]"), (early.ErrorCode, early.Paths.Single()));
        Assert.Contains("30 minutes", early.Summary);
        await server.App.Store.Write(db => db.Execute("update recipient set begun_at = begun_at - 1800000000 where state = 4"));
        Assert.Contains("last attempt is 1", (await Resolve(server, task, id, attempt + 1, "retry")).Summary);
        Assert.Equal(ErrorCodes.ScopeRequired, (await Resolve(server, task, id, attempt, "retry", await server.NewKey(Role.Admin, "agent", await server.Account()))).ErrorCode);
        var dry = (await Resolve(server, task, id, attempt, "retry", force: false)).Ok();
        Assert.Contains("may arrive twice", dry.Summary);
        Assert.Equal("sent", (await server.Get($"/v1/email-tasks/{task}")).Text("status"));
        var forced = (await Resolve(server, task, id, attempt, "retry")).Ok();
        Assert.Equal(("sending", 1, 0), (forced.Text("status"), forced.Number("counts.pending_count"), forced.Number("counts.uncertain_count")));
        await Settled(server, task, mailbox);
        var done = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal(("sent", 3, 0), (done.Text("status"), done.Number("counts.sent_count"), done.Number("counts.uncertain_count")));
        Assert.Equal(4, sink.Dotted.Count());
        Assert.Equal(2, sink.Dotted.Count(m => m.To.Single() == address));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_retry_does_not_wait_for_the_rest_of_a_task_that_rests(StoreKind store)
    {
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Rcpt && e.Line.Contains(Worlds.Address(1), StringComparison.Ordinal) ? SinkReply.Say("451 later") : null);
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 1 });
        (await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok();
        var task = await server.Ready(2, mailbox);
        await server.Send(task);
        await server.MakeUncertain(task, Worlds.Address(0), Hour);
        (await server.Post($"/v1/mailboxes/{mailbox}/resume")).Ok();
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Number("counts.retrying_count") == 1, what: "the refusal");
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var (id, attempt, _) = await Uncertain(server, task);
        (await Resolve(server, task, id, attempt, "retry")).Ok();
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Number("counts.sent_count") == 1, 10, "the retry");
        Assert.Equal("sending", (await server.Get($"/v1/email-tasks/{task}")).Text("status"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_late_250_of_the_attempt_wins_over_what_a_person_said(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        (await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok();
        var task = await server.Ready(3, mailbox);
        await server.Send(task);
        foreach (var (i, outcome, state, reason) in new[] { (0, "retry", "pending", "resolved_retry"), (1, "not_sent", "failed", "resolved_not_sent"), (2, "sent", "sent", "resolved_sent") })
        {
            await server.MakeUncertain(task, Worlds.Address(i), Hour);
            var (id, attempt, _) = await Uncertain(server, task);
            (await Resolve(server, task, id, attempt, outcome)).Ok();
            var row = (await server.Get($"/v1/email-tasks/{task}/recipients?keyword={Worlds.Address(i)}")).Ok().At("items")[0];
            Assert.Equal((state, reason), (row.GetProperty("state").GetString(), row.GetProperty("reason").GetString()));
            var again = await Resolve(server, task, id, attempt, "sent");
            Assert.Equal(ErrorCodes.InvalidState, again.ErrorCode);
            var (set, seq) = await server.App.Store.Read(db => db.One<(long, long)>("select set_id, seq from recipient where address = @a", new { a = Worlds.Address(i) }));
            var report = new AttemptReport(SmtpPhase.Dot, true, SmtpEnding.Reply, 250, null, null);
            await server.App.Store.Write(db => Finish.Run(db, [new AttemptResult(mailbox, task, set, seq, attempt, SmtpVerdicts.Judge(report), report, 0.5, "d.example")]));
        }
        var counts = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal((3, 0, 0, 0, 0), (counts.Number("counts.sent_count"), counts.Number("counts.pending_count"), counts.Number("counts.retrying_count"), counts.Number("counts.failed_count"), counts.Number("counts.uncertain_count")));
        Assert.Equal(3, await server.App.Store.Read(db => db.One<long>("select count(*) from event where kind = 'resolved'")));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_retry_is_refused_while_the_owner_reports_it_for_the_suppressed_and_in_cancelled_tasks(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        (await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok();
        var task = await server.Ready(2, mailbox);
        await server.Send(task);
        await server.MakeUncertain(task, Worlds.Address(0), Hour);
        var (id, attempt, _) = await Uncertain(server, task);
        var (set, seq) = await server.App.Store.Read(db => db.One<(long, long)>("select set_id, seq from recipient where state = 4"));
        server.App.Signals.Attempts.Began(set, seq, attempt);
        Assert.Contains("still under way", (await Resolve(server, task, id, attempt, "retry")).Summary);
        server.App.Signals.Attempts.Ended(set, seq, attempt);
        (await server.Post("/v1/suppressions", new { addresses = new[] { Worlds.Address(0) } })).Ok();
        Assert.Contains("suppression list", (await Resolve(server, task, id, attempt, "retry")).Summary);
        (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        Assert.Contains("cancelled", (await Resolve(server, task, id, attempt, "retry")).Summary);
        (await Resolve(server, task, id, attempt, "not_sent")).Ok();
        var done = await server.Settled(task);
        Assert.Equal(("cancelled", 1, 0), (done.Text("status"), done.Number("counts.failed_count"), done.Number("counts.uncertain_count")));
    }

    private static Task<Reply> Resolve(TestServer server, string task, string id, int attempt, string outcome, string? key = null, bool force = true) =>
        server.Call("POST", $"/v1/email-tasks/{task}/recipients/resolve", new { recipients = new[] { new { recipient_id = id, attempt } }, outcome, reason = "looked into the sent folder" }, force, key);

    private static async Task<(string Id, int Attempt, string Address)> Uncertain(TestServer server, string task)
    {
        var row = Assert.Single((await server.Get($"/v1/email-tasks/{task}/recipients?state=uncertain")).Ok().At("items").EnumerateArray());
        return (row.GetProperty("recipient_id").GetString()!, row.GetProperty("attempts").GetInt32(), row.GetProperty("email_address").GetString()!);
    }

    /// <summary>A lost answer makes the mailbox wait; nobody here has the time.</summary>
    private static Task Settled(TestServer server, string task, string mailbox) => Worlds.Until(async () =>
    {
        await server.Post($"/v1/mailboxes/{mailbox}/resume");
        return (await server.Get($"/v1/email-tasks/{task}")).At("settled").GetBoolean();
    }, 60, "the end");
}
