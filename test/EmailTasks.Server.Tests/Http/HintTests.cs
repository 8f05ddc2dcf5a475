using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>Who may not is told whom to ask, and never the way to a wider key; a repeated answer says that it is one.</summary>
public sealed class HintTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    [Theory]
    [InlineData("viewer_key", "email create")]
    [InlineData("agent_viewer", "email create")]
    [InlineData("agent_admin", "key list")]
    [InlineData("agent_operator", "team list")]
    [InlineData("operator_key", "audit list")]
    [InlineData("agent_operator", "email recipients resolve")]
    public async Task A_refused_right_names_a_member_who_has_it(string caller, string command)
    {
        var world = await shared.Of(StoreKind.Sqlite);
        var op = Catalogue.Find(command)!;
        var c = MutationCases.All.GetValueOrDefault(command);
        var reply = await world.Call(op, c?.Path ?? op.Route, c?.Body, false, caller);
        Assert.Equal(ErrorCodes.ScopeRequired, reply.ErrorCode);
        var hint = reply.Json.GetProperty("action").GetProperty("hint").GetString()!;
        var members = (await world.Server.Get("/v1/team?page_size=100")).Ok().Data.GetProperty("items").EnumerateArray()
            .Where(m => RoleWords.Parse(m.GetProperty("role").GetString()!) >= op.Role).Select(m => $"{m.GetProperty("name").GetString()} ({m.GetProperty("role").GetString()})").ToList();
        Assert.Contains(members, m => hint.EndsWith($": {m}.", StringComparison.Ordinal));
        Assert.DoesNotContain("admin.key", reply.Json.GetRawText());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nox_nobody_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("not a key")]
    public async Task Without_a_key_nothing_says_where_one_lies(string? key)
    {
        var world = await shared.Of(StoreKind.Sqlite);
        var reply = await world.Server.Get("/v1/email-tasks", key ?? "");
        Assert.Equal(ErrorCodes.InvalidApiKey, reply.ErrorCode);
        var text = reply.Json.GetRawText();
        Assert.Contains("a person who is an admin", text);
        Assert.DoesNotContain("admin.key", text);
        Assert.DoesNotContain("--login", text);
        Assert.DoesNotContain("DIR", text);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_replay_says_that_it_is_one_and_what_is_true_now(StoreKind store)
    {
        var world = await shared.Of(store);
        await world.Fresh();
        var (task, mailbox) = (world["running"], world["mailbox"]);
        await Twice($"/v1/email-tasks/{task}/pause", $"/v1/email-tasks/{task}/cancel", "The task is cancelled now.");
        await Twice($"/v1/mailboxes/{mailbox}/pause", $"/v1/mailboxes/{mailbox}/resume", "The mailbox is not paused now.");
        var created = Guid.NewGuid().ToString();
        var draft = (await world.Server.Call("POST", "/v1/email-tasks", new { name = "a" }, idempotencyKey: created)).Ok();
        (await world.Server.Call("DELETE", $"/v1/email-tasks/{draft.Text("task_id")}")).Ok();
        Assert.Contains("The task is no longer there.", (await world.Server.Call("POST", "/v1/email-tasks", new { name = "a" }, idempotencyKey: created)).Ok().Summary);

        async Task Twice(string path, string then, string now)
        {
            var key = Guid.NewGuid().ToString();
            var first = (await world.Server.Call("POST", path, idempotencyKey: key)).Ok();
            (await world.Server.Call("POST", then)).Ok();
            var again = (await world.Server.Call("POST", path, idempotencyKey: key)).Ok();
            Assert.Equal($"This was done before under this key; nothing was done again. {now} What was answered then: {first.Summary}", again.Summary);
            Assert.Equal(first.Data.GetRawText(), again.Data.GetRawText());
            foreach (var step in new[] { "next", "undo" }) Assert.Equal(first.Json.GetProperty(step).GetRawText(), again.Json.GetProperty(step).GetRawText());
            // What an older server kept: a bare line, forced, that undoes what was done.
            await world.Server.App.Store.Write(db => db.Execute("update idempotency set next = 'noxinfluencer email resume tsk_1 --force' where idem_key = @key", new { key }));
            var old = (await world.Server.Call("POST", path, idempotencyKey: key)).Ok();
            Assert.False(old.Json.TryGetProperty("next", out _) || old.Json.TryGetProperty("undo", out _), old.Json.ToString());
        }
    }
}
