using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>Tasks whose time has come, and any number of schedulers.</summary>
public abstract class DueTasksTests : IDisposable
{
    private const long Minute = 60_000_000;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
    private readonly StoreFolder _folder;

    protected DueTasksTests(StoreKind kind) => _folder = new StoreFolder(kind, _time);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Eight_racing_schedulers_start_each_of_two_thousand_due_tasks_once()
    {
        const int tasks = 2_000;
        await Make(tasks);
        var (woken, ids) = (0, 0);
        var go = new ManualResetEventSlim(false);
        var racers = Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            go.Wait();
            return await DueTasks.Round(_folder.Store, () => $"req_{n}_{Interlocked.Increment(ref ids)}", () => Interlocked.Increment(ref woken), CancellationToken.None);
        })).ToList();
        go.Set();
        var started = await Task.WhenAll(racers);
        TestContext.Current.TestOutputHelper?.WriteLine($"started by each: {string.Join(", ", started)}");
        Assert.Equal(tasks, started.Sum());
        Assert.Equal(tasks, woken);
        var (rows, audited, audits) = await _folder.Store.Read(async db => (
            await db.Many<TaskRow>("select * from task"), await db.One<long>("select count(distinct object_id) from audit"), await db.One<long>("select count(*) from audit where actor = 'scheduler'")));
        Assert.Equal((tasks, tasks), (audited, audits));
        Assert.All(rows, t => Assert.Equal((MailTaskStatus.Sending, 3L, 1), (t.Status, t.Version, t.PlanNo))); // made, planned, started
        Assert.Equal(0, await Round());
    }

    [Fact]
    public async Task A_task_starts_at_its_time_and_within_an_hour_and_never_later()
    {
        await Make(3, i => i switch { 0 => Minute, 1 => -59 * Minute, _ => -60 * Minute });
        Assert.Equal(1, await Round());
        Assert.Equal([(MailTaskStatus.Scheduled, false), (MailTaskStatus.Sending, false), (MailTaskStatus.Scheduled, true)], (await Tasks()).Select(t => (t.Status, t.Overdue)));
        _time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, await Round());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await Round());
        Assert.Equal(0, await Round());
    }

    [Fact]
    public async Task An_edit_or_a_new_time_between_the_look_and_the_start_wins()
    {
        await Make(1);
        var task = Assert.Single(await Tasks());
        var edits = 0;
        // The id is made between the reading and the writing: what changes the task there is what a racing caller does.
        var started = await DueTasks.Round(_folder.Store, () =>
        {
            edits++;
            _folder.Store.Write(async db => await TaskRows.BackToDraft(db, (await TaskRows.LoadAny(db, task.Id))!)).GetAwaiter().GetResult();
            return "req_1";
        }, () => Assert.Fail("It must not start."), CancellationToken.None);
        Assert.Equal((0, 1), (started, edits));
        Assert.Equal(MailTaskStatus.Draft, (await Tasks())[0].Status);
    }

    [Theory]
    [InlineData("update mailbox set paused_reason = 'x', health_problem = 'x', health_fix = 'y'", "mailbox_paused")]
    [InlineData("update mailbox set deleted_at = 1", "mailbox_paused")]
    [InlineData("update mailbox set address = 'other@brand.example'", "mailbox_paused")]
    [InlineData("update member set removed_at = 1", "approval")]
    [InlineData("update member set role = 0", "approval")]
    [InlineData("update api_key set revoked_at = 1", "approval")]
    [InlineData("update api_key set expires_at = 1", "approval")]
    [InlineData("update api_key set scopes = '[\"read\",\"write\"]'", "approval")]
    [InlineData("update api_key set bounds = '{\"sender_ids\":[\"mbx_2\"]}'", "approval")]
    [InlineData("delete from api_key", "approval")]
    [InlineData("insert into held_set (account, set_id, subject, at, until) values ('acc_1', 99, 'tsk_x', 0, 9000000000000000)", "approval")]
    public async Task What_is_not_as_planned_keeps_it_scheduled_with_a_reason(string change, string reason)
    {
        await Make(1);
        await _folder.Store.Write(db => db.Execute(change));
        Assert.Equal(0, await Round());
        var task = Assert.Single(await Tasks());
        Assert.Equal(MailTaskStatus.Scheduled, task.Status);
        Assert.Equal(reason, (await _folder.Store.Read(db => DueTasks.Look(db, task))).Block?.Reason);
    }

    [Theory]
    [InlineData("update api_key set revoked_at = 1")]
    [InlineData("update api_key set expires_at = 1")]
    public async Task What_a_person_planned_starts_also_when_their_key_has_ended(string change)
    {
        await Make(1);
        await _folder.Store.Write(db => db.Execute("update api_key set actor = 'person'"));
        await _folder.Store.Write(db => db.Execute(change));
        Assert.Equal(1, await Round());
    }

    [Fact]
    public async Task Paused_time_is_no_part_of_the_48_hours()
    {
        var world = await KernelWorld.Make(_folder.Store, 2);
        await world.Begin(2);
        var first = await world.Rows();
        await world.Finish(world.Result(first[0], VerdictRetry), world.Result(first[1], VerdictRetry));
        _time.Advance(TimeSpan.FromHours(47));
        await world.Pause();
        _time.Advance(TimeSpan.FromHours(100));
        await world.Resume();
        await world.Take();
        var second = await world.Begin(4); // half of the slots are for retries
        Assert.Equal(2, second.Rows.Count);
        _time.Advance(TimeSpan.FromMinutes(30)); // 47.5 h of trying
        await world.Finish(world.Result(second.Rows[0], VerdictRetry));
        Assert.Equal(RecipientState.Pending, (await world.Row(second.Rows[0].Seq)).State);
        _time.Advance(TimeSpan.FromHours(1)); // 48.5 h
        await world.Finish(world.Result(second.Rows[1], VerdictRetry));
        Assert.Equal(RecipientState.Expired, (await world.Row(second.Rows[1].Seq)).State);
        await world.Recount();
    }

    private const Core.Dispatch.VerdictOutcome VerdictRetry = Core.Dispatch.VerdictOutcome.Retry;

    private Task<int> Round() => DueTasks.Round(_folder.Store, () => "req_1", () => { }, CancellationToken.None);

    private Task<List<TaskRow>> Tasks() => _folder.Store.Read(db => db.Many<TaskRow>("select * from task order by no"));

    /// <summary>Scheduled tasks of one account and mailbox; due now unless told.</summary>
    private Task<bool> Make(int count, Func<int, long>? due = null) => _folder.Store.Write(async db =>
    {
        const string sender = """{"sender_id":"mbx_1","kind":"enterprise","address":"mia@brand.example"}""";
        await db.Execute("insert into account (id, time_zone, created_at) values ('acc_1', 'UTC', 0)");
        await db.Execute("insert into member (uid, account, name, role, created_at) values ('usr_1', 'acc_1', 'Mia', 3, 0)");
        await db.Execute("insert into api_key (id, account, uid, name, hash, actor, created_at) values ('key_1', 'acc_1', 'usr_1', 'Outreach', 'x', 'agent', 0)");
        await MailboxRows.Insert(db, new MailboxRow { Id = "mbx_1", Account = "acc_1", Kind = "enterprise", Address = "mia@brand.example", AddressKey = "mia@brand.example", OwnerUid = "usr_1", Health = MailboxHealth.Ok, Connections = 1 });
        for (var i = 0; i < count; i++)
        {
            var id = $"tsk_{i:00000}";
            await TaskRows.Insert(db, id, "acc_1", "usr_1", "Spring shoes", null, null);
            await TaskRows.SetSender(db, id, "mbx_1", sender, 1);
            await TaskRows.SetContentVersion(db, id, 1);
            var task = (await TaskRows.LoadAny(db, id))!;
            await ContentRows.Insert(db, new ContentRow { Task = id, Version = 1, Subject = "Hi", Digest = $"d{i}", Variables = "[]" });
            Assert.Equal(1, await ScheduleRows.Plan(db, task, "p1x", db.Now + (due?.Invoke(i) ?? 0), null));
            await PlanRows.Insert(db, new PlanRow { Task = id, PlanNo = 1, SetId = task.SetId, Digest = "p1x", ContentVersion = 1, Sender = sender, Products = "[]", Tracking = "off", Uid = "usr_1", KeyId = "key_1" });
        }
        return true;
    });
}

/// <summary>On SQLite.</summary>
public sealed class SqliteDueTasksTests() : DueTasksTests(StoreKind.Sqlite);

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresDueTasksTests() : DueTasksTests(StoreKind.Postgres);
