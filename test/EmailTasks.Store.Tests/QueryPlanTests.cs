using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>
/// The shape of what the hot path asks. Innocent claim queries were fifty times slower; so the plans of the statements
/// that really run are pinned, not of copies.
/// </summary>
public sealed class QueryPlanTests
{
    [Fact]
    public async Task A_begin_walks_the_key_and_retries_their_index()
    {
        using var folder = new StoreFolder(StoreKind.Sqlite);
        var world = await KernelWorld.Make(folder.Store, 50);
        await world.Begin(4);
        var plans = await Plans(folder, db => Begin.Run(db, world.Ask(4, "d1.example")));
        var claims = plans.Where(p => p.Sql.Contains("from recipient r", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, claims.Count);
        var due = Assert.Single(claims, c => c.Sql.Contains("next_attempt_at <=", StringComparison.Ordinal));
        Assert.Contains("SEARCH r USING INDEX recipient_retry (set_id=? AND next_attempt_at<?)", due.Plan);
        var fresh = Assert.Single(claims, c => c.Sql.Contains("next_attempt_at is null", StringComparison.Ordinal));
        Assert.Contains("SEARCH r USING PRIMARY KEY (set_id=? AND seq>?)", fresh.Plan);
        Assert.All(claims, c => Assert.True(c.Plan.Contains("USING COVERING INDEX suppression_address (address_key=? AND account=?)", StringComparison.Ordinal), c.Plan));
        var hand = plans.First(p => p.Sql.StartsWith("update recipient", StringComparison.Ordinal));
        Assert.Contains("SEARCH recipient USING PRIMARY KEY (set_id=? AND seq=?)", hand.Plan);
        AllSearch(plans);
    }

    [Fact]
    public async Task A_finish_looks_up_its_row()
    {
        using var folder = new StoreFolder(StoreKind.Sqlite);
        var world = await KernelWorld.Make(folder.Store, 50);
        var begun = await world.Begin(3);
        AttemptResult[] results = [world.Result(begun.Rows[0], VerdictOutcome.Sent), world.Result(begun.Rows[1], VerdictOutcome.Retry)];
        AllSearch(await Plans(folder, db => Finish.Run(db, results)));
    }

    [Theory]
    [InlineData("manual", null)]
    [InlineData("unsubscribed", "token")]
    [InlineData("unsubscribed", "address_only")]
    public async Task A_suppression_looks_up_its_address(string reason, string? strength)
    {
        using var folder = new StoreFolder(StoreKind.Sqlite);
        var world = await KernelWorld.Make(folder.Store, 50);
        var plans = await Plans(folder, db => SuppressionRows.Add(db, world.Account, KernelWorld.Address(7), reason, "test", strength));
        // By the account alone it walked the whole log for each address: ten thousand took twenty seconds.
        var standing = plans.Single(p => p.Sql.StartsWith("select s.address_key", StringComparison.Ordinal));
        Assert.Contains("INDEX suppression_address (address_key=? AND account=?", standing.Plan);
        var rows = plans.Single(p => p.Sql.StartsWith("select r.set_id", StringComparison.Ordinal));
        Assert.Contains("INDEX recipient_account_address (account=? AND address_key=?", rows.Plan);
        AllSearch(plans);
    }

    [Fact]
    public async Task Who_had_a_mail_already_is_one_look_up_by_person_a_row()
    {
        using var folder = new StoreFolder(StoreKind.Sqlite);
        var world = await KernelWorld.Make(folder.Store, 50);
        foreach (var plans in new[] { await Plans(folder, async db => (await RecipientRows.CountAlsoIn(db, 1, [2, 3], 0))!.Count), await Plans(folder, db => RecipientRows.AlsoIn(db, 1, [2, 3], 0, 20)) })
            Assert.Contains("USING INDEX recipient_person (account=? AND person_key=?)", Assert.Single(plans, p => p.Sql.Contains("o.person_key", StringComparison.Ordinal)).Plan);
    }

    [Fact]
    public async Task The_control_reader_touches_only_what_moves()
    {
        using var folder = new StoreFolder(StoreKind.Sqlite);
        await KernelWorld.Make(folder.Store, 5);
        var plan = (await Plans(folder, TaskRows.Open)).Single();
        Assert.Contains("USING INDEX task_open", plan.Plan);
        Assert.DoesNotContain("task_account", plan.Plan);
    }

    [Fact]
    public async Task A_scheduler_touches_only_what_is_due()
    {
        using var folder = new StoreFolder(StoreKind.Sqlite);
        await KernelWorld.Make(folder.Store, 5);
        foreach (var plans in new[] { await Plans(folder, db => ScheduleRows.Due(db, 0, "", 10)), await Plans(folder, ScheduleRows.HasOverdue), await Plans(folder, db => ScheduleRows.MarkOverdue(db, 10)) })
        {
            AllSearch(plans);
            Assert.All(plans, p => Assert.Contains("INDEX task_due (", p.Plan));
        }
    }

    private static void AllSearch(List<(string Sql, string Plan)> plans)
    {
        Assert.NotEmpty(plans);
        foreach (var (sql, found) in plans)
        {
            // What came as a JSON list is walked; nothing else is.
            var plan = found.Replace("SCAN json_each VIRTUAL TABLE", "LIST", StringComparison.Ordinal).Replace("SCAN j VIRTUAL TABLE", "LIST", StringComparison.Ordinal);
            Assert.False(plan.Contains("SCAN", StringComparison.Ordinal), $"{sql}\n{plan}");
            Assert.False(plan.Contains("TEMP B-TREE", StringComparison.Ordinal), $"{sql}\n{plan}");
        }
    }

    /// <summary>Runs a body with SQLite's own trace on, then asks for the plan of each statement it ran.</summary>
    private static Task<List<(string Sql, string Plan)>> Plans<T>(StoreFolder folder, Func<Server.Storage.Db, ValueTask<T>> body) => folder.Store.Write(async db =>
    {
        var ran = new List<string>();
        strdelegate_trace note = (_, sql) => ran.Add(sql);
        var handle = ((SqliteConnection)db.Connection).Handle;
        raw.sqlite3_trace(handle, note, null);
        await body(db);
        raw.sqlite3_trace(handle, (strdelegate_trace?)null, null);
        GC.KeepAlive(note);
        var plans = new List<(string, string)>();
        foreach (var sql in ran.Where(s => s.StartsWith("select", StringComparison.Ordinal) || s.StartsWith("update", StringComparison.Ordinal) || s.StartsWith("insert", StringComparison.Ordinal)))
            plans.Add((sql, string.Join('\n', (await db.Many<PlanLine>("explain query plan " + sql)).Select(l => l.Detail))));
        return plans;
    });

    private sealed class PlanLine
    {
        public required string Detail { get; init; }
    }
}
