using EmailTasks.Contracts;
using EmailTasks.Core.Planning;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Recipients;

/// <summary>Who had mail from another task: told by the plan with dates, found by a list, taken out by days.</summary>
public sealed class SeenBeforeTests
{
    /// <summary>A sent task: 0 replied, 1 was mailed 20 days ago, 2 was 40 days ago; and a draft with the same six people and two more.</summary>
    private static async Task<(string First, string Draft)> World(TestServer server)
    {
        var mailbox = await server.Pickup();
        var first = await server.Ready(6, mailbox, "First");
        await server.Send(first);
        await server.Settled(first);
        await server.App.Store.Write(async db =>
        {
            await db.Execute("update recipient set replied_at = state_at + 1000000 where address = @a", new { a = Worlds.Address(0) });
            await db.Execute("update recipient set state_at = state_at - @ago where address = @a", new { a = Worlds.Address(1), ago = 20 * Lookback.DayMicros });
            return await db.Execute("update recipient set state_at = state_at - @ago where address = @a", new { a = Worlds.Address(2), ago = 40 * Lookback.DayMicros });
        });
        return (first, await server.Ready(8, mailbox, "Second"));
    }

    private static async Task<string> Found(TestServer server, string task, string query) => string.Join(' ',
        (await server.Get($"/v1/email-tasks/{task}/recipients?{query}")).Ok().Data.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("email_address").GetString()![1..2]));

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_plan_tells_how_many_replied_and_when(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var (first, draft) = await World(server);
        var seen = (await server.Post($"/v1/email-tasks/{draft}/send", force: false)).Ok().At("seen_before");
        Assert.Equal((5, 1), (seen.GetProperty("count").GetInt64(), seen.GetProperty("replied").GetInt64()));
        Assert.Equal(5, seen.GetProperty("sample").GetArrayLength() + seen.GetProperty("sample_more").GetInt64());
        var last = (await server.Get($"/v1/email-tasks/{first}")).At("last_sent_at").GetDateTimeOffset();
        Assert.InRange(seen.GetProperty("last_mailed_at").GetDateTimeOffset(), last.AddSeconds(-5), last.AddSeconds(5));
        Assert.InRange(seen.GetProperty("last_replied_at").GetDateTimeOffset(), last.AddSeconds(-5), last.AddSeconds(7));
        await server.App.Store.Write(db => db.Execute("update recipient set replied_at = null", new { }));
        await server.Put($"/v1/email-tasks/{draft}/content", new { subject = "Other", text_body = "Other {{ unsubscribe_url }}" });
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await server.Post($"/v1/email-tasks/{draft}/send", force: false)).Ok().At("seen_before.replied").ValueKind); // nobody listened: not 0
        await server.App.Store.Write(db => db.Execute("update mailbox set inbound = '{}'", new { }));
        Assert.Equal(0, (await server.Post($"/v1/email-tasks/{draft}/send", force: false)).Number("seen_before.replied"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_list_finds_them_by_days_with_their_dates_and_page_by_page(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var (first, draft) = await World(server);
        Assert.Equal("0 1 3 4 5", await Found(server, draft, "has=seen_before"));
        Assert.Equal("0 3 4 5", await Found(server, draft, "has=seen_before&seen_within=10d"));
        Assert.Equal("0 1 2 3 4 5", await Found(server, draft, "has=seen_before&seen_within=365d"));
        Assert.Equal("2 6 7", await Found(server, draft, "not=seen_before"));
        Assert.Equal("3", await Found(server, draft, $"has=seen_before&keyword={Worlds.Address(3)}"));
        Assert.Equal("", await Found(server, first, "has=seen_before")); // the draft mailed nobody
        var page = (await server.Get($"/v1/email-tasks/{draft}/recipients?has=seen_before&page_size=2")).Ok();
        Assert.Equal((5, 2), (page.Number("total_size"), page.At("items").GetArrayLength()));
        Assert.True(page.At("items")[0].TryGetProperty("seen_mailed_at", out _) && page.At("items")[0].TryGetProperty("seen_replied_at", out _));
        Assert.False(page.At("items")[1].TryGetProperty("seen_replied_at", out _));
        Assert.Equal("3 4", await Found(server, draft, $"has=seen_before&page_size=2&cursor={page.Text("next_cursor")}"));
        foreach (var (query, path) in new[] { ("seen_within=30d", "seen_within"), ("has=seen_before&seen_within=30", "seen_within"), ("has=seen_before&seen_within=0d", "seen_within"), ("has=seen_before&seen_within=400d", "seen_within"), ("has=seen_before&not=seen_before", "not"), ("has=seen_before&page_num=2", "page_num") })
        {
            var refused = await server.Get($"/v1/email-tasks/{draft}/recipients?{query}");
            Assert.Equal((ErrorCodes.InvalidRequest, path), (refused.ErrorCode, refused.Paths.Single()));
        }
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task They_are_taken_out_by_days_and_nobody_else_is(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var (_, draft) = await World(server);
        var dry = (await server.Post($"/v1/email-tasks/{draft}/recipients/delete", new { seen_within_days = 10 }, force: false)).Ok();
        Assert.Equal((4, 4), (dry.Number("deleted"), dry.Number("total")));
        Assert.Equal(4, (await server.Post($"/v1/email-tasks/{draft}/recipients/delete", new { seen_within_days = 10 })).Ok().Number("deleted"));
        Assert.Equal("1 2 6 7", await Found(server, draft, "page_size=100"));
        var none = (await server.Post($"/v1/email-tasks/{draft}/recipients/delete", new { seen_within_days = 10 })).Ok();
        Assert.Equal((0, false), (none.Number("deleted"), none.At("changed").GetBoolean()));
        Assert.Equal(ErrorCodes.InvalidRequest, (await server.Post($"/v1/email-tasks/{draft}/recipients/delete", new { seen_within_days = 10, all = true })).ErrorCode);
        Assert.Equal(ErrorCodes.InvalidRequest, (await server.Post($"/v1/email-tasks/{draft}/recipients/delete", new { seen_within_days = 0 })).ErrorCode);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_call_looks_at_a_stretch_and_says_that_there_may_be_more(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        var last = SeenRows.Walk + 4;
        var first = await server.Ready(2, mailbox, "First", address: i => i == 0 ? Worlds.Address(0) : Worlds.Address(last));
        await server.Send(first);
        await server.Settled(first);
        var draft = await server.Ready(last + 1, mailbox, "Second");
        var page = (await server.Get($"/v1/email-tasks/{draft}/recipients?has=seen_before")).Ok();
        Assert.Equal((1, true), (page.Number("total_size"), page.At("total_is_lower_bound").GetBoolean()));
        var next = (await server.Get($"/v1/email-tasks/{draft}/recipients?has=seen_before&cursor={page.Text("next_cursor")}")).Ok();
        Assert.Equal(Worlds.Address(last), next.At("items")[0].GetProperty("email_address").GetString());
        Assert.Equal(2, (await server.Post($"/v1/email-tasks/{draft}/recipients/delete", new { seen_within_days = 30 })).Ok().Number("deleted"));
    }
}
