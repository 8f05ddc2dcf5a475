using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>What one key may do in a day, and what is kept of it.</summary>
public sealed class QuotaTests
{
    private static readonly Quotas Few = new(Changes: 1_000, Bytes: 1 << 30, Tasks: 4, Copies: 2, Keys: 3);

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Each_quota_ends_with_a_sentence_and_a_fix_dry_or_forced_and_is_the_key_s_own(StoreKind store)
    {
        await using var server = await TestServer.Start(store, adjust: app => app with { Quotas = Few });
        var other = await server.NewKey(Role.Admin, "person", await server.Account());
        Task<Reply> Create(string? key = null, bool force = true) => server.Call("POST", "/v1/email-tasks", new { name = "x" }, force, key);
        var task = (await Create()).Ok().Text("task_id");
        Task<Reply> Copy(bool force = true) => server.Post($"/v1/email-tasks/{task}/copy", new { name = "y" }, force);
        Task<Reply> Key() => server.Post("/v1/keys", new { name = "k", actor = "person" });
        for (var i = 0; i < Few.Copies; i++) (await Copy()).Ok();
        Refused(await Copy(force: false), "2 tasks");
        Refused(await Copy(), "copy 2 tasks");
        (await Create()).Ok();
        Refused(await Create(force: false), "create 4 tasks");
        Refused(await Create(), "create 4 tasks");
        for (var i = 0; i < Few.Keys; i++) (await Key()).Ok();
        Refused(await Key(), "make 3 keys");
        (await Create(other)).Ok();
        Assert.Equal(Few.Tasks + 1, await server.App.Store.Read(db => db.One<long>("select count(*) from task")));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_spent_day_holds_up_changes_and_no_stop_and_a_new_day_begins_anew(StoreKind store)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2027, 3, 1, 9, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.Start(store, time, adjust: app => app with { Quotas = Quotas.Default with { Changes = 40 } });
        var world = await GateWorldWithout(server);
        while ((await server.Post("/v1/email-tasks", new { name = "x" })).ErrorCode is null)
        {
            // The day is being spent.
        }
        Refused(await server.Post("/v1/products", ProductOps.Create.Example), "make 40 changes");
        (await server.Post($"/v1/email-tasks/{world}/pause")).Ok();
        (await server.Post($"/v1/email-tasks/{world}/cancel")).Ok();
        (await server.Post("/v1/suppressions", SuppressionOps.Add.Example)).Ok();
        time.Advance(TimeSpan.FromDays(1));
        await Worlds.Until(async () => (await server.Post("/v1/products", ProductOps.Create.Example)).ErrorCode is null, what: "the new day");
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Bytes_are_counted_by_what_came_and_what_is_kept(StoreKind store)
    {
        await using var server = await TestServer.Start(store, adjust: app => app with { Quotas = Quotas.Default with { Bytes = 3_000_000 } });
        var task = await server.Draft();
        var saves = 0;
        Reply last;
        while ((last = await Save(server, task, new string((char)('a' + saves), 400_000))).ErrorCode is null) saves++;
        Refused(last, "MB");
        Assert.InRange(saves, 2, 4);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_long_text_is_kept_once_and_a_repeated_call_is_answered_to_the_byte(StoreKind store)
    {
        const string nasty = "<p>\\u0000 \"quoted\" \\ 漢字 😀 \t</p>";
        await using var server = await TestServer.Start(store);
        var task = await server.Draft();
        var text = nasty + new string('x', 300_000);
        var (first, key) = (default(Reply), "");
        for (var i = 0; i < 20; i++) first = (await Save(server, task, text, key = Guid.NewGuid().ToString())).Ok();
        var again = (await Save(server, task, text, key)).Ok();
        Assert.Equal(first!.Data.GetRawText(), again.Data.GetRawText());
        Assert.True(again.Json.GetProperty("meta").GetProperty("idempotent_replay").GetBoolean());
        var (answers, texts) = await server.App.Store.Read(async db =>
            (await db.One<long>("select sum(length(data)) from idempotency"), await db.One<long>("select count(*) from kept_text")));
        TestContext.Current.TestOutputHelper?.WriteLine($"20 saves of 300 KB: {answers} bytes in kept answers, {texts} long texts");
        Assert.InRange(answers, 1, 200_000);
        Assert.InRange(texts, 1, 3);
        await server.App.Store.Write(async db => await db.Execute("update idempotency set expires_at = 1") + await db.Execute("update kept_text set expires_at = 1"));
        await server.App.Store.Write(GateRows.ForgetAnswers);
        Assert.Equal(0, await server.App.Store.Read(db => db.One<long>("select count(*) from kept_text")));
    }

    private static Task<Reply> Save(TestServer server, string task, string text, string? key = null) =>
        server.Call("PUT", $"/v1/email-tasks/{task}/content", new { subject = "Hi", text_body = text }, idempotencyKey: key);

    private static async Task<string> GateWorldWithout(TestServer server)
    {
        var task = await server.Ready(1, await server.Smtp(9));
        await server.Send(task);
        return task;
    }

    private static void Refused(Reply reply, string most)
    {
        Assert.Equal((403, ErrorCodes.InsufficientCredit), (reply.Status, reply.ErrorCode));
        Assert.Contains(most, reply.Summary);
        Assert.NotEmpty(reply.Json.GetProperty("action").GetProperty("hint").GetString()!);
    }
}
