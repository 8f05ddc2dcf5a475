using EmailTasks.Contracts;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Keys;

/// <summary>A key is shown once, is never wider than its maker, and ends when it is told to.</summary>
public sealed class KeyTests
{
    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_key_is_shown_once_and_stored_nowhere(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var body = new { name = "Agent", actor = "agent", scopes = new[] { "read" } };
        var dry = (await server.Post("/v1/keys", body, force: false)).Ok();
        Assert.Null(dry.Data.GetProperty("key").GetString());
        Assert.Null(dry.Data.GetProperty("key_id").GetString());
        var once = Guid.NewGuid().ToString();
        var made = (await server.Call("POST", "/v1/keys", body, idempotencyKey: once)).Ok();
        var key = made.Text("key");
        var again = (await server.Call("POST", "/v1/keys", body, idempotencyKey: once)).Ok();
        Assert.Null(again.Data.GetProperty("key").GetString());
        Assert.Equal(made.Text("key_id"), again.Text("key_id"));
        var me = (await server.Get("/v1/whoami", key)).Ok();
        Assert.Equal((made.Text("key_id"), "agent", "admin"), (me.Text("key.key_id"), me.Text("key.actor"), me.Text("role")));
        Assert.Contains("email list", me.Data.GetProperty("commands").EnumerateArray().Select(c => c.GetString()));
        Assert.DoesNotContain("email create", me.Data.GetProperty("commands").EnumerateArray().Select(c => c.GetString()));
        Assert.DoesNotContain(key[^64..], (await server.Get("/v1/keys")).Ok().Data.GetRawText());
        var bytes = File.ReadAllBytes(Path.Combine(server.Folder, "email-tasks.db")).Concat(File.ReadAllBytes(Path.Combine(server.Folder, "email-tasks.db-wal"))).ToArray();
        Assert.Equal(-1, bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(key[^64..])));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_revoked_or_expired_key_and_a_removed_member_s_key_end_at_once(StoreKind store)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2027, 3, 1, 9, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.Start(store, time);
        async Task<Reply> Make(object body) => (await server.Post("/v1/keys", body)).Ok();
        var revoked = await Make(new { name = "a", actor = "person" });
        (await server.Post($"/v1/keys/{revoked.Text("key_id")}/revoke")).Ok();
        var expiring = await Make(new { name = "b", actor = "person", expires_at = "2027-03-01T10:00:00Z" });
        (await server.Get("/v1/whoami", expiring.Text("key"))).Ok();
        time.Advance(TimeSpan.FromHours(1));
        var uid = (await server.Post("/v1/team", new { name = "Ben", email = "ben@brand.example", role = "operator" })).Ok().Text("uid");
        var removed = await Make(new { uid, name = "c", actor = "person" });
        (await server.Get("/v1/whoami", removed.Text("key"))).Ok();
        (await server.Call("DELETE", $"/v1/team/{uid}")).Ok();
        foreach (var key in new[] { revoked, expiring, removed })
        {
            var reply = await server.Get("/v1/whoami", key.Text("key"));
            Assert.Equal((401, ErrorCodes.InvalidApiKey), (reply.Status, reply.ErrorCode));
        }
        Assert.Equal("The API key has expired.", (await server.Get("/v1/whoami", expiring.Text("key"))).Summary);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task No_key_makes_a_wider_one(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        const string Agent = "\"name\":\"x\",\"actor\":\"agent\"";
        var narrow = $$"""
            "scopes":["manage","read"],"require_plan":true,"expires_at":"2090-01-01T00:00:00Z",
            "bounds":{"commands":["key","email"],"recipients_per_task":10,"sender_ids":["{{mailbox}}"],"domains":["creators.example"]}
            """;
        var key = (await server.Post("/v1/keys", $"{{\"name\":\"n\",\"actor\":\"person\",{narrow}}}")).Ok().Text("key");
        var same = (await server.Call("POST", "/v1/keys", $"{{{Agent},{narrow}}}", key: key)).Ok();
        Assert.True(same.Data.GetProperty("require_plan").GetBoolean());
        (string From, string To)[] wider =
        [
            ("\"manage\",\"read\"", "\"manage\",\"send\""), ("\"scopes\":[\"manage\",\"read\"],", ""), ("2090", "2091"), ("\"expires_at\":\"2090-01-01T00:00:00Z\",", ""), ("[\"key\",\"email\"]", "[\"email\",\"product\"]"),
            ("\"commands\":[\"key\",\"email\"],", ""), (":10", ":11"), ("\"recipients_per_task\":10,", ""), (",\"domains\":[\"creators.example\"]", ""), ("creators.example", "else.example"), ($"\"sender_ids\":[\"{mailbox}\"],", ""),
        ];
        foreach (var (from, to) in wider)
        {
            var changed = $"{{{Agent},{narrow.Replace(from, to, StringComparison.Ordinal)}}}".Replace(",\n}", "\n}", StringComparison.Ordinal);
            Assert.DoesNotContain(from, changed);
            var reply = await server.Call("POST", "/v1/keys", changed, key: key);
            Assert.True(reply.ErrorCode == ErrorCodes.ScopeRequired, $"{from} → {to}: {reply.Json}");
        }
        var daily = (await server.Post("/v1/keys", new { name = "d", actor = "person", bounds = new { recipients_per_day = 5 } })).Ok().Text("key");
        var second = await server.Call("POST", "/v1/keys", new { name = "e", actor = "person", bounds = new { recipients_per_day = 5 } }, key: daily);
        Assert.Equal(ErrorCodes.ScopeRequired, second.ErrorCode);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Keys_are_one_s_own_or_an_admin_s_matter(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var account = await server.Account();
        var mine = await server.NewKey(Role.Operator, "person", account);
        var other = await server.NewKey(Role.Viewer, "person", account);
        var me = (await server.Get("/v1/whoami", mine)).Ok();
        Assert.Equal(1, (await server.Get("/v1/keys", mine)).Ok().Number("total_size"));
        Assert.Equal(3, (await server.Get("/v1/keys")).Ok().Number("total_size"));
        Assert.Equal(ErrorCodes.ScopeRequired, (await server.Get($"/v1/keys?uid={me.Text("uid")}", other)).ErrorCode);
        Assert.Equal(ErrorCodes.NotFound, (await server.Call("POST", $"/v1/keys/{me.Text("key.key_id")}/revoke", key: other)).ErrorCode);
        Assert.Equal(ErrorCodes.ScopeRequired, (await server.Call("POST", "/v1/keys", new { uid = me.Text("uid"), name = "x", actor = "agent" }, key: other)).ErrorCode);
        (await server.Call("POST", $"/v1/keys/{me.Text("key.key_id")}/revoke", key: mine)).Ok();
    }
}
