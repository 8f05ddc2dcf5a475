using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>Holds are a set: each is added whatever others there are, each is lifted by itself, and nobody begins while one is left.</summary>
public abstract class HoldTests : IDisposable
{
    private static readonly Who Ana = new(true, "key_ana", "usr_ana");
    private static readonly Who Agent = new(false, "key_agent", "usr_ana");
    private static readonly Who OtherAgent = new(false, "key_other", "usr_ben");
    private static readonly Hold Restored = new(HoldKind.Restore, "restore", "restore");

    private static readonly PaceLimits Wide = new(null, null, null, 64);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
    private readonly StoreFolder _folder;

    protected HoldTests(StoreKind kind) => _folder = new StoreFolder(kind, _time);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Every pair of holds, in either order: lifting one leaves the other, and the task stands.</summary>
    [Fact]
    public async Task A_hold_never_replaces_another_one_and_each_is_lifted_by_itself()
    {
        Hold[] all = [Hold.Pause(Ana), Hold.Pause(Agent), Hold.Pause(OtherAgent), Hold.Guard("bounce_guard", "Refused.", "Look."), Hold.Guard("too_large", "Too large.", "Cut."), Restored];
        foreach (var (first, second) in from a in all from b in all where a != b select (a, b))
        {
            var world = await KernelWorld.Make(_folder.Store, 4);
            Assert.True(await _folder.Store.Write(db => TaskHolds.Add(db, world.Task, first)));
            Assert.True(await _folder.Store.Write(db => TaskHolds.Add(db, world.Task, second)), $"{second.Reason} beside {first.Reason}");
            Assert.False(await _folder.Store.Write(db => TaskHolds.Add(db, world.Task, second)));
            Assert.Equal(BeginEnd.TaskStopped, (await world.Begin(2)).End);
            Assert.Equal([second], await Lift(world, first));
            Assert.Equal(BeginEnd.TaskStopped, (await world.Begin(2)).End);
            Assert.Empty(await Lift(world, second));
            Assert.Equal(2, (await world.Begin(2)).Rows.Count);
        }
    }

    [Fact]
    public async Task The_guard_holds_also_a_task_that_an_agent_paused_a_moment_before()
    {
        var world = await KernelWorld.Make(_folder.Store, 40, Wide, domains: 1);
        await Account(world);
        await world.Begin(25);
        var rows = (await world.Rows()).Where(r => r.Attempt == 1).ToList();
        await _folder.Store.Write(db => TaskHolds.Add(db, world.Task, Hold.Pause(Agent)));
        await world.Finish([.. rows.Select(r => world.Refused(r))]);
        Assert.Equal([HoldKind.Key, HoldKind.Guard], (await Holds(world.Task)).Select(h => h.Kind).Order());
        Assert.Equal([HoldKind.Guard], (await Lift(world, Hold.Pause(Agent))).Select(h => h.Kind));
        Assert.Equal(("guard", "bounce_guard"), await _folder.Store.Read(async db => { var t = await world.Row(db); return (t.PausedBy, t.PausedReason); }));
    }

    [Fact]
    public async Task Whoever_the_guard_held_is_held_whatever_task_they_come_back_in_until_a_person_lifts_it()
    {
        var world = await KernelWorld.Make(_folder.Store, 60, Wide, domains: 1);
        await Account(world);
        await world.Begin(25);
        var refused = (await world.Rows()).Where(r => r.Attempt == 1).ToList();
        await world.Finish([.. refused.Select(r => world.Refused(r))]);
        Assert.True((await Among(world)).IsWriting); // until they are written down, nobody can say who is held
        await world.Cancel();
        await world.Close();
        while (await _folder.Store.Write(HeldRows.WriteSome)) { }
        var held = await Among(world);
        Assert.Equal((60 - refused.Count, false), (held.Count, held.IsWriting));
        await _folder.Store.Write(db => HeldRows.Lift(db, world.Account, world.Task));
        Assert.False((await Among(world)).Any);
        Assert.Equal(35, await _folder.Store.Read(db => db.One<long>("select count(*) from held_person")));
        while (await _folder.Store.Write(HeldRows.Forget) > 0) { }
        Assert.Equal(0, await _folder.Store.Read(db => db.One<long>("select count(*) from held_person")));
    }

    [Fact]
    public async Task Held_people_are_free_after_thirty_days()
    {
        var world = await KernelWorld.Make(_folder.Store, 30, Wide, domains: 1);
        await Account(world);
        await world.Begin(25);
        await world.Finish([.. (await world.Rows()).Where(r => r.Attempt == 1).Select(r => world.Refused(r))]);
        while (await _folder.Store.Write(HeldRows.WriteSome)) { }
        _time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        Assert.Equal(5, (await Among(world)).Count);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, (await Among(world)).Count);
    }

    [Fact]
    public async Task A_list_cut_into_small_tasks_stops_its_mailbox_and_holds_who_waits_for_it()
    {
        var world = await KernelWorld.Make(_folder.Store, 12, domains: 1);
        await Account(world);
        await world.Begin(12);
        await world.Finish([.. (await world.Rows()).Select(r => world.Refused(r))]);
        Assert.Null((await Mailbox(world)).PausedReason); // twelve results are below the minimum of twenty
        var second = await world.Another(12);
        await second.Begin(9);
        await second.Finish([.. (await second.Rows()).Where(r => r.Attempt == 1).Select(r => second.Refused(r))]);
        Assert.Equal("bounce_guard", (await Mailbox(world)).PausedReason);
        while (await _folder.Store.Write(HeldRows.WriteSome)) { }
        Assert.Equal(3, (await Among(second)).Count);
        await _folder.Store.Write(db => TestHolds.LiftAll(db, world.Mailbox));
        Assert.False((await Among(second)).Any);
        await second.Begin(1);
        await second.Finish([.. (await second.Rows()).Where(r => r.State == RecipientState.Handed).Select(r => second.Refused(r))]);
        Assert.Null((await Mailbox(world)).PausedReason); // a person looked: it counts from there
    }

    [Fact]
    public async Task A_hold_with_an_end_lifts_itself_and_no_other()
    {
        var world = await KernelWorld.Make(_folder.Store, 2);
        await _folder.Store.Write(db => MailboxHolds.Add(db, world.Mailbox, Hold.Guard("daily_limit", "Enough.", "Wait.", db.Now + 5_000_000)));
        await _folder.Store.Write(db => MailboxHolds.Add(db, world.Mailbox, Hold.Pause(Ana, "Somebody paused it.")));
        Assert.Equal(("daily_limit", (long?)null), ((await Mailbox(world)).PausedReason, (await Mailbox(world)).PausedUntil));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(await _folder.Store.Read(MailboxHolds.HasDue));
        await _folder.Store.Write(MailboxHolds.LiftDue);
        Assert.Equal(MailboxHolds.PausedByUser, (await Mailbox(world)).PausedReason);
        await _folder.Store.Write(db => TestHolds.LiftAll(db, world.Mailbox));
        Assert.Equal((null, MailboxHealth.Ok), ((await Mailbox(world)).PausedReason, (await Mailbox(world)).Health));
    }

    [Fact]
    public async Task A_restore_that_is_settled_lifts_no_persons_pause()
    {
        var world = await KernelWorld.Make(_folder.Store, 2);
        await _folder.Store.Write(db => db.Execute("update task set doubt = @accepted where id = @Task", new { accepted = TaskDoubt.Accepted, world.Task }));
        await _folder.Store.Write(db => TaskHolds.Add(db, world.Task, Restored));
        await _folder.Store.Write(db => TaskHolds.Add(db, world.Task, Hold.Pause(Ana)));
        await _folder.Store.Write(db => StandstillRows.Swept(db, world.Task));
        Assert.Equal(MailTaskStatus.Paused, (await _folder.Store.Read(world.Row)).Status);
        Assert.Empty(await Lift(world, Hold.Pause(Ana)));
        Assert.Equal(MailTaskStatus.Sending, (await _folder.Store.Read(world.Row)).Status);
    }

    private Task<MailboxRow> Mailbox(KernelWorld world) => _folder.Store.Read(async db => (await MailboxRows.LoadAny(db, world.Mailbox))!);

    private Task<HeldPeople> Among(KernelWorld world) => _folder.Store.Read(db => HeldRows.Among(db, world.Account, world.SetId));

    private Task<List<Hold>> Holds(string subject) => _folder.Store.Read(async db => (await HoldRows.Of(db, subject)).ConvertAll(h => h.Hold));

    private Task<IReadOnlyList<Hold>> Lift(KernelWorld world, Hold hold) => _folder.Store.Write(async db => await TaskHolds.Lift(db, await world.Row(db), [hold]));

    private Task<int> Account(KernelWorld world) => _folder.Store.Write(db => db.Execute("insert into account (id, time_zone, created_at) values (@Account, 'UTC', 0)", new { world.Account }));
}

/// <summary>On SQLite.</summary>
public sealed class SqliteHoldTests() : HoldTests(StoreKind.Sqlite);

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresHoldTests() : HoldTests(StoreKind.Postgres);
