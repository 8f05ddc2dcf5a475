using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Keys;

/// <summary>Bounds reach every address that a key could set: where answers go, what a sender is called, creators, tests, whose tasks.</summary>
public sealed class AddressBoundTests
{
    /// <summary>Who, bounds, what is chosen for the mailbox me@brand.example (or one at Gmail), and the problem it must meet; none for "ok".</summary>
    private static readonly (string Actor, object? Bounds, string? From, string? ReplyTo, string Expected)[] Senders =
    [
        ("agent", null, "Mia", "other@brand.example", "ok"),
        ("agent", null, "Mia", "admin@team.example", "ok"),
        ("agent", null, null, null, "ok"),
        ("agent", null, "Mia @ Brand", null, "ok"),
        ("agent", null, "brand.example", null, "ok"),
        ("agent", null, "Dr.Miller of St.Pauli", null, "ok"),
        ("agent", null, "Mia", "evil@elsewhere.example", "key_reply_to"),
        ("agent", null, "Mia", "evil@sub.brand.example", "key_reply_to"),
        ("agent", null, "Mia", "evil@brand.example.evil.test", "key_reply_to"),
        ("agent", null, "support@bank.example", null, "address"),
        ("agent", null, "Bank <support@bank.example>", null, "address"),
        ("agent", null, "support＠bank.example", null, "address"),
        ("agent", null, "sup\u200Bport @ bank.example", null, "address"),
        ("agent", null, "support(at)bank.example", null, "address"),
        ("agent", null, "www.bank.example", null, "key_from_name"),
        ("agent", null, "Your bank.com team", null, "key_from_name"),
        ("person", null, "Mia", "elsewhere@agency.example", "ok"),
        ("person", null, "Booking.com", null, "ok"),
        ("person", null, "support@bank.example", null, "address"),
        ("agent", new { reply_to = new[] { "Desk@agency.example" } }, "Mia", "desk@agency.example", "ok"),
        ("agent", new { reply_to = new[] { "desk@agency.example" } }, "Mia", "other@brand.example", "key_reply_to"),
        ("person", new { reply_to = new[] { "desk@agency.example" } }, "Mia", "other@brand.example", "key_reply_to"),
        ("person", new { from_name = new[] { "Mia" } }, "Mia", null, "ok"),
        ("person", new { from_name = new[] { "Mia" } }, "Ben", null, "key_from_name"),
        ("agent", new { from_name = new[] { "Mia" } }, null, null, "ok"),
    ];

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_sender_is_chosen_within_the_bounds_and_is_never_called_an_address(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(2525, address: "me@brand.example");
        await server.App.Store.Write(db => db.Execute("update member set email = 'admin@team.example'"));
        var task = await server.Draft();
        var wrong = new List<string>();
        foreach (var (actor, bounds, from, replyTo, expected) in Senders)
        {
            var key = await Key(server, actor, bounds);
            foreach (var force in new[] { false, true })
            {
                var reply = await server.Call("PUT", $"/v1/email-tasks/{task}/sender", Without(new() { ["sender_id"] = mailbox, ["from_name"] = from, ["reply_to"] = replyTo }), force, key);
                var met = reply.Success ? "ok" : reply.Errors[0].GetProperty("code").GetString();
                if (met != expected) wrong.Add($"{actor} {bounds} \"{from}\" {replyTo}: {met}, not {expected}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        var gmail = await server.Smtp(2525, address: "brand@gmail.com");
        var agent = await Key(server, "agent", null);
        Assert.Equal("key_reply_to", (await server.Call("PUT", $"/v1/email-tasks/{task}/sender", new { sender_id = gmail, reply_to = "evil@gmail.com" }, key: agent)).Errors[0].GetProperty("code").GetString());
        (await server.Call("PUT", $"/v1/email-tasks/{task}/sender", new { sender_id = gmail, reply_to = "b.rand+x@googlemail.com" }, key: agent)).Ok();
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Creators_tests_and_other_members_tasks_are_asked_too(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var sender = await server.Pickup();
        var bounded = await Key(server, "agent", new { domains = new[] { "creators.example" } });
        object Creators(params string[] addresses) => new { creators = new[] { new { creator_id = "c1", name = "Ana", platform = "youtube", channel_id = "UC1", email_addresses = addresses } } };
        Task<Reply> Import(string key, params string[] addresses) => server.Call("POST", "/v1/creators", Creators(addresses), key: key);
        (await Import(bounded, "ana@creators.example")).Ok();
        Refused("key_domains", await Import(bounded, "ana@creators.example", "ana@evil.example"));
        Refused("key_domains", await Import(bounded, "ana@evil.example"));
        (await Import(server.AdminKey, "ana@agency.example")).Ok();
        Refused("key_domains", await Import(bounded, "ana@creators.example")); // it may not take the other one away

        var task = await server.Ready(1, sender, address: _ => "ana@creators.example");
        await server.App.Store.Write(db => db.Execute("update member set email = 'admin@team.example'"));
        Task<Reply> Test(string key, bool force = true) => server.Call("POST", $"/v1/email-tasks/{task}/test", new { to = "admin@team.example" }, force, key);
        Refused("key_domains", await Test(bounded));
        var two = await Key(server, "agent", new { recipients_per_day = 2 });
        (await Test(two, force: false)).Ok();
        (await Test(two)).Ok();
        (await Test(two)).Ok();
        Refused("key_recipients_per_day", await Test(two, force: false));
        Refused("key_recipients_per_day", await Test(two));

        var other = (await server.Post("/v1/team", new { name = "Ben", email = "ben@team.example", role = "operator" })).Ok().Text("uid");
        var me = (await server.Get("/v1/whoami")).Ok().Text("uid");
        var (mine, theirs) = (await Key(server, "person", new { tasks_of = new[] { me } }), await Key(server, "person", new { tasks_of = new[] { other } }));
        (await server.Call("PATCH", $"/v1/email-tasks/{task}", new { name = "Mine" }, key: mine)).Ok();
        Refused("key_tasks_of", await server.Call("PATCH", $"/v1/email-tasks/{task}", new { name = "Theirs" }, key: theirs));
        Refused("key_tasks_of", await server.Call("POST", $"/v1/email-tasks/{task}/send", force: false, key: theirs));
        Refused("key_tasks_of", await server.Call("POST", $"/v1/email-tasks/{task}/cancel", key: theirs));
        Refused("key_tasks_of", await server.Call("POST", "/v1/email-tasks", new { name = "New" }, key: theirs));
        (await server.Call("POST", "/v1/email-tasks", new { name = "New", owner_uid = other }, key: theirs)).Ok();
        Refused("key_tasks_of", await server.Call("PATCH", $"/v1/email-tasks/{task}", new { owner_uid = other }, key: mine));
        (await server.Call("GET", $"/v1/email-tasks/{task}", key: theirs)).Ok();
        Refused("wider", await server.Call("POST", "/v1/keys", new { name = "wide", actor = "person" }, key: mine));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_test_takes_nothing_of_the_day_from_a_task_that_was_approved(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(2525, new { per_day = 3, connections = 1 }, address: "me@brand.example");
        var approved = await server.Ready(3, mailbox);
        await server.Schedule(approved);
        var draft = await server.Ready(1, mailbox, "Another");
        var reply = await server.Post($"/v1/email-tasks/{draft}/test", new { to = "me@brand.example" }, force: false);
        Assert.Equal((ErrorCodes.RateLimited, "reserved"), (reply.ErrorCode, reply.Errors[0].GetProperty("code").GetString()));
        (await server.Post($"/v1/email-tasks/{approved}/cancel")).Ok();
        (await server.Post($"/v1/email-tasks/{draft}/test", new { to = "me@brand.example" }, force: false)).Ok();
    }

    private static void Refused(string code, Reply reply) => Assert.Equal(code, reply.Success ? "ok" : reply.Errors[0].GetProperty("code").GetString());

    private static async Task<string> Key(TestServer server, string actor, object? bounds) =>
        (await server.Post("/v1/keys", Without(new() { ["name"] = "k", ["actor"] = actor, ["bounds"] = bounds }))).Ok().Text("key");

    private static Dictionary<string, object?> Without(Dictionary<string, object?> members) => members.Where(m => m.Value is not null).ToDictionary(m => m.Key, m => m.Value);
}
