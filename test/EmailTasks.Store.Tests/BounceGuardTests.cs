using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>Too many refusals for good pause the task in the transaction of the finish that shows it.</summary>
public abstract class BounceGuardTests : IDisposable
{
    private readonly StoreFolder _folder;

    protected BounceGuardTests(StoreKind kind) => _folder = new StoreFolder(kind);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task<KernelWorld> World(int recipients, int? share = 1_000, int minimum = 20)
    {
        var world = await KernelWorld.Make(_folder.Store, recipients);
        await _folder.Store.Write(db => db.Execute(
            "insert into account (id, created_at, bounce_share, bounce_minimum) values (@Account, 0, @share, @minimum)", new { world.Account, share, minimum }));
        return world;
    }

    private Task<TaskRow> Row(KernelWorld world) => _folder.Store.Read(world.Row);

    /// <summary>So many sent, so many refused, one begin and finish each, so that every finish judges.</summary>
    private static async Task<bool> Send(KernelWorld world, int sent, int refused)
    {
        var stopped = false;
        for (var i = 0; i < sent + refused; i++)
        {
            var row = (await world.Begin(1)).Rows.Single();
            stopped |= await world.Finish(i < sent ? world.Result(row, VerdictOutcome.Sent) : world.Refused(row));
        }
        return stopped;
    }

    [Fact]
    public async Task It_stops_at_the_share_once_there_are_enough_results_and_says_why()
    {
        var world = await World(100);
        Assert.False(await Send(world, 18, 1)); // 1 of 19
        Assert.Equal(MailTaskStatus.Sending, (await Row(world)).Status);
        Assert.True(await Send(world, 0, 1)); // 2 of 20 are a tenth
        var task = await Row(world);
        Assert.Equal((MailTaskStatus.Paused, "guard", "bounce_guard"), (task.Status, task.PausedBy, task.PausedReason));
        Assert.Equal("Refused for good: 2 of 20 so far (10 %; the account stops at 10 %), most of the latest at d1.example (1), d2.example (1).", task.PausedProblem);
        Assert.Contains($"email recipients list {world.Task} --state failed", task.PausedFix);
        Assert.Equal(BeginEnd.TaskStopped, (await world.Begin(5)).End);
        await world.Recount();
    }

    [Fact]
    public async Task A_result_that_is_no_refusal_can_complete_the_minimum()
    {
        var world = await World(100, share: 2_000, minimum: 10);
        Assert.False(await Send(world, 0, 4));
        Assert.False(await Send(world, 5, 0));
        Assert.True(await Send(world, 1, 0)); // 4 of 10, and only now there are ten
    }

    [Fact]
    public async Task What_does_not_speak_of_the_recipients_does_not_count()
    {
        var world = await World(100, minimum: 10);
        var begun = await world.Begin(16);
        Assert.False(await world.Finish([.. begun.Rows.Select((r, i) => world.Result(r, i % 2 == 0 ? VerdictOutcome.Failed : VerdictOutcome.Sent))])); // failed, but not hard
        Assert.Equal((8L, 0L), ((await world.Counters()).Failed, (await world.Counters()).Hard));
    }

    [Fact]
    public async Task What_was_handed_over_when_it_tripped_still_ends_and_is_counted()
    {
        var world = await World(100, minimum: 3);
        var begun = (await world.Begin(6)).Rows;
        Assert.True(await world.Finish([.. begun.Take(3).Select(r => world.Refused(r))]));
        Assert.False(await world.Finish(world.Result(begun[3], VerdictOutcome.Sent), world.Result(begun[4], VerdictOutcome.Uncertain), world.Result(begun[5], VerdictOutcome.NotSent)));
        Assert.Equal([RecipientState.Sent, RecipientState.Uncertain, RecipientState.Pending], (await world.Rows()).Skip(3).Take(3).Select(r => r.State));
        await world.Recount();
    }

    [Fact]
    public async Task Forgiven_it_counts_from_there()
    {
        var world = await World(200);
        Assert.True(await Send(world, 18, 2));
        await _folder.Store.Write(async db =>
        {
            await GuardRows.Forgive(db, world.Task);
            await HoldRows.Clear(db, world.Task);
            return await db.Execute("update task set status = @sending where id = @Task", new { sending = MailTaskStatus.Sending, world.Task });
        });
        Assert.False(await Send(world, 17, 2)); // 2 of 19 since
        Assert.Equal(MailTaskStatus.Sending, (await Row(world)).Status);
        Assert.True(await Send(world, 1, 0)); // 2 of 20
        Assert.StartsWith("Refused for good: 2 of 20 ", (await Row(world)).PausedProblem);
    }

    [Fact]
    public async Task Unforgiven_it_stops_again_with_the_next_result()
    {
        var world = await World(200);
        Assert.True(await Send(world, 10, 10));
        await _folder.Store.Write(async db =>
        {
            await HoldRows.Clear(db, world.Task);
            return await db.Execute("update task set status = @sending where id = @Task", new { sending = MailTaskStatus.Sending, world.Task });
        });
        Assert.True(await Send(world, 1, 0));
    }

    [Fact]
    public async Task Switched_off_it_never_stops()
    {
        var world = await World(100, share: null);
        Assert.False(await Send(world, 0, 60));
        Assert.Equal(MailTaskStatus.Sending, (await Row(world)).Status);
    }

    [Fact]
    public async Task The_same_refusal_told_twice_counts_once()
    {
        var world = await World(100, minimum: 4, share: 5_000);
        var begun = (await world.Begin(3)).Rows;
        var refused = world.Refused(begun[0]);
        for (var i = 0; i < 5; i++) Assert.False(await world.Finish(refused, refused));
        Assert.Equal(1, (await world.Counters()).Hard);
        await world.Recount();
    }
}

/// <summary>On SQLite.</summary>
public sealed class SqliteBounceGuardTests() : BounceGuardTests(StoreKind.Sqlite);

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresBounceGuardTests() : BounceGuardTests(StoreKind.Postgres);
