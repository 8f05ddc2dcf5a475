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

/// <summary>Begin, finish, sweeps and suppression: each one transaction, each guarded by the rows themselves.</summary>
public abstract class KernelTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly StoreFolder _folder;

    protected KernelTests(StoreKind kind) => _folder = new StoreFolder(kind, _time);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private Task<KernelWorld> World(int recipients, PaceLimits? limits = null, long? sendUntil = null, int domains = 3) => KernelWorld.Make(_folder.Store, recipients, limits, sendUntil, domains);

    [Fact]
    public async Task A_begin_hands_over_in_order_and_counts()
    {
        var world = await World(20);
        var answer = await world.Begin(5);
        Assert.Equal((BeginEnd.Ok, false), (answer.End, answer.Exhausted));
        Assert.Equal([1L, 2, 3, 4, 5], answer.Rows.Select(r => r.Seq));
        Assert.All(answer.Rows, r => Assert.Equal((RecipientState.Handed, 1), (r.State, r.Attempt)));
        Assert.Equal((5, 1), ((await world.Box()).InFlight, (int)(await world.Box()).BeginNo));
        await world.Recount();
        Assert.Equal([6L, 7, 8], (await world.Begin(3)).Rows.Select(r => r.Seq));
        Assert.Equal(8, (await world.Box()).InFlight);
        await world.Recount();
    }

    [Fact]
    public async Task Whoever_lost_the_lease_begins_nobody()
    {
        var world = await World(5);
        var ask = world.Ask(5);
        Assert.Equal(BeginEnd.LeaseLost, (await world.Begin(ask with { Owner = "node_2" })).End);
        Assert.Equal(BeginEnd.LeaseLost, (await world.Begin(ask with { Epoch = ask.Epoch - 1 })).End);
        Assert.Null(await _folder.Store.Write(db => MailboxRows.Acquire(db, world.Mailbox, "node_2", db.Now + 10_000_000)));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(BeginEnd.LeaseLost, (await world.Begin(ask)).End);
        Assert.Equal(0, await _folder.Store.Write(db => MailboxRows.Renew(db, world.Mailbox, "node_1", world.Epoch, db.Now + 10_000_000)));
        Assert.Equal(world.Epoch + 1, await _folder.Store.Write(db => MailboxRows.Acquire(db, world.Mailbox, "node_2", db.Now + 10_000_000)));
        Assert.Equal(BeginEnd.LeaseLost, (await world.Begin(ask)).End);
        Assert.All(await world.Rows(), r => Assert.Equal(0, r.Attempt));
        Assert.Equal(5, (await world.Begin(ask with { Owner = "node_2", Epoch = world.Epoch + 1 })).Rows.Count);
    }

    [Fact]
    public async Task A_begin_asks_for_task_mailbox_window_and_time_in_its_own_transaction()
    {
        var until = Server.Storage.Micros.Of(_time.GetUtcNow()) + 5_000_000;
        var world = await World(5, sendUntil: until);
        var now = _folder.Store.Now;
        Assert.Equal(BeginEnd.OutsideWindow, (await world.Begin(world.Ask(5) with { OpenFrom = now + 1 })).End);
        Assert.Equal(BeginEnd.OutsideWindow, (await world.Begin(world.Ask(5) with { OpenUntil = now })).End);
        await _folder.Store.Write(db => MailboxHolds.Add(db, world.Mailbox, Hold.Guard("user", "", "")));
        Assert.Equal(BeginEnd.MailboxPaused, (await world.Begin(5)).End);
        await _folder.Store.Write(db => TestHolds.LiftAll(db, world.Mailbox));
        await world.Pause();
        Assert.Equal(BeginEnd.TaskStopped, (await world.Begin(5)).End);
        await _folder.Store.Write(db => db.Execute("update task set status = @sending where id = @Task", new { sending = MailTaskStatus.Sending, world.Task }));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(BeginEnd.Expired, (await world.Begin(5)).End);
        Assert.All(await world.Rows(), r => Assert.Equal(0, r.Attempt));
    }

    [Fact]
    public async Task Nothing_begins_after_a_cancel_and_the_sweep_ends_it()
    {
        var world = await World(20);
        var begun = await world.Begin(4);
        await world.Cancel();
        Assert.Equal(BeginEnd.TaskStopped, (await world.Begin(4)).End);
        Assert.True((await world.Close()).Open, "Handed rows are left to their finish.");
        await world.Recount();
        await world.Finish(world.Result(begun.Rows[0], VerdictOutcome.Sent), world.Result(begun.Rows[1], VerdictOutcome.NotSent), world.Result(begun.Rows[2], VerdictOutcome.Uncertain), world.Result(begun.Rows[3], VerdictOutcome.Failed));
        await world.Recount();
        Assert.Equal(
            [RecipientState.Sent, RecipientState.Cancelled, RecipientState.Uncertain, RecipientState.Failed], (await world.Rows()).Take(4).Select(r => r.State));
        Assert.All((await world.Rows()).Skip(4), r => Assert.Equal((RecipientState.Cancelled, "task_cancelled"), (r.State, r.Reason)));
        Assert.True(await _folder.Store.Write(db => Sweeps.Settle(db, world.Task, 0, 0)));
        Assert.Equal(MailTaskStatus.Cancelled, (await _folder.Store.Read(world.Row)).Status);
    }

    [Fact]
    public async Task A_cancel_keeps_unknown_what_once_ended_unknown()
    {
        var world = await World(2);
        var begun = await world.Begin(2);
        await world.Finish([.. begun.Rows.Select(r => world.Result(r, VerdictOutcome.NotSent))]);
        await _folder.Store.Write(db => db.Execute("update recipient set unknown = 1 where set_id = @SetId and seq = 1", new { world.SetId }));
        await world.Cancel();
        await world.Close();
        Assert.Equal([RecipientState.Uncertain, RecipientState.Cancelled], (await world.Rows()).Select(r => r.State));
        await world.Finish(world.Result(begun.Rows[0], VerdictOutcome.NotSent));
        Assert.Equal(RecipientState.Uncertain, (await world.Row(1)).State);
        await world.Recount();
    }

    /// <summary>Reproduced in an experiment: checked before begin, an address suppressed in between was mailed.</summary>
    [Fact]
    public async Task Suppressed_people_are_taken_out_in_begin_itself()
    {
        var world = await World(6);
        // Only the log entry, as another node would have committed it: begin must see it without the rows having changed.
        await _folder.Store.Write(db => db.Execute(
            "insert into suppression (account, pos, address, address_key, reason, source, at) values (@Account, 1, 'r2@d2.example', 'r2@d2.example', 'manual', 'x', 0)", new { world.Account }));
        var answer = await world.Begin(3);
        Assert.Equal([1L, 3, 4], answer.Rows.Select(r => r.Seq));
        Assert.Equal((RecipientState.Suppressed, 0), ((await world.Row(2)).State, (await world.Row(2)).Attempt));
        await world.Recount();
    }

    [Fact]
    public async Task Nobody_enters_after_the_plan()
    {
        var world = await World(3);
        await world.Suppress(2);
        await _folder.Store.Write(db => db.Execute("update suppression set removed_pos = 2, removed_at = @now where account = @Account", new { now = db.Now, world.Account }));
        await _folder.Store.Write(db => db.Execute("update recipient set state = 0 where set_id = @SetId and seq = 2", new { world.SetId }));
        Assert.Equal([1L, 3], (await world.Begin(5)).Rows.Select(r => r.Seq)); // taken back after the plan: stays out of it
    }

    /// <summary>Reproduced in an experiment: with the entry and the rows in two transactions, begin handed one over in between.</summary>
    [Fact]
    public async Task A_suppression_takes_its_rows_out_in_the_same_transaction()
    {
        var world = await World(6);
        var begun = await world.Begin(2);
        await world.Finish(world.Result(begun.Rows[1], VerdictOutcome.Retry));
        Assert.Equal(1, (await world.Counters()).Retrying);
        Assert.Equal(1, await world.Suppress(2)); // waits for another attempt
        Assert.Equal(1, await world.Suppress(5)); // never begun
        Assert.Equal(0, await world.Suppress(1)); // handed over: past the point of no return
        Assert.Equal(0, (await world.Counters()).Retrying);
        await world.Recount();
        Assert.Equal([3L, 4, 6], (await world.Begin(10)).Rows.Select(r => r.Seq));

        // It fails as a whole: no entry without its rows, no rows without their entry.
        var position = await _folder.Store.Read(db => SuppressionRows.Position(db, world.Account));
        await Assert.ThrowsAsync<FormatException>(() => _folder.Store.Write<int>(async db =>
        {
            await SuppressionRows.Add(db, world.Account, KernelWorld.Address(3), "manual", "test");
            throw new FormatException();
        }));
        Assert.Equal(position, await _folder.Store.Read(db => SuppressionRows.Position(db, world.Account)));
        await world.Recount();
    }

    /// <summary>Reproduced in an experiment: counting what a join matched counted a repeated result twice.</summary>
    [Fact]
    public async Task The_same_result_twice_moves_the_counters_once()
    {
        var world = await World(4);
        var begun = await world.Begin(4);
        AttemptResult[] results =
        [
            world.Result(begun.Rows[0], VerdictOutcome.Sent), world.Result(begun.Rows[1], VerdictOutcome.Retry), world.Result(begun.Rows[2], VerdictOutcome.Uncertain),
            world.Result(begun.Rows[3], VerdictOutcome.Failed),
        ];
        await world.Finish([.. results, .. results]);
        var (counters, usage, box) = (await world.Counters(), await world.Usage(), await world.Box());
        foreach (var result in results) await world.Finish(result);
        Assert.Equivalent(counters, await world.Counters());
        Assert.Equivalent(usage, await world.Usage());
        Assert.Equal(0, box.InFlight);
        Assert.All(usage, u => Assert.Equal(4, u.Count));
        await world.Recount();
    }

    [Fact]
    public async Task A_late_result_of_an_old_attempt_is_a_fact_and_moves_nothing()
    {
        var world = await World(1);
        var first = (await world.Begin(1)).Rows.Single();
        await world.Finish(world.Result(first, VerdictOutcome.NotSent));
        _time.Advance(TimeSpan.FromSeconds(2));
        var second = (await world.Begin(1)).Rows.Single();
        Assert.Equal(2, second.Attempt);
        await world.Finish(world.Result(first, VerdictOutcome.Failed));
        Assert.Equal(RecipientState.Handed, (await world.Row(1)).State);
        await world.Finish(world.Result(first, VerdictOutcome.Sent));
        Assert.Equal((RecipientState.Handed, true), ((await world.Row(1)).State, (await world.Row(1)).AcceptedBeforeRetry));
        Assert.Equal(1, (await world.Box()).InFlight);
        await world.Finish(world.Result(second, VerdictOutcome.Sent));
        Assert.Equal((RecipientState.Sent, true), ((await world.Row(1)).State, (await world.Row(1)).AcceptedBeforeRetry));
        await world.Recount();
    }

    [Fact]
    public async Task What_a_dead_process_had_handed_over_is_uncertain_and_its_late_answer_still_counts()
    {
        var world = await World(3);
        var begun = await world.Begin(3);
        Assert.Equal(3, await world.Reap());
        Assert.Equal(0, await world.Reap());
        Assert.All(await world.Rows(), r => Assert.Equal((RecipientState.Uncertain, 1, "crashed_in_flight"), (r.State, r.Unknown, r.Reason)));
        Assert.All(await world.Usage(), u => Assert.Equal(3, u.Count));
        await world.Recount();
        await world.Finish(world.Result(begun.Rows[0], VerdictOutcome.Sent), world.Result(begun.Rows[1], VerdictOutcome.NotSent), world.Result(begun.Rows[2], VerdictOutcome.Uncertain));
        Assert.Equal([RecipientState.Sent, RecipientState.Pending, RecipientState.Uncertain], (await world.Rows()).Select(r => r.State));
        Assert.Equal(0, (await world.Row(2)).Unknown);
        Assert.All(await world.Usage(), u => Assert.Equal(3, u.Count));
        await world.Recount();
    }

    [Fact]
    public async Task A_begin_whose_answer_was_lost_goes_back_as_a_whole()
    {
        var world = await World(5);
        var ask = world.Ask(3);
        var begun = await world.Begin(ask);
        await world.Finish(world.Result(begun.Rows[0], VerdictOutcome.Sent)); // cannot happen, and would win
        Assert.Equal(2, await _folder.Store.Write(db => Sweeps.NotStarted(db, world.Mailbox, world.SetId, ask.BeginId)));
        Assert.Equal(0, await _folder.Store.Write(db => Sweeps.NotStarted(db, world.Mailbox, world.SetId, ask.BeginId)));
        await world.Recount();
        Assert.Equal([2L, 3, 4, 5], (await world.Begin(10)).Rows.Select(r => r.Seq).Order());
        Assert.Equal(2, (await world.Row(2)).Attempt);
        await world.Recount();
    }

    [Fact]
    public async Task The_cursor_passes_nobody_whose_domain_is_closed()
    {
        var world = await World(40, domains: 4);
        var seen = new HashSet<long>();
        string[] closed = ["d1.example", "d2.example"];
        for (var i = 0; i < 30; i++)
        {
            var answer = await world.Begin(3, i < 20 ? closed : []);
            foreach (var row in answer.Rows)
            {
                Assert.True(i >= 20 || !closed.Contains(row.Domain));
                Assert.True(seen.Add(row.Seq));
            }
            await world.Finish([.. answer.Rows.Select(r => world.Result(r, VerdictOutcome.Sent))]);
            if (i == 19) Assert.Equal((20, false), (seen.Count, answer.Exhausted));
            Assert.DoesNotContain(await world.Rows(), r => r.State == RecipientState.Pending && r.Seq <= world.Cursor);
        }
        Assert.Equal(40, seen.Count);
        Assert.True((await world.Begin(3)).Exhausted);
        await world.Recount();
    }

    [Fact]
    public async Task A_limit_ends_a_begin_and_says_until_when()
    {
        var world = await World(20, new PaceLimits(3, null, null, 2));
        Assert.Equal(2, (await world.Begin(16)).Rows.Count); // connections
        var rows = (await world.Rows()).Where(r => r.State == RecipientState.Handed).ToList();
        Assert.Equal(BeginEnd.Limited, (await world.Begin(16)).End);
        await world.Finish(world.Result(rows[0], VerdictOutcome.Sent), world.Result(rows[1], VerdictOutcome.Sent));
        Assert.Single((await world.Begin(16)).Rows);
        var limited = await world.Begin(16);
        Assert.Equal((BeginEnd.Limited, "minute_limit"), (limited.End, limited.LimitReason));
        var until = limited.Until!.Value;
        _time.Advance(TimeSpan.FromMicroseconds(until - 1 - _folder.Store.Now));
        await _folder.Store.Write(db => db.Execute("update mailbox set expires_at = @at where id = @Mailbox", new { at = db.Now + 1_000_000_000, world.Mailbox }));
        Assert.Equal(BeginEnd.Limited, (await world.Begin(16)).End);
        _time.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Single((await world.Begin(16)).Rows);
    }

    [Fact]
    public async Task Permits_of_day_and_hour_return_on_a_refusal_before_the_text()
    {
        var world = await World(3);
        var begun = await world.Begin(3);
        await world.Finish(world.Result(begun.Rows[0], VerdictOutcome.Failed, beforeData: true), world.Result(begun.Rows[1], VerdictOutcome.Sent), world.Result(begun.Rows[2], VerdictOutcome.Uncertain));
        var usage = await world.Usage();
        Assert.Equal([(0, 3L), (1, 2L), (2, 2L)], usage.Select(u => (u.Window, u.Count)).Order());
    }

    [Fact]
    public async Task A_task_ends_by_its_rows_and_never_by_its_counters()
    {
        var world = await World(3);
        Assert.False(await _folder.Store.Write(db => Sweeps.Settle(db, world.Task, 0, 0)));
        await _folder.Store.Write(db => db.Execute("update task_counter set pending = 0, sent = 3 where set_id = @SetId", new { world.SetId }));
        Assert.False(await _folder.Store.Write(db => Sweeps.Settle(db, world.Task, 0, 0)));
        var begun = await world.Begin(3);
        Assert.False(await _folder.Store.Write(db => Sweeps.Settle(db, world.Task, 0, 0)));
        await world.Finish([.. begun.Rows.Select(r => world.Result(r, VerdictOutcome.Sent))]);
        Assert.False(await _folder.Store.Write(db => Sweeps.Settle(db, world.Task, 0, 7)), "Somebody opened a row again meanwhile.");
        Assert.True(await _folder.Store.Write(db => Sweeps.Settle(db, world.Task, 0, 0)));
        Assert.False(await _folder.Store.Write(db => Sweeps.Settle(db, world.Task, 0, 0)));
        var task = await _folder.Store.Read(world.Row);
        Assert.Equal((MailTaskStatus.Sent, true), (task.Status, task.Settled));
    }

    [Fact]
    public async Task Past_send_until_the_sweep_expires_who_is_left()
    {
        var world = await World(5, sendUntil: Server.Storage.Micros.Of(_time.GetUtcNow()) + 1_000_000);
        var begun = await world.Begin(1);
        Assert.True((await world.Close(expire: true)).Open, "Too early: nothing is closed.");
        _time.Advance(TimeSpan.FromSeconds(1));
        await world.Close(expire: true);
        await world.Finish(world.Result(begun.Rows[0], VerdictOutcome.NotSent));
        Assert.All(await world.Rows(), r => Assert.Equal((RecipientState.Expired, "send_until_passed"), (r.State, r.Reason)));
        await world.Recount();
    }
}

/// <summary>On SQLite.</summary>
public sealed class SqliteKernelTests() : KernelTests(StoreKind.Sqlite);

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresKernelTests() : KernelTests(StoreKind.Postgres);
