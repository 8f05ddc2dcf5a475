using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Team;

/// <summary>Roles count at once, and an account is never without an admin.</summary>
public sealed class MembersTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_last_admin_is_neither_removed_nor_demoted(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var me = (await server.Get("/v1/whoami")).Ok().Text("uid");
        foreach (var force in new[] { false, true })
        {
            Assert.Equal(ErrorCodes.InvalidState, (await server.Call("DELETE", $"/v1/team/{me}", force: force)).ErrorCode);
            Assert.Equal(ErrorCodes.InvalidState, (await server.Call("PATCH", $"/v1/team/{me}", new { role = "operator" }, force)).ErrorCode);
        }
        Assert.True((await server.Call("PATCH", $"/v1/team/{me}", new { name = "Mia" })).Ok().Data.GetProperty("changed").GetBoolean());
        var second = await server.NewKey(Role.Admin, "person", await server.Account());
        var other = (await server.Get("/v1/whoami", second)).Ok().Text("uid");
        var both = await Task.WhenAll(server.Call("DELETE", $"/v1/team/{me}", key: second), server.Call("DELETE", $"/v1/team/{other}"));
        Assert.Single(both, r => r.Success);
        Assert.Equal(1, await server.App.Store.Read(db => db.One<int>("select count(*) from member where role = 3 and removed_at is null")));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_new_role_counts_from_the_next_call_on(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var added = (await server.Post("/v1/team", new { name = "Ben", email = "Ben@Brand.example", role = "operator" })).Ok();
        Assert.Equal(ErrorCodes.DuplicateData, (await server.Post("/v1/team", new { name = "B", email = "ben@brand.example", role = "viewer" })).ErrorCode);
        var key = (await server.Post("/v1/keys", new { uid = added.Text("uid"), name = "Ben's", actor = "person" })).Ok().Text("key");
        (await server.Call("POST", "/v1/email-tasks", new { name = "a" }, key: key)).Ok();
        (await server.Call("PATCH", $"/v1/team/{added.Text("uid")}", new { role = "viewer" })).Ok();
        Assert.Equal(ErrorCodes.ScopeRequired, (await server.Call("POST", "/v1/email-tasks", new { name = "a" }, key: key)).ErrorCode);
        (await server.Get("/v1/email-tasks", key)).Ok();
        (await server.Call("DELETE", $"/v1/team/{added.Text("uid")}")).Ok();
        Assert.Equal(1, (await server.Get("/v1/team")).Ok().Number("total_size"));
        (await server.Post("/v1/team", new { name = "B", email = "ben@brand.example", role = "viewer" })).Ok();
    }
}
