using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Suppressions;

/// <summary>The suppression list as people use it.</summary>
public sealed class SuppressionTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task An_added_address_is_out_of_running_tasks_when_the_answer_comes(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        (await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok();
        var (one, two, draft) = (await server.Ready(5, mailbox, "One"), await server.Ready(5, mailbox, "Two"), await server.Ready(5, mailbox, "Draft"));
        await server.Send(one);
        await server.Send(two);
        var added = (await server.Post("/v1/suppressions", new { addresses = new[] { "R1@D1.example", Worlds.Address(2), "r1@d1.example", "nobody", "else@else.example" }, note = "by phone" })).Ok();
        Assert.Equal((3, 1, 4, 1), (added.Number("added"), added.Number("already"), added.Number("taken_out"), added.Number("rejected_count")));
        Assert.Equal(3, added.At("rejected")[0].GetProperty("index").GetInt32());
        foreach (var task in new[] { one, two })
        {
            var counts = await server.Get($"/v1/email-tasks/{task}");
            Assert.Equal((3, 2), (counts.Number("counts.pending_count"), counts.Number("counts.suppressed_count")));
        }
        var plan = (await server.Post($"/v1/email-tasks/{draft}/send", force: false)).Ok();
        Assert.Equal((3, 2), (plan.Number("mails_to_send"), plan.Number("excluded.suppressed")));
        (await server.Post($"/v1/mailboxes/{mailbox}/resume")).Ok();
        Assert.Equal(3, (await server.Settled(one)).Number("counts.sent_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_log_tells_who_stands_and_who_was_taken_off(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        string[] addresses = ["a@list.example", "b@list.example", "c/d@list.example"];
        (await server.Post("/v1/suppressions", new { addresses })).Ok();
        var again = (await server.Post("/v1/suppressions", new { addresses, reason = "bounced" })).Ok();
        Assert.Equal((0, 3, false, 3), (again.Number("added"), again.Number("already"), again.At("changed").GetBoolean(), again.Number("position")));
        var removed = (await server.Post("/v1/suppressions/remove", new { addresses = new[] { "A@list.example", "x@list.example" }, reason = "asked for it" })).Ok();
        Assert.Equal((1, 1, 4), (removed.Number("removed"), removed.Number("not_listed"), removed.Number("position")));
        var list = (await server.Get("/v1/suppressions?page_size=1")).Ok();
        Assert.Equal((2, "c/d@list.example"), (list.Number("total_size"), list.At("items")[0].GetProperty("email_address").GetString()));
        var next = (await server.Get($"/v1/suppressions?page_size=1&cursor={list.Text("next_cursor")}")).Ok();
        Assert.Equal("b@list.example", next.At("items")[0].GetProperty("email_address").GetString());
        Assert.Equal(1, (await server.Get("/v1/suppressions?keyword=B%40LIST&reason=manual")).Ok().Number("total_size"));
        Assert.Equal(0, (await server.Get("/v1/suppressions?reason=bounced,complained")).Ok().Number("total_size"));
        var check = (await server.Get("/v1/suppressions/a%40list.example")).Ok();
        Assert.False(check.At("suppressed").GetBoolean());
        Assert.Equal("asked for it", check.At("entries")[0].GetProperty("removed_reason").GetString());
        Assert.True((await server.Get("/v1/suppressions/c%2Fd%40list.example")).Ok().At("suppressed").GetBoolean());
        Assert.Equal(ErrorCodes.InvalidRequest, (await server.Get("/v1/suppressions?cursor=x")).ErrorCode);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Who_is_taken_off_does_not_enter_a_plan_made_before(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(4, await server.Pickup());
        (await server.Post("/v1/suppressions", new { addresses = new[] { Worlds.Address(1) } })).Ok();
        var plan = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok();
        (await server.Post("/v1/suppressions/remove", new { addresses = new[] { Worlds.Address(1) }, reason = "asked for it" })).Ok();
        Assert.Equal(4, (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Number("mails_to_send"));
        (await server.Call("POST", $"/v1/email-tasks/{task}/send", plan: plan.Text("plan_digest"))).Ok();
        var done = await server.Settled(task);
        Assert.Equal((3, 1), (done.Number("counts.sent_count"), done.Number("counts.suppressed_count")));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Ten_thousand_addresses_are_one_call_and_another_account_sees_none(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var addresses = Enumerable.Range(0, 10_000).Select(Worlds.Address).ToList();
        Assert.Equal(10_000, (await server.Post("/v1/suppressions", new { addresses })).Ok().Number("added"));
        Assert.Equal(10_000, (await server.Post("/v1/suppressions", new { addresses })).Ok().Number("already"));
        var other = await server.NewKey(Role.Viewer);
        Assert.Equal(0, (await server.Get("/v1/suppressions", other)).Ok().Number("total_size"));
        Assert.False((await server.Get($"/v1/suppressions/{Worlds.Address(1)}", other)).Ok().At("suppressed").GetBoolean());
    }
}
