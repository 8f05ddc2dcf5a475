using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Recipients;

/// <summary>Lists: pages, cursors, filters, totals.</summary>
public sealed class ListTests
{
    private static async Task<List<string>> Walk(TestServer server, string url, string member)
    {
        var all = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = (await server.Get(url + (cursor is null ? "" : "&cursor=" + cursor))).Ok().Data;
            all.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty(member).GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
            if (cursor is null) return all;
        }
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Recipients_come_in_their_order_page_by_page_without_gap_or_repeat(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Draft();
        await server.AddRecipients(task, 250);
        var expected = Enumerable.Range(0, 250).Select(Worlds.Address).ToList();
        Assert.Equal(expected, await Walk(server, $"/v1/email-tasks/{task}/recipients?page_size=100", "email_address"));
        var second = (await server.Get($"/v1/email-tasks/{task}/recipients?page_size=100&page_num=3")).Ok().Data;
        Assert.Equal(50, second.GetProperty("items").GetArrayLength());
        Assert.Equal(250, second.GetProperty("total_size").GetInt64());
        Assert.Equal(3, second.GetProperty("total_page").GetInt64());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Keywords_find_addresses_and_names_whatever_their_case(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Draft();
        (await server.Post($"/v1/email-tasks/{task}/recipients", new { recipients = new[] { new { email_address = "ANA@creators.example", name = "Ána Müller" }, new { email_address = "ben@creators.example", name = "Ben 100%" } } })).Ok();
        async Task<long> Found(string keyword) => (await server.Get($"/v1/email-tasks/{task}/recipients?keyword={Uri.EscapeDataString(keyword)}")).Ok().Number("total_size");
        Assert.Equal(1, await Found("ÁNA m"));
        Assert.Equal(1, await Found("MÜLLER"));
        Assert.Equal(1, await Found("100%"));
        Assert.Equal(2, await Found("creators"));
        Assert.Equal(0, await Found("_"));
        Assert.Equal(0, await Found("' or 1=1 --"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Tasks_come_newest_first_and_are_found_by_name_status_and_mailbox(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var sender = await server.Pickup();
        var ids = new List<string>();
        for (var i = 0; i < 25; i++) ids.Insert(0, await server.Draft($"Task {i}"));
        Assert.Equal(ids, await Walk(server, "/v1/email-tasks?page_size=10", "task_id"));
        Assert.Equal(ids, await Walk(server, "/v1/email-tasks/drafts?page_size=7", "task_id"));
        Assert.Equal(1, (await server.Get("/v1/email-tasks?keyword=TASK%2024")).Number("total_size"));
        Assert.Equal(0, (await server.Get("/v1/email-tasks?status=sending,sent")).Number("total_size"));
        (await server.Put($"/v1/email-tasks/{ids[3]}/sender", new { sender_id = sender })).Ok();
        Assert.Equal(1, (await server.Get($"/v1/email-tasks?sender_id={sender}")).Number("total_size"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Duplicates_leave_the_first_row_as_it_was_and_bad_rows_are_named(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Draft();
        (await server.Post($"/v1/email-tasks/{task}/recipients", new { recipients = new[] { new { email_address = "ana@creators.example", name = "Ana" } } })).Ok();
        var reply = (await server.Post($"/v1/email-tasks/{task}/recipients", new
        {
            recipients = new object[] { new { email_address = " ANA@Creators.Example ", name = "Other" }, new { email_address = "no address" }, new { creator_id = "cr_1" }, new { email_address = "jörg@bücher.example" } },
        })).Ok();
        Assert.Equal((1, 1, 2, 2), (reply.Number("added"), reply.Number("duplicates"), reply.Number("rejected_count"), reply.Number("total")));
        Assert.Equal([1, 2], reply.At("rejected").EnumerateArray().Select(r => r.GetProperty("index").GetInt32()));
        var items = (await server.Get($"/v1/email-tasks/{task}/recipients")).Data.GetProperty("items");
        Assert.Equal("Ana", items[0].GetProperty("name").GetString());
        Assert.Equal("jörg@xn--bcher-kva.example", items[1].GetProperty("email_address").GetString());
    }
}
