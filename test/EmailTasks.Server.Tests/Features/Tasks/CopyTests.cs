using EmailTasks.Core.Recipients;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Tasks;

/// <summary>The follow-up path: who is taken along into a copy.</summary>
public sealed class CopyTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_copy_takes_along_who_was_asked_for_and_never_the_uncertain(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(16, await server.Pickup());
        await server.App.Store.Write(db => db.Execute(
            "update recipient set state = (seq - 1) % 8, replied_at = case when seq > 8 then 1 end where set_id = (select set_id from task where id = @task)", new { task }));
        async Task<List<string>> Taken(string filter)
        {
            var copy = (await server.Post($"/v1/email-tasks/{task}/copy", new { recipients = filter })).Ok();
            Assert.Equal("draft", copy.Text("status"));
            Assert.Equal(task, copy.Text("source_task_id"));
            var list = await server.Get($"/v1/email-tasks/{copy.Text("task_id")}/recipients?page_size=100");
            var items = list.Ok().Data.GetProperty("items").EnumerateArray().ToList();
            Assert.All(items, i => Assert.Equal("pending", i.GetProperty("state").GetString()));
            Assert.Equal(items.Count, copy.Number("counts.recipient_count"));
            return items.ConvertAll(i => i.GetProperty("email_address").GetString()!);
        }
        string[] In(params RecipientState[] states) => [.. Enumerable.Range(0, 16).Where(i => states.Contains((RecipientState)(i % 8))).Select(Worlds.Address)];
        Assert.Empty(await Taken("none"));
        Assert.Equal(16, (await Taken("all")).Count);
        Assert.Equal(In(RecipientState.Pending, RecipientState.Cancelled, RecipientState.Expired), await Taken("not_sent"));
        Assert.Equal([Worlds.Address((int)RecipientState.Sent)], await Taken("not_replied"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_copy_has_its_own_content_sender_and_cards(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var product = (await server.Post("/v1/products", new { title = "Shoe", link = "https://shop.example/1" })).Ok().Text("product_collect_id");
        var task = await server.Ready(1, await server.Pickup());
        (await server.Put($"/v1/email-tasks/{task}/products", new { product_collect_ids = new[] { product } })).Ok();
        var copy = (await server.Post($"/v1/email-tasks/{task}/copy", new { name = "Wave 2" })).Ok();
        copy = (await server.Get($"/v1/email-tasks/{copy.Text("task_id")}")).Ok();
        (await server.Put($"/v1/email-tasks/{copy.Text("task_id")}/content", new { subject = "Other", text_body = "Other" })).Ok();
        (await server.Call("DELETE", $"/v1/email-tasks/{copy.Text("task_id")}/products/{copy.At("products")[0].GetProperty("email_product_id").GetString()}")).Ok();
        var source = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal("Hello {{ name }}", source.Text("content.subject"));
        Assert.Equal(1, source.At("products").GetArrayLength());
        Assert.Equal("Wave 2", copy.Text("name"));
        Assert.Equal(source.Text("sender.sender_id"), copy.Text("sender.sender_id"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_follow_up_leaves_out_who_answers_after_the_send_was_started(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        var first = await server.Ready(4, mailbox);
        await server.Send(first);
        await server.Settled(first);
        var copy = (await server.Post($"/v1/email-tasks/{first}/copy", new { recipients = "not_replied" })).Ok().Text("task_id");
        await server.SaveContent(copy, "Just following up");
        (await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok();
        await server.Send(copy);
        await server.App.Store.Write(db => db.Execute("update recipient set replied_at = @now where address = @a and state = 2", new { now = db.Now, a = Worlds.Address(2) }));
        (await server.Post($"/v1/mailboxes/{mailbox}/resume")).Ok();
        Assert.Equal((3, 1), ((await server.Settled(copy)).Number("counts.sent_count"), (await server.Get($"/v1/email-tasks/{copy}")).Number("counts.suppressed_count")));
        var files = (await server.Get($"/v1/mailboxes/{mailbox}")).Text("folder");
        Assert.Equal(1, Directory.GetFiles(files, "*.eml").Count(f => File.ReadAllText(f).Contains(Worlds.Address(2), StringComparison.Ordinal)));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_follow_up_leaves_out_who_answers_between_copy_and_hand_over(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        var first = await server.Ready(4, mailbox);
        await server.Send(first);
        await server.Settled(first);
        var copy = (await server.Post($"/v1/email-tasks/{first}/copy", new { recipients = "not_replied" })).Ok().Text("task_id");
        await server.SaveContent(copy, "Just following up");
        await server.App.Store.Write(db => db.Execute("update recipient set replied_at = @now where address = @a and state = 2", new { now = db.Now, a = Worlds.Address(2) }));
        await server.Send(copy);
        var done = await server.Settled(copy);
        Assert.Equal((3, 1), (done.Number("counts.sent_count"), done.Number("counts.suppressed_count")));
        var left = (await server.Get($"/v1/email-tasks/{copy}/recipients?state=suppressed")).Ok().At("items")[0];
        Assert.Equal((Worlds.Address(2), "replied"), (left.GetProperty("email_address").GetString(), left.GetProperty("reason").GetString()));
    }
}
