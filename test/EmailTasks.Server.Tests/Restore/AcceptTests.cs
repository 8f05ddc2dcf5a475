using EmailTasks.Contracts;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Restore;

/// <summary>What a person finds, and what accepting does.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class AcceptTests
{
    private const int People = 40;

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Accepting_makes_everybody_in_doubt_uncertain_and_leaves_the_rest_usable(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Dot, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(100))));
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 2 });
        var untouched = await server.Ready(4, mailbox, "Autumn shoes", i => $"a{i}@creators.example");
        var task = await server.Ready(People, mailbox);
        await server.Send(task);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > 5), what: "some mail");
        await GoBack(server, mailbox);
        await server.StandsStill(sink, task, "went_back", running: true);
        var mailed = sink.Mailed();

        Assert.Equal(ErrorCodes.ScopeRequired, (await server.Call("POST", "/v1/data/accept-restore", key: await server.NewKey(Role.Admin, "agent", await server.Account()))).ErrorCode);
        Assert.Equal(ErrorCodes.ScopeRequired, (await server.Call("POST", "/v1/data/accept-restore", key: await server.NewKey(Role.Approver, "person", await server.Account()))).ErrorCode);
        var dry = (await server.Post("/v1/data/accept-restore", force: false)).Ok();
        Assert.Equal(503, (await Sendings.Ready(server)).Status);
        var done = (await server.Post("/v1/data/accept-restore")).Ok();
        Assert.Equal((1, dry.Number("recipients_in_doubt")), (done.Number("tasks_in_doubt"), done.Number("recipients_in_doubt")));

        var settled = await server.Settled(task);
        Assert.Equal("sent", settled.Text("status"));
        Assert.Equal(People, settled.Number("counts.sent_count") + settled.Number("counts.uncertain_count"));
        Assert.Equal(settled.Number("counts.uncertain_count"), (await CrashTests.Addresses(server, task, "uncertain")).Count);
        await Worlds.Until(async () => (await Sendings.Ready(server)).Status == 200, what: "readiness");
        await server.Send(untouched);
        Assert.Equal(4, (await server.Settled(untouched)).Number("counts.sent_count"));
        Assert.Equal(mailed.Count + 4, sink.Dotted.Count());
        Assert.False((await server.Post("/v1/data/accept-restore")).Ok().At("changed").GetBoolean());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_task_that_came_due_while_the_database_was_away_is_in_doubt(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var (due, later) = (await server.Ready(5, await server.Pickup(), "Due"), await server.Ready(5, await server.Pickup(), "Later", i => $"l{i}@creators.example"));
        await server.App.Store.Write(db => db.Execute(
            "update task set status = 1, plan_send_at = case when id = @due then @now - 1000000 else @now + 3600000000 end where id in (@due, @later)", new { due, later, now = db.Now }));
        await Standstill.Pause(server.App.Store, "silent", "It was silent.");
        var view = (await server.Get($"/v1/email-tasks/{due}")).Ok();
        Assert.Equal(("paused", "restore"), (view.Text("status"), view.Text("paused_by")));
        Assert.Equal("scheduled", (await server.Get($"/v1/email-tasks/{later}")).Ok().Text("status"));
        Assert.Equal(5, (await server.Post("/v1/data/accept-restore")).Ok().Number("recipients_in_doubt"));
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{due}")).Ok().Number("counts.uncertain_count") == 5, what: "the doubt");
        Assert.Equal(0, (await server.Get($"/v1/email-tasks/{later}")).Ok().Number("counts.uncertain_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_cancel_before_anybody_accepts_claims_nobody_was_never_mailed(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Connect, SinkReply.Swallow));
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(8, await server.Smtp(sink.Port));
        await server.Send(task);
        await Standstill.Pause(server.App.Store, "silent", "It was silent.");
        (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        Assert.Equal(8, (await server.Settled(task)).Number("counts.uncertain_count"));
    }

    [Fact]
    public async Task Nothing_but_the_pause_row_keeps_a_begin_back()
    {
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start();
        await server.App.Store.Write(db => StandstillRows.Set(db, new DispatchPause("silent", "It was silent.", 0)));
        var task = await server.Ready(5, await server.Smtp(sink.Port));
        await server.Send(task); // started after the pause: it waits, and is not in doubt
        await Task.Delay(Sendings.Quiet);
        Assert.Empty(sink.Log);
        Assert.Equal(0, (await server.Post("/v1/data/accept-restore")).Ok().Number("tasks_in_doubt"));
        Assert.Equal(5, (await server.Settled(task)).Number("counts.sent_count"));
    }

    /// <summary>Puts the mailbox's numbers back, as a failover that lost begins does.</summary>
    private static Task GoBack(TestServer server, string mailbox) =>
        server.App.Store.Write(db => db.Execute("update mailbox set begin_no = 1, epoch = 1, lease_owner = null, expires_at = 0 where id = @mailbox", new { mailbox }));
}
