using System.Collections.Concurrent;
using CsCheck;
using EmailTasks.Contracts;
using EmailTasks.Server.Tests.Http;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Keys;

/// <summary>No sequence of calls, also concurrent, passes a bound: what left is read from the plans, not from the answers.</summary>
public sealed class BoundTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    private const int PerTask = 5;
    private const int PerDay = 12;
    private const int Tasks = 4;

    private static readonly Gen<(int Kind, int Task, int Count)[][]> Sequences =
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, Tasks - 1], Gen.Int[1, 4]).Array[1, 5].Array[2, 6];

    /// <summary>One sequence that meets every bound, whatever the others happen to meet: four full tasks are 20 people, of 12 a day.</summary>
    private static readonly (int Kind, int Task, int Count)[][] Everything = [[(0, 0, 4), (0, 1, 4), (0, 2, 4), (0, 3, 4)], [(0, 0, 1), (1, 1, 1), (3, 2, 1)]];

    private readonly ConcurrentDictionary<string, int> _met = new();

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task No_sequence_of_calls_passes_a_bound(StoreKind store)
    {
        var world = await shared.Of(store);
        Assert.True(await Kept(world, Everything));
        foreach (var met in new[] { "started", "KEY_SENDER", "KEY_DOMAINS", "KEY_RECIPIENTS_PER_TASK", "KEY_RECIPIENTS_PER_DAY" })
            Assert.True(_met.Keys.Any(k => k.Equals(met, StringComparison.OrdinalIgnoreCase)), $"{met} was never met: {string.Join(", ", _met.Keys)}");
        await Sequences.SampleAsync(groups => Kept(world, groups), iter: 10, threads: 1);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Twenty_sends_at_once_spend_the_day_once(StoreKind store)
    {
        var world = await shared.Of(store);
        var (key, id) = await Bounded(world);
        var tasks = new List<string>();
        for (var i = 0; i < 20; i++) tasks.Add(await world.Draft(world["admin"], world["held"], null, $"a{Guid.NewGuid():N}@creators.example"));
        var replies = await Task.WhenAll(tasks.Select(t => Send(world, key, t)));
        Assert.Equal(PerDay, replies.Count(r => r.Success));
        Assert.All(replies.Where(r => !r.Success), r =>
        {
            Assert.Equal((403, ErrorCodes.InsufficientCredit, 9), (r.Status, r.ErrorCode, ErrorCodes.Row(r.ErrorCode!).Exit));
            Assert.NotEmpty(r.Text("plan_digest"));
        });
        var me = (await world.Server.Get("/v1/whoami", key)).Ok();
        Assert.Equal((id, PerDay), (me.Text("key.key_id"), me.Number("key.recipients_last_day")));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_test_mail_goes_through_no_mailbox_the_key_may_not_use(StoreKind store)
    {
        var world = await shared.Of(store);
        var (key, _) = await Bounded(world);
        var task = await world.Draft(world["admin"], world["pickup"], null, "a@creators.example");
        foreach (var force in new[] { false, true })
        {
            var reply = await world.Server.Call("POST", $"/v1/email-tasks/{task}/test", new { to = "files@brand.example" }, force, key);
            Assert.Equal((ErrorCodes.ScopeRequired, "key_sender"), (reply.ErrorCode, reply.Errors[0].GetProperty("code").GetString()));
        }
        (await world.Server.Call("POST", $"/v1/email-tasks/{task}/test", new { to = "files@brand.example" })).Ok();
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Mailing_somebody_again_counts_against_the_bounds_too(StoreKind store)
    {
        var world = await shared.Of(store);
        async Task<string> Key(object bounds) => (await world.Server.Post("/v1/keys", new { name = "retry", actor = "person", bounds })).Ok().Text("key");
        var (wrongMailbox, wrongDomain, small) = (await Key(new { sender_ids = new[] { world["pickup"] } }), await Key(new { domains = new[] { "else.example" } }), await Key(new { recipients_per_day = 1 }));
        var task = await world.Draft(world["admin"], world["held"], null, $"u1{Guid.NewGuid():N}@creators.example", $"u2{Guid.NewGuid():N}@creators.example");
        (await world.Server.Call("POST", $"/v1/email-tasks/{task}/send")).Ok();
        var rows = (await world.Server.Get($"/v1/email-tasks/{task}/recipients")).Ok().At("items").EnumerateArray().Select(r => (Id: r.GetProperty("recipient_id").GetString()!, Address: r.GetProperty("email_address").GetString()!)).ToList();
        foreach (var row in rows) await world.Server.MakeUncertain(task, row.Address, 3600);
        Task<Reply> Retry(string key, int i) => world.Server.Call("POST", $"/v1/email-tasks/{task}/recipients/resolve",
            new { recipients = new[] { new { recipient_id = rows[i].Id, attempt = 1 } }, outcome = "retry", reason = "asked" }, key: key);
        Assert.Equal(ErrorCodes.ScopeRequired, (await Retry(wrongMailbox, 0)).ErrorCode);
        Assert.Equal(ErrorCodes.ScopeRequired, (await Retry(wrongDomain, 0)).ErrorCode);
        (await Retry(small, 0)).Ok();
        Assert.Equal(ErrorCodes.InsufficientCredit, (await Retry(small, 1)).ErrorCode);
    }

    private async Task<bool> Kept(GateWorld world, (int Kind, int Task, int Count)[][] groups)
    {
        var (key, id) = await Bounded(world);
        var tasks = new List<string>();
        for (var i = 0; i < Tasks; i++) tasks.Add(await world.Draft(world["admin"], world["held"], null, $"first{Guid.NewGuid():N}@creators.example"));
        foreach (var group in groups) await Task.WhenAll(group.Select(step => Do(world, key, tasks, step)));
        await Task.WhenAll(tasks.Select(t => Send(world, key, t)));
        var left = await world.Server.App.Store.Read(db => db.Many<(string Sender, int Recipients, int Foreign)>(
            """
            select p.sender, (select count(*) from recipient r where r.set_id = p.set_id) as recipients,
              (select count(*) from recipient r where r.set_id = p.set_id and r.domain <> 'creators.example') as foreign_ones
            from plan p where p.key_id = @id
            """,
            new { id }));
        foreach (var _ in left) _met.AddOrUpdate("started", 1, (_, n) => n + 1);
        return left.TrueForAll(t => t.Recipients <= PerTask && t.Foreign == 0 && t.Sender.Contains(world["held"], StringComparison.Ordinal)) && left.Sum(t => t.Recipients) <= PerDay;
    }

    private static async Task<(string Key, string Id)> Bounded(GateWorld world)
    {
        var made = (await world.Server.Post("/v1/keys", new
        {
            name = "bounded", actor = "agent",
            bounds = new { recipients_per_task = PerTask, recipients_per_day = PerDay, sender_ids = new[] { world["held"] }, domains = new[] { "Creators.example" } },
        })).Ok();
        return (made.Text("key"), made.Text("key_id"));
    }

    private async Task Do(GateWorld world, string key, List<string> tasks, (int Kind, int Task, int Count) step)
    {
        var path = $"/v1/email-tasks/{tasks[step.Task]}";
        object People(string domain) => new { recipients = Enumerable.Range(0, step.Count).Select(_ => new { email_address = $"p{Guid.NewGuid():N}@{domain}", name = "P", variables = new { video = "x" } }) };
        var reply = step.Kind switch
        {
            0 => await world.Server.Call("POST", path + "/recipients", People("creators.example"), key: key),
            1 => await world.Server.Call("POST", path + "/recipients", People("else.example"), key: key),
            2 => await world.Server.Call("PUT", path + "/recipients", People("creators.example"), key: key),
            3 => await world.Server.Call("PUT", path + "/sender", new { sender_id = world["paused_mailbox"] }, key: key),
            // Somebody without bounds prepares what the key may not send.
            4 => await world.Server.Call("POST", path + "/recipients", People(step.Count == 1 ? "else.example" : "creators.example")),
            5 => step.Count > 2 ? await world.Server.Call("PUT", path + "/sender", new { sender_id = world["paused_mailbox"] }) : await world.Server.Call("PUT", path + "/sender", new { sender_id = world["held"] }),
            6 => await world.Server.Call("POST", path + "/copy", new { recipients = "all" }, key: key),
            _ => await Send(world, key, tasks[step.Task]),
        };
        Met(reply);
    }

    private async Task<Reply> Send(GateWorld world, string key, string task)
    {
        var path = $"/v1/email-tasks/{task}/send";
        var dry = await world.Server.Call("POST", path, force: false, key: key);
        Met(dry);
        if (!dry.Json.TryGetProperty("data", out var data) || !data.TryGetProperty("plan_digest", out var digest)) return dry;
        var reply = await world.Server.Call("POST", path, key: key, plan: digest.GetString());
        Met(reply);
        return reply;
    }

    private void Met(Reply reply)
    {
        if (reply.Success) return;
        foreach (var error in reply.Errors.EnumerateArray()) _met.AddOrUpdate(error.GetProperty("code").GetString()!, 1, (_, n) => n + 1);
    }
}
