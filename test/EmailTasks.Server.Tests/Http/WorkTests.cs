using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>Expensive work has limits of its own, and what stops mail is behind none of them.</summary>
public sealed class WorkTests
{
    private const int Large = 100_000;

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void Every_operation_whose_body_may_be_large_has_a_limit_of_its_own()
    {
        var without = Catalogue.All.Where(op => Work.Of(op) == WorkKind.Small && op.BodyMembers.Sum(m => Bytes(m.Shape, m.Wire)) > Large).Select(o => o.Command);
        Assert.Empty(without);
    }

    [Fact]
    public void What_stops_mail_is_known() => Assert.Equal(
        ["email cancel", "email pause", "mailbox pause", "suppression add"], Catalogue.All.Where(Work.Stops).Select(o => o.Command).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("email send", "POST", "/v1/email-tasks/{draft}/send")]
    [InlineData("email schedule", "POST", "/v1/email-tasks/{draft}/schedule")]
    [InlineData("email recipients add", "POST", "/v1/email-tasks/{draft}/recipients")]
    [InlineData("creator import", "POST", "/v1/creators")]
    [InlineData("email content save", "PUT", "/v1/email-tasks/{draft}/content")]
    [InlineData("email templates save", "POST", "/v1/email-templates")]
    [InlineData("email preview", "GET", "/v1/email-tasks/{draft}/preview")]
    [InlineData("data verify", "GET", "/v1/data/verify")]
    public async Task Past_its_limit_work_is_told_to_come_again_and_one_key_can_t_take_all(string command, string method, string path)
    {
        await using var server = await Busy();
        var world = await GateWorld.Make(server);
        var op = Catalogue.Find(command)!;
        var body = op.Example;
        var (held, mine) = (new List<IDisposable>(), "key_" + world["admin"].Split('_')[1]);
        while (await server.App.Work.Turn(op, mine, 0, default) is { } more) held.Add(more);
        if (Work.Of(op) != WorkKind.Count)
        {
            Assert.Equal(ErrorCodes.Unavailable, (await world.Call(op, path, body, force: false)).ErrorCode);
            Assert.NotEqual(ErrorCodes.Unavailable, (await world.Call(op, path, body, force: false, key: "admin_key")).ErrorCode);
        }
        while (await server.App.Work.Turn(op, "somebody" + held.Count, 0, default) is { } more) held.Add(more);
        foreach (var force in new[] { false, true })
        {
            var refused = await world.Call(op, path, body, force, key: "admin_key");
            Assert.Equal((503, ErrorCodes.Unavailable), (refused.Status, refused.ErrorCode));
        }
        using var plain = new HttpRequestMessage(new HttpMethod(method), world.Fill(path)) { Content = body is null || method == "GET" ? null : new StringContent(body, null, "application/json") };
        plain.Headers.Authorization = new("Bearer", server.AdminKey);
        using var response = await server.Http.SendAsync(plain, TestContext.Current.CancellationToken);
        Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        foreach (var place in held) place.Dispose();
        Assert.NotEqual(ErrorCodes.Unavailable, (await world.Call(op, path, body, force: false)).ErrorCode);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Stops_are_answered_while_every_turn_all_memory_for_bodies_all_reads_and_all_calls_are_spent(StoreKind store)
    {
        await using var server = await Busy(store);
        var world = await GateWorld.Make(server);
        while (server.App.Rates.Take("key_" + world["admin"].Split('_')[1], server.App.Time.GetElapsedTime(0)) is null)
        {
            // The key's calls are spent.
        }
        var (release, reading) = (new TaskCompletionSource(), new List<Task>());
        var held = new List<IDisposable?>();
        foreach (var key in new[] { "one", "two", "three" })
        {
            foreach (var op in Catalogue.All.Where(o => !Work.Stops(o) && Work.Of(o) != WorkKind.Small).DistinctBy(Work.Of)) held.Add(await server.App.Work.Turn(op, key, Limits.BodyBytes, default));
            held.Add(await server.App.Work.LargeBodies.Take(key, Limits.BodyBytes, default));
            held.Add(await server.App.Work.SmallBodies.Take(key, Limits.SmallBodiesInFlightBytes / 2, default));
            for (var i = 0; i < Limits.ReadsAtOnce / 2; i++)
                reading.Add(server.App.Work.Read(server.App.Store, key, stops: false, async db => { await release.Task; return 0; }));
        }
        foreach (var (op, path, body) in Stopping) Assert.Null((await world.Call(op, path, body, force: true)).ErrorCode);
        Assert.Equal(ErrorCodes.Unavailable, (await world.Call(KeyOps.WhoAmI, "/v1/whoami", null, force: false)).ErrorCode);
        release.SetResult();
        await Task.WhenAll(reading.Select(r => r.ContinueWith(_ => { }, TaskScheduler.Default)));
        foreach (var (op, path, body) in Stopping) Assert.Equal(ErrorCodes.RateLimited, (await world.Call(op, path, body, force: false)).ErrorCode);
        Assert.Equal(ErrorCodes.RateLimited, (await world.Call(KeyOps.WhoAmI, "/v1/whoami", null, force: false)).ErrorCode);
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_stop_goes_before_every_change_that_queues_for_the_writer(StoreKind store)
    {
        const int queued = 400;
        await using var server = await TestServer.Start(store);
        var world = await GateWorld.Make(server);
        foreach (var (op, path, body) in Stopping)
        {
            var (blocked, done) = (new ManualResetEventSlim(), 0);
            Task<int> Wait(int milliseconds) => server.App.Store.Write(db =>
            {
                blocked.Wait();
                Thread.Sleep(milliseconds);
                return ValueTask.FromResult(Interlocked.Increment(ref done));
            });
            var changes = Enumerable.Range(0, queued).Select(_ => Wait(5)).ToList();
            var stop = world.Call(op, path, body, force: true);
            await Task.Delay(300, TestContext.Current.CancellationToken);
            blocked.Set();
            (await stop).Ok();
            var before = Volatile.Read(ref done);
            Assert.True(before < queued, $"{op.Command} was answered after all {queued} changes that queued before it.");
            TestContext.Current.TestOutputHelper?.WriteLine($"{op.Command}: answered after {before} of {queued}");
            await Task.WhenAll(changes);
        }
    }

    private static readonly (Op Op, string Path, string? Body)[] Stopping =
    [
        (SendingOps.Pause, "/v1/email-tasks/{running}/pause", null),
        (SendingOps.Cancel, "/v1/email-tasks/{running}/cancel", null),
        (MailboxOps.Pause, "/v1/mailboxes/{held}/pause", null),
        (SuppressionOps.Add, "/v1/suppressions", SuppressionOps.Add.Example),
    ];

    private static Task<TestServer> Busy(StoreKind store = StoreKind.Sqlite) =>
        TestServer.Start(store, adjust: app => app with { Work = new WorkLimits(app.Time, Short), Rates = new RateLimit(3_000, TimeSpan.FromHours(10)) });

    /// <summary>About how large a valid value can be.</summary>
    private static long Bytes(Shape shape, WireAttribute wire) => shape.Kind switch
    {
        ShapeKind.Text => wire.Max >= int.MaxValue ? 0 : wire.Max, // ids and words of a list have no limit of their own
        ShapeKind.Map => Math.Min(wire.Max, Large) * Math.Min(wire.MaxEach, Large),
        ShapeKind.Array => Math.Min(wire.Max, Large) * Bytes(shape.Element!, new WireAttribute("") { Max = wire.MaxEach }),
        ShapeKind.Object => shape.Members.Sum(m => Bytes(m.Shape, m.Wire)),
        _ => 20,
    };
}
