using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Creators;

/// <summary>Creators: imported, looked up for recipients, and what each was mailed.</summary>
public sealed class CreatorTests
{
    private static object Creator(string id, params string[] addresses) => new { creator_id = id, name = "Name of " + id, platform = "YouTube", channel_id = "UC-" + id, email_addresses = addresses, country = "DE" };

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task An_import_adds_updates_and_rejects(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        object[] rows = [Creator("one", "a@x.example", "A@X.example"), Creator("two"), Creator("bad", "nobody"), Creator("one", "b@x.example")];
        var first = (await server.Post("/v1/creators", new { creators = rows })).Ok();
        Assert.Equal((2, 0, 0, 2, 2), (first.Number("added"), first.Number("updated"), first.Number("unchanged"), first.Number("rejected_count"), first.Number("total")));
        Assert.Equal([2, 3], first.At("rejected").EnumerateArray().Select(r => r.GetProperty("index").GetInt32()));
        var second = (await server.Post("/v1/creators", new { creators = new[] { Creator("one", "a@x.example"), Creator("two", "two@x.example"), Creator("a/b") } })).Ok();
        Assert.Equal((1, 1, 1), (second.Number("added"), second.Number("updated"), second.Number("unchanged")));
        Assert.Equal("two@x.example", (await server.Get("/v1/creators/two")).Ok().At("email_addresses")[0].GetString());
        Assert.Equal("a/b", (await server.Get("/v1/creators/a%2Fb")).Ok().Text("creator_id"));
        var list = (await server.Get("/v1/creators?page_size=2")).Ok();
        Assert.Equal(["a/b", "two"], list.At("items").EnumerateArray().Select(i => i.GetProperty("creator_id").GetString()));
        Assert.Equal("one", (await server.Get($"/v1/creators?cursor={list.Text("next_cursor")}")).Ok().At("items")[0].GetProperty("creator_id").GetString());
        Assert.Equal(1, (await server.Get("/v1/creators?keyword=A%40x.ex")).Ok().Number("total_size"));
        Assert.Equal(ErrorCodes.NotFound, (await server.Get("/v1/creators/one", await server.NewKey(Role.Admin))).ErrorCode);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_recipient_without_an_address_is_looked_up_and_an_ambiguous_one_is_rejected_by_name(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        (await server.Post("/v1/creators", new { creators = new[] { Creator("one", "One@x.example"), Creator("many", "m1@x.example", "m2@x.example"), Creator("none") } })).Ok();
        var task = await server.Draft();
        object[] rows =
        [
            new { creator_id = "one" }, new { creator_id = "many" }, new { creator_id = "none" }, new { creator_id = "unknown" }, new { platform = "youtube", channel_id = "UC-one" },
            new { platform = "youtube" }, new { creator_id = "many", email_address = "m2@x.example", name = "Given" },
        ];
        var added = (await server.Post($"/v1/email-tasks/{task}/recipients", new { recipients = rows })).Ok();
        Assert.Equal((2, 1, 4), (added.Number("added"), added.Number("duplicates"), added.Number("rejected_count")));
        var problems = added.At("rejected").EnumerateArray().ToDictionary(r => r.GetProperty("index").GetInt32(), r => r.GetProperty("problem").GetString()!);
        Assert.Contains("has 2 addresses (m1@x.example, m2@x.example)", problems[1]);
        Assert.Contains("has no address", problems[2]);
        Assert.Contains("there is no creator unknown", problems[3]);
        Assert.Contains("neither a creator_id nor platform and channel_id", problems[5]);
        var items = (await server.Get($"/v1/email-tasks/{task}/recipients")).Ok().At("items").EnumerateArray().ToList();
        Assert.Equal(["One@x.example|Name of one|one", "m2@x.example|Given|many"], items.Select(i => $"{i.GetProperty("email_address")}|{i.GetProperty("name")}|{i.GetProperty("creator_id")}"));
        var byChannel = (await server.Put($"/v1/email-tasks/{task}/recipients", new { recipients = new[] { new { platform = "YOUTUBE", channel_id = "UC-one" } } })).Ok();
        Assert.Equal(1, byChannel.Number("added"));
        Assert.Equal("one", (await server.Get($"/v1/email-tasks/{task}/recipients")).Ok().At("items")[0].GetProperty("creator_id").GetString());
        var refused = await server.Post($"/v1/email-tasks/{task}/recipients", new { recipients = new[] { new { creator_id = "unknown" } } });
        Assert.Equal((ErrorCodes.InvalidRequest, "$.recipients[0].email_address"), (refused.ErrorCode, refused.Paths.Single()));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Ten_thousand_are_imported_and_looked_up_in_one_call_each(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var ids = Enumerable.Range(0, 10_000).ToList();
        Assert.Equal(10_000, (await server.Post("/v1/creators", new { creators = ids.Select(i => Creator("c" + i, Worlds.Address(i))) })).Ok().Number("added"));
        var task = await server.Draft();
        Assert.Equal(10_000, (await server.Post($"/v1/email-tasks/{task}/recipients", new { recipients = ids.Select(i => i % 2 == 0 ? (object)new { creator_id = "c" + i } : new { platform = "youtube", channel_id = "UC-c" + i }) })).Ok().Number("added"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_history_of_a_person_and_seen_before_of_a_plan_agree(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        (await server.Post("/v1/suppressions", new { addresses = new[] { Worlds.Address(3) } })).Ok();
        var first = await server.Ready(6, mailbox, "First");
        await server.Send(first);
        await server.Settled(first);
        await server.App.Store.Write(db => db.Execute("update recipient set replied_at = state_at where address = @a", new { a = Worlds.Address(0) }));
        await server.App.Store.Write(db => db.Execute("update recipient set state_at = state_at - 31 * 86400000000 where address = @a", new { a = Worlds.Address(5) }));
        var copy = (await server.Post($"/v1/email-tasks/{first}/copy", new { name = "Second", recipients = "all" })).Ok().Text("task_id");
        var plan = (await server.Post($"/v1/email-tasks/{copy}/send", new { allow_repeat = true }, force: false)).Ok();
        var seen = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var history = (await server.Get($"/v1/creators/{Uri.EscapeDataString(Worlds.Address(i))}/history")).Ok();
            var mail = Assert.Single(history.At("items").EnumerateArray());
            Assert.Equal((first, "First", i == 3 ? "suppressed" : "sent"), (mail.GetProperty("task_id").GetString(), mail.GetProperty("task_name").GetString(), mail.GetProperty("state").GetString()));
            if (mail.GetProperty("seen_before").GetBoolean()) seen.Add(Worlds.Address(i));
            Assert.Equal(i == 0, mail.TryGetProperty("replied_at", out _));
        }
        Assert.Equal([0, 1, 2, 4], seen.Select(a => int.Parse(a[1..a.IndexOf('@')])));
        Assert.Equal(seen.Count, plan.Number("seen_before.count"));
        Assert.Equal(seen, (await server.Post($"/v1/email-tasks/{copy}/send?full=true", new { allow_repeat = true }, force: false)).At("seen_before.sample").EnumerateArray().Select(s => s.GetString()!));
        Assert.Equal(0, (await server.Get($"/v1/creators/{Worlds.Address(0)}/history", await server.NewKey(Role.Viewer))).Ok().Number("total_size"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_creator_is_followed_over_addresses_and_an_agencys_address_belongs_to_whom_it_names(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        (await server.Post("/v1/creators", new { creators = new[] { Creator("ana", "ana@x.example", "agency@x.example"), Creator("ben", "agency@x.example") } })).Ok();
        foreach (var (text, row) in new[] { ("One", new { email_address = "old@x.example", creator_id = (string?)"ana" }), ("Two", new { email_address = "agency@x.example", creator_id = (string?)"ben" }), ("Three", new { email_address = "ana@x.example", creator_id = (string?)null }) })
        {
            var task = await server.Draft(text);
            (await server.Put($"/v1/email-tasks/{task}/content", new { subject = text, text_body = text })).Ok();
            (await server.Put($"/v1/email-tasks/{task}/sender", new { sender_id = mailbox })).Ok();
            (await server.Post($"/v1/email-tasks/{task}/recipients", new { recipients = new[] { row.creator_id is null ? (object)new { row.email_address } : row } })).Ok();
            await server.Send(task);
            await server.Settled(task);
        }
        async Task<string[]> Of(string who) => [.. (await server.Get($"/v1/creators/{who}/history")).Ok().At("items").EnumerateArray().Select(i => i.GetProperty("task_name").GetString()!)];
        Assert.Equal(["Three", "One"], await Of("ana"));
        Assert.Equal(["Two"], await Of("ben"));
        Assert.Equal(["Two"], await Of("agency@x.example"));
        var page = (await server.Get("/v1/creators/ana/history?page_size=1")).Ok();
        Assert.Equal("One", (await server.Get($"/v1/creators/ana/history?page_size=1&cursor={page.Text("next_cursor")}")).Ok().At("items")[0].GetProperty("task_name").GetString());
    }
}
