using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Sending;

/// <summary>A task that is planned ahead: what is shown, what is kept, what takes it back, and when it starts.</summary>
public sealed class ScheduleTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_schedule_shows_the_plan_keeps_it_and_starts_it_at_its_time(StoreKind store)
    {
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(20, await server.Smtp(sink.Port));
        var at = Worlds.Ahead(TimeSpan.FromHours(2));
        var plan = (await server.Post($"/v1/email-tasks/{task}/schedule", new { plan_send_at = at }, force: false)).Ok();
        Assert.Equal(("ready", "Z", Instants.Parse(at)), (plan.Text("verdict"), plan.Text("timing.given_offset"), plan.At("timing.instant").GetDateTimeOffset()));
        Assert.NotEqual(plan.Text("plan_digest"), (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Text("plan_digest"));
        var done = await server.Schedule(task, at);
        Assert.StartsWith("Scheduled: 20 mails; it starts at ", done.Summary);
        Assert.Equal(("scheduled", plan.Text("plan_digest")), (done.Text("status"), done.Text("plan_digest")));
        Assert.Equal((Instants.Parse(at), Instants.Parse(at)), (done.At("plan_send_at").GetDateTimeOffset(), done.At("next_mail_at").GetDateTimeOffset()));
        await Task.Delay(700);
        Assert.Empty(sink.Log);
        await server.MakeDue(task);
        var settled = await server.Settled(task);
        Assert.Equal(("sent", 20L), (settled.Text("status"), settled.Number("counts.sent_count")));
        Assert.Equal(20, sink.Dotted.Count());
        var audit = (await server.Get($"/v1/audit?object_id={task}")).Ok().Data.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("actor").GetString()).ToList();
        Assert.Equal(1, audit.Count(a => a == "scheduler"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Every_part_of_the_time_is_in_the_digest_and_a_new_time_is_a_new_plan(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(2, await server.Pickup());
        var (at, until) = (Worlds.Ahead(TimeSpan.FromHours(2)), Worlds.Ahead(TimeSpan.FromHours(9)));
        object[] bodies = [new { plan_send_at = at }, new { plan_send_at = Worlds.Ahead(TimeSpan.FromHours(3)) }, new { plan_send_at = at, send_until = until }, new { plan_send_at = at, allow_repeat = true }];
        var digests = new List<string>();
        foreach (var body in bodies) digests.Add((await server.Post($"/v1/email-tasks/{task}/schedule", body, force: false)).Ok().Text("plan_digest"));
        Assert.Equal(bodies.Length, digests.Distinct().Count());
        var plan = (await server.Call("POST", $"/v1/email-tasks/{task}/schedule", bodies[0], plan: digests[0])).Ok();
        var other = await server.Call("POST", $"/v1/email-tasks/{task}/schedule", bodies[1], plan: digests[0]);
        Assert.Equal(ErrorCodes.PlanChanged, other.ErrorCode);
        Assert.Contains("time", other.Summary);
        var moved = await server.Schedule(task, Worlds.Ahead(TimeSpan.FromHours(3)));
        Assert.Equal("scheduled", moved.Text("status"));
        Assert.NotEqual(plan.Text("plan_digest"), moved.Text("plan_digest"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Offsets_that_are_not_local_and_closed_windows_are_warnings(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(9);
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { window = new { days = new[] { "mon", "tue", "wed", "thu", "fri" }, from = "09:00", to = "17:00", zone = "Europe/Berlin" } })).Ok();
        var task = await server.Ready(2, mailbox);
        var monday = DateTime.SpecifyKind(DateTime.UtcNow.Date, DateTimeKind.Unspecified).AddDays(7 + ((8 - (int)DateTime.UtcNow.DayOfWeek) % 7));
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin").GetUtcOffset(monday.AddHours(12)).Hours;
        async Task<List<string>> Warnings(string time, int offset) =>
            [.. (await server.Post($"/v1/email-tasks/{task}/schedule", new { plan_send_at = $"{monday:yyyy-MM-dd}T{time}:00+{offset:00}:00" }, force: false)).Ok().Data.GetProperty("warnings").EnumerateArray().Select(w => w.GetProperty("code").GetString()!)];
        var local = await Warnings("10:00", berlin);
        Assert.DoesNotContain("OFFSET_NOT_LOCAL", local);
        Assert.DoesNotContain("OUTSIDE_WINDOW", local);
        var shanghai = await Warnings("10:00", 8);
        Assert.Contains("OFFSET_NOT_LOCAL", shanghai);
        Assert.Contains("OUTSIDE_WINDOW", shanghai); // 03:00 in Berlin, or earlier
        var evening = (await server.Post($"/v1/email-tasks/{task}/schedule?full=true", new { plan_send_at = $"{monday:yyyy-MM-dd}T20:00:00+{berlin:00}:00" })).Ok();
        Assert.Equal(new DateTimeOffset(monday.AddDays(1).AddHours(9), TimeSpan.FromHours(berlin)), evening.At("next_mail_at").GetDateTimeOffset());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Edit_and_cancel_take_it_back_to_draft_and_send_starts_it_now(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(2, await server.Pickup());
        await server.Schedule(task);
        var edited = (await server.Post($"/v1/email-tasks/{task}/recipients", new { recipients = new[] { new { email_address = "more@creators.example", name = "More", variables = new { code = "C" } } } })).Ok();
        Assert.Contains("is a draft again", edited.Summary);
        var draft = (await server.Get($"/v1/email-tasks/{task}")).Ok();
        Assert.Equal(("draft", JsonValueKind.Null, JsonValueKind.Null), (draft.Text("status"), draft.At("plan_send_at").ValueKind, draft.At("plan_digest").ValueKind));
        await server.Schedule(task);
        (await server.Call("PATCH", $"/v1/email-tasks/{task}", new { name = "Other name" })).Ok();
        Assert.Equal("scheduled", (await server.Get($"/v1/email-tasks/{task}")).Text("status"));
        Assert.Equal("draft", (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok().Text("status"));
        await server.Schedule(task);
        Assert.Equal("sending", (await server.Post($"/v1/email-tasks/{task}/send")).Ok().Text("status"));
        Assert.Equal(3, (await server.Settled(task)).Number("counts.sent_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_task_that_can_t_start_waits_with_a_reason_and_is_overdue_after_an_hour(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        var task = await server.Ready(2, mailbox);
        await server.Schedule(task);
        (await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok();
        await server.MakeDue(task, TimeSpan.FromMinutes(5));
        await Task.Delay(1_000);
        var waiting = (await server.Get($"/v1/email-tasks/{task}")).Ok();
        Assert.Equal(("scheduled", "mailbox_paused", false), (waiting.Text("status"), waiting.Text("waiting.reason"), waiting.At("overdue").GetBoolean()));
        await server.MakeDue(task, TimeSpan.FromMinutes(61));
        (await server.Post($"/v1/mailboxes/{mailbox}/resume")).Ok();
        await Task.Delay(1_000);
        var overdue = (await server.Get($"/v1/email-tasks/{task}")).Ok();
        Assert.Equal(("scheduled", true), (overdue.Text("status"), overdue.At("overdue").GetBoolean()));
        Assert.StartsWith("Overdue since", overdue.Summary);
        await server.MakeDue(task); // a clock that was set back, say: once overdue, a person decides
        await Task.Delay(1_000);
        Assert.Equal("scheduled", (await server.Get($"/v1/email-tasks/{task}")).Text("status"));
        await server.Schedule(task);
        Assert.False((await server.Get($"/v1/email-tasks/{task}")).At("overdue").GetBoolean());
        await server.MakeDue(task);
        Assert.Equal(2, (await server.Settled(task)).Number("counts.sent_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_same_content_sent_meanwhile_and_an_owner_who_left_hold_it_back(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        var planned = await server.Ready(2, mailbox, text: "same");
        var quick = await server.Ready(2, mailbox, name: "Quick", text: "same");
        await server.Schedule(planned);
        await server.Send(quick);
        await server.Settled(quick);
        await server.MakeDue(planned);
        await Task.Delay(1_000);
        var held = (await server.Get($"/v1/email-tasks/{planned}")).Ok();
        Assert.Equal(("scheduled", "approval"), (held.Text("status"), held.Text("waiting.reason")));
        var allowed = await server.Post($"/v1/email-tasks/{planned}/schedule", new { plan_send_at = Worlds.Ahead(TimeSpan.FromHours(1)), allow_repeat = true });
        Assert.Equal("scheduled", allowed.Ok().Text("status"));
        await server.MakeDue(planned);
        await server.Settled(planned);

        var orphan = await server.Ready(2, mailbox, name: "Orphan", text: "other");
        await server.Schedule(orphan);
        await server.App.Store.Write(db => db.Execute("update member set removed_at = 1 where uid = (select owner_uid from task where id = @orphan)", new { orphan }));
        await server.MakeDue(orphan);
        await Task.Delay(1_000);
        Assert.Equal(1, await server.App.Store.Read(db => db.One<int>("select status from task where id = @orphan", new { orphan })));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task An_agent_names_its_plan_and_its_bound_counts_for_the_day_the_mails_leave(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        var key = (await server.Post("/v1/keys", new { name = "agent", actor = "agent", bounds = new { recipients_per_day = 3 } })).Ok().Text("key");
        var tasks = new List<string>();
        for (var i = 0; i < 3; i++) tasks.Add(await server.Ready(2, mailbox, $"Task {i}", n => $"t{i}r{n}@creators.example", $"text {i}"));
        async Task<Reply> Schedule(string task, double hours)
        {
            var body = new { plan_send_at = Worlds.Ahead(TimeSpan.FromHours(hours)) };
            var plan = await server.Call("POST", $"/v1/email-tasks/{task}/schedule", body, force: false, key: key);
            return plan.Success ? await server.Call("POST", $"/v1/email-tasks/{task}/schedule", body, key: key, plan: plan.Text("plan_digest")) : plan;
        }
        Assert.Equal(ErrorCodes.PlanRequired, (await server.Call("POST", $"/v1/email-tasks/{tasks[0]}/schedule", new { plan_send_at = Worlds.Ahead(TimeSpan.FromHours(40)) }, key: key)).ErrorCode);
        (await Schedule(tasks[0], 40)).Ok();
        Assert.Equal(ErrorCodes.InsufficientCredit, (await Schedule(tasks[1], 50)).ErrorCode); // 10 hours apart: one day
        (await Schedule(tasks[1], 70)).Ok(); // 30 hours apart
        (await Schedule(tasks[0], 41)).Ok(); // its own old time does not stand in its way
        Assert.Equal(ErrorCodes.InsufficientCredit, (await Schedule(tasks[2], 50)).ErrorCode);
        (await server.Post($"/v1/email-tasks/{tasks[0]}/cancel")).Ok();
        (await Schedule(tasks[2], 41)).Ok(); // given back
        await server.MakeDue(tasks[2]);
        await server.Settled(tasks[2]);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_repeated_call_answers_the_same_until_a_day_after_the_planned_time(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(2, await server.Pickup());
        var (at, idempotency) = (DateTimeOffset.UtcNow.AddDays(30), Guid.NewGuid().ToString("N"));
        var body = new { plan_send_at = $"{at:yyyy-MM-dd'T'HH:mm:ss}Z" };
        var first = (await server.Call("POST", $"/v1/email-tasks/{task}/schedule", body, idempotencyKey: idempotency)).Ok();
        var again = (await server.Call("POST", $"/v1/email-tasks/{task}/schedule", body, idempotencyKey: idempotency)).Ok();
        Assert.Equal(first.Data.GetRawText(), again.Data.GetRawText());
        Assert.True(again.Json.GetProperty("meta").GetProperty("idempotent_replay").GetBoolean());
        var kept = await server.App.Store.Read(db => db.One<long>("select expires_at from idempotency where idem_key = @idempotency", new { idempotency }));
        Assert.Equal(at.AddDays(1).ToUnixTimeSeconds(), kept / 1_000_000);
    }
}
