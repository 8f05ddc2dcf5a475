using System.Text.RegularExpressions;
using EmailTasks.Contracts;
using EmailTasks.Server.Storage;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>One key, one effect: however often and however concurrently a call is repeated.</summary>
public sealed class IdempotencyTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    private const int Twins = 50;

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Fifty_creates_with_one_key_make_one_task(StoreKind store)
    {
        var world = await shared.Of(store);
        await OneEffect(world, TaskOps.Create, "/v1/email-tasks", $$"""{"name":"{{Guid.NewGuid()}}"}""", "select count(*) from task");
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Fifty_adds_with_one_key_add_once(StoreKind store)
    {
        var world = await shared.Of(store);
        await world.Fresh();
        var first = await OneEffect(world, RecipientOps.Add, "/v1/email-tasks/{draft}/recipients", """{"recipients":[{"email_address":"once@creators.example"}]}""", "select count(*) from recipient");
        Assert.Equal(1, first.Number("added"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Fifty_sends_with_one_key_start_once(StoreKind store)
    {
        var world = await shared.Of(store);
        await world.Fresh();
        await OneEffect(world, SendingOps.Send, "/v1/email-tasks/{draft}/send", null, "select count(*) from plan");
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_key_belongs_to_one_request(StoreKind store)
    {
        var world = await shared.Of(store);
        var key = Guid.NewGuid().ToString();
        (await world.Call(TaskOps.Create, "/v1/email-tasks", """{"name":"a"}""", true, idempotencyKey: key)).Ok();
        var before = await Count(world, "select count(*) from task");
        foreach (var (op, path, body) in new[] { (TaskOps.Create, "/v1/email-tasks", """{"name":"b"}"""), ((Op)ProductOps.Create, "/v1/products", ProductOps.Create.Example!), (TaskOps.Copy, "/v1/email-tasks/{draft}/copy", null!) })
        {
            var other = await world.Call(op, path, body, true, idempotencyKey: key);
            Assert.Equal((409, ErrorCodes.IdempotencyMismatch), (other.Status, other.ErrorCode));
        }
        Assert.Equal(before, await Count(world, "select count(*) from task"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_key_is_not_shared_between_api_keys_and_accounts(StoreKind store)
    {
        var world = await shared.Of(store);
        var key = Guid.NewGuid().ToString();
        var ids = new List<string>();
        foreach (var caller in new[] { "admin", "admin_key", "operator_key", "other_admin" })
            ids.Add((await world.Call(TaskOps.Create, "/v1/email-tasks", """{"name":"a"}""", true, caller, key)).Ok().Text("task_id"));
        Assert.Equal(4, ids.Distinct().Count());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_refused_call_takes_effect_with_its_key_once_the_cause_is_mended(StoreKind store)
    {
        var world = await shared.Of(store);
        await world.Fresh();
        var (task, key) = (world["empty"], Guid.NewGuid().ToString());
        var refused = await world.Server.Call("POST", $"/v1/email-tasks/{task}/send", idempotencyKey: key);
        Assert.Equal(ErrorCodes.InvalidState, refused.ErrorCode);
        await world.Server.AddRecipients(task, 1);
        await world.Server.SaveContent(task, task);
        (await world.Server.Put($"/v1/email-tasks/{task}/sender", new { sender_id = world["held"] })).Ok();
        var sent = (await world.Server.Call("POST", $"/v1/email-tasks/{task}/send", idempotencyKey: key)).Ok();
        Assert.Equal("sending", sent.Text("status"));
        Assert.False(Replayed(sent));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_dry_run_neither_reads_nor_uses_up_a_key(StoreKind store)
    {
        var world = await shared.Of(store);
        var key = Guid.NewGuid().ToString();
        var dry = (await world.Call(TaskOps.Create, "/v1/email-tasks", """{"name":"a"}""", false, idempotencyKey: key)).Ok();
        var forced = (await world.Call(TaskOps.Create, "/v1/email-tasks", """{"name":"b"}""", true, idempotencyKey: key)).Ok();
        Assert.False(Replayed(forced));
        var again = (await world.Call(TaskOps.Create, "/v1/email-tasks", """{"name":"b"}""", false, idempotencyKey: key)).Ok();
        Assert.All([dry, again], d => Assert.Equal((false, System.Text.Json.JsonValueKind.Null), (Replayed(d), d.Data.GetProperty("task_id").ValueKind)));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_restart_in_between_still_replays(StoreKind store)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-").FullName;
        var key = Guid.NewGuid().ToString();
        Reply first;
        await using (var server = await TestServer.Start(store, folder: folder)) first = (await server.Call("POST", "/v1/email-tasks", new { name = "a" }, idempotencyKey: key)).Ok();
        await using (var server = await TestServer.Start(store, folder: folder))
        {
            var again = (await server.Call("POST", "/v1/email-tasks", new { name = "a" }, idempotencyKey: key)).Ok();
            Assert.True(Replayed(again));
            Assert.Equal(first.Data.GetRawText(), again.Data.GetRawText());
        }
        Directory.Delete(folder, recursive: true);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_key_is_kept_for_24_hours(StoreKind store)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2027, 3, 1, 9, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.Start(store, time);
        var key = Guid.NewGuid().ToString();
        async Task<Reply> Create() => (await server.Call("POST", "/v1/email-tasks", new { name = "a" }, idempotencyKey: key)).Ok();
        // A change may join a group of others that began before it, and has their time: the next one is later for certain.
        async Task Later(TimeSpan by)
        {
            time.Advance(by);
            while (await server.App.Store.Write(db => ValueTask.FromResult(db.Now)) < Micros.Of(time.GetUtcNow())) await Task.Yield();
        }
        var first = await Create();
        await Later(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.Equal(first.Text("task_id"), (await Create()).Text("task_id"));
        await Later(TimeSpan.FromSeconds(2));
        var later = await Create();
        Assert.False(Replayed(later));
        Assert.NotEqual(first.Text("task_id"), later.Text("task_id"));
        Assert.Equal(later.Text("task_id"), (await Create()).Text("task_id"));
    }

    private static async Task<Reply> OneEffect(GateWorld world, Op op, string path, string? body, string counted)
    {
        var key = Guid.NewGuid().ToString();
        var (before, audited) = (await Count(world, counted), await Count(world, "select count(*) from audit"));
        var replies = await Task.WhenAll(Enumerable.Range(0, Twins).Select(_ => world.Call(op, path, body, true, idempotencyKey: key)));
        Assert.All(replies, r => r.Ok());
        Assert.Single(replies.Select(r => r.Data.GetRawText()).Distinct());
        var done = Assert.Single(replies, r => !Replayed(r)).Summary;
        Assert.All(replies.Where(Replayed), r => Assert.Matches($"^This was done before under this key; nothing was done again\\..* What was answered then: {Regex.Escape(done)}$", r.Summary));
        Assert.Equal(Twins - 1, replies.Count(Replayed));
        Assert.Equal(before + 1, await Count(world, counted));
        Assert.Equal(audited + 1, await Count(world, "select count(*) from audit"));
        return replies[0];
    }

    private static bool Replayed(Reply reply) => reply.Json.GetProperty("meta").TryGetProperty("idempotent_replay", out var replay) && replay.GetBoolean();

    private static Task<long> Count(GateWorld world, string sql) => world.Server.App.Store.Read(db => db.One<long>(sql));
}
