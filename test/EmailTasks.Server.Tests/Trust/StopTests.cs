using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>A stop stays a stop: over HTTP, against a mail server, on both databases.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class StopTests
{
    private static SmtpSink RefusingSink() =>
        SmtpSink.Start(e => e.Step == SinkStep.Rcpt && e.Line.Contains("bad", StringComparison.Ordinal) ? SinkReply.Say("550 5.1.1 No such user.") : null);

    /// <summary>Cancel, copy whoever was not mailed, send: the list is the same, and the people stay held.</summary>
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Nobody_walks_around_the_guard_with_a_copy(StoreKind store)
    {
        await using var sink = RefusingSink();
        await using var server = await TestServer.Start(store);
        var agent = await server.NewKey(Role.Operator, "agent", await server.Account());
        var task = await server.Ready(60, await server.Smtp(sink.Port, new { connections = 2 }), address: i => $"bad{i}@old.example");
        await server.Send(task);
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Text("status") == "paused", what: "the guard");
        Assert.Equal("guard", (await server.Get($"/v1/email-tasks/{task}")).Text("holds[0].kind"));
        (await server.Call("POST", $"/v1/email-tasks/{task}/cancel", key: agent)).Ok(); // stopping is everybody's
        await server.Settled(task);
        var copy = (await server.Call("POST", $"/v1/email-tasks/{task}/copy", new { recipients = "not_sent" }, key: agent)).Ok().Text("task_id");
        await Worlds.Until(async () => !(await server.Get($"/v1/email-tasks/{copy}")).At("copying").GetBoolean(), what: "the copy");
        await Worlds.Until(async () => await server.App.Store.Read(Storage.Rows.HeldRows.IsWriting) is false, what: "the held people");
        var plan = await server.Call("POST", $"/v1/email-tasks/{copy}/send", key: agent, force: false);
        Assert.Equal((ErrorCodes.InvalidState, "HELD_PEOPLE"), (plan.ErrorCode, plan.Text("refusals[0].code")));
        var digest = plan.Text("plan_digest");
        Assert.Equal(ErrorCodes.InvalidState, (await server.Call("POST", $"/v1/email-tasks/{copy}/send?plan={digest}", key: agent)).ErrorCode);
        Assert.Equal(ErrorCodes.ScopeRequired, (await server.Call("POST", $"/v1/email-tasks/{copy}/send?plan={digest}", new { allow_held = true }, key: agent)).ErrorCode);
        Assert.Equal("draft", (await server.Get($"/v1/email-tasks/{copy}")).Text("status"));
        // A person may: and because an agent made the copy, they name the plan they read.
        Assert.Equal(ErrorCodes.PlanRequired, (await server.Post($"/v1/email-tasks/{copy}/send", new { allow_held = true })).ErrorCode);
        var read = (await server.Post($"/v1/email-tasks/{copy}/send", new { allow_held = true }, force: false)).Ok().Text("plan_digest");
        Assert.NotEqual(digest, read);
        (await server.Post($"/v1/email-tasks/{copy}/send?plan={read}", new { allow_held = true })).Ok();
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Five_small_tasks_of_bad_addresses_stop_their_mailbox(StoreKind store)
    {
        await using var sink = RefusingSink();
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 1 });
        for (var n = 0; n < 5; n++)
        {
            var task = await server.Ready(12, mailbox, $"Wave {n}", address: i => $"bad{n}x{i}@old.example", text: $"Wave {n} for {{{{ name }}}}");
            if ((await server.Post($"/v1/email-tasks/{task}/send")).Success is false) break;
            await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Text("status") is "sent" or "paused" || (await server.Get($"/v1/mailboxes/{mailbox}")).Text("health.state") == "paused", what: "the wave");
        }
        var stopped = await server.Get($"/v1/mailboxes/{mailbox}");
        Assert.Equal(("paused", "guard"), (stopped.Text("health.state"), stopped.Text("holds[0].kind")));
        Assert.InRange(sink.Log.Count, 20, 24);
    }

    /// <summary>Mail planned by an agent's key that was revoked waits for a person; the revocation says so before and after.</summary>
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Ending_a_key_holds_what_it_planned(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var agent = await server.NewKey(Role.Operator, "agent", await server.Account());
        var task = await server.Ready(3, await server.Pickup());
        var body = new { plan_send_at = Worlds.Ahead(TimeSpan.FromHours(2)) };
        var plan = (await server.Call("POST", $"/v1/email-tasks/{task}/schedule", body, force: false, key: agent)).Ok().Text("plan_digest");
        (await server.Call("POST", $"/v1/email-tasks/{task}/schedule?plan={plan}", body, key: agent)).Ok();
        var keyId = (await server.Get("/v1/whoami", agent)).Text("key.key_id");
        var shown = (await server.Post($"/v1/keys/{keyId}/revoke", force: false)).Ok();
        Assert.Equal((1L, task, true), (shown.Number("set_going.scheduled_count"), shown.Text("set_going.scheduled[0].task_id"), shown.At("set_going.scheduled_waits").GetBoolean()));
        Assert.Contains("would wait for a person", shown.Summary);
        (await server.Post($"/v1/keys/{keyId}/revoke")).Ok();
        await server.MakeDue(task);
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Text("waiting.reason") == "approval", what: "the hold");
        await Task.Delay(1_500);
        var held = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal(("scheduled", "approval", 3L), (held.Text("status"), held.Text("holds[0].kind"), held.Number("counts.pending_count")));
        (await server.Post($"/v1/email-tasks/{task}/send")).Ok(); // a person frees it
        Assert.Equal(3, (await server.Settled(task)).Number("counts.sent_count"));
    }

    /// <summary>What a person planned is a person's to let go: also after an agent took it back, changed it, or copied it.</summary>
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task What_a_person_planned_no_agent_lets_go(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var agent = await server.NewKey(Role.Operator, "agent", await server.Account());
        var task = await server.Ready(2, await server.Pickup());
        (await server.Schedule(task)).Ok();
        await Refused(server, agent, task);
        (await server.Call("POST", $"/v1/email-tasks/{task}/cancel", key: agent)).Ok();
        var draft = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal(("draft", "person"), (draft.Text("status"), draft.Text("was_scheduled_for.by")));
        await Refused(server, agent, task);
        var copy = (await server.Call("POST", $"/v1/email-tasks/{task}/copy", new { recipients = "all" }, key: agent)).Ok().Text("task_id");
        await Worlds.Until(async () => !(await server.Get($"/v1/email-tasks/{copy}")).At("copying").GetBoolean(), what: "the copy");
        await Refused(server, agent, copy);
        (await server.Call("POST", $"/v1/email-tasks/{task}/recipients", new { recipients = new[] { new { email_address = "new@d1.example", name = "New", variables = new { code = "C" } } } }, key: agent)).Ok();
        await Refused(server, agent, task);
        // The person sees that an agent was the last to change it, and names the plan.
        Assert.Equal("agent", (await server.Get($"/v1/email-tasks/{task}")).Text("last_edited_by.actor"));
        Assert.Equal(ErrorCodes.PlanRequired, (await server.Post($"/v1/email-tasks/{task}/send")).ErrorCode);
        var plan = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Text("plan_digest");
        (await server.Post($"/v1/email-tasks/{task}/send?plan={plan}")).Ok();
        Assert.Equal(System.Text.Json.JsonValueKind.Undefined, (await server.Settled(task)).Data.TryGetProperty("was_scheduled_for", out var none) ? none.ValueKind : default);
    }

    private static async Task Refused(TestServer server, string agent, string task)
    {
        foreach (var (path, body) in new[] { ("send", (object?)null), ("schedule", new { plan_send_at = Worlds.Ahead(TimeSpan.FromHours(3)) }) })
        {
            var dry = await server.Call("POST", $"/v1/email-tasks/{task}/{path}", body, force: false, key: agent);
            Assert.Equal((ErrorCodes.ScopeRequired, "PERSON_SCHEDULED"), (dry.ErrorCode, dry.Text("refusals[0].code")));
            Assert.Equal(ErrorCodes.ScopeRequired, (await server.Call("POST", $"/v1/email-tasks/{task}/{path}?plan={dry.Text("plan_digest")}", body, key: agent)).ErrorCode);
        }
    }
}
