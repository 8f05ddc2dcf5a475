using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Postgres;
using EmailTasks.Testing;
using Npgsql;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>What a shared database adds: others are at work on the same rows, and an answer can be lost.</summary>
public sealed class PostgresStoreTests
{
    [Fact]
    public async Task Who_loses_a_deadlock_runs_again_and_both_are_there()
    {
        using var folder = await new StoreFolder(StoreKind.Postgres).WithTable();
        await folder.Store.Write(db => db.Execute("insert into t (id, n) values ('a', 0), ('b', 0)"));
        using var meet = new Barrier(2);
        var met = 0;
        async ValueTask<int> Both(Db db, string first, string then)
        {
            await db.Execute("update t set n = n + 1 where id = @first", new { first });
            if (Interlocked.Increment(ref met) <= 2) await Task.Run(() => meet.SignalAndWait(TimeSpan.FromSeconds(20)));
            return await db.Execute("update t set n = n + 1 where id = @then", new { then });
        }
        await Task.WhenAll(folder.Store.Write(db => Both(db, "a", "b")), folder.Store.Write(db => Both(db, "b", "a")));
        Assert.True(met > 2, "Nobody lost: there was no deadlock.");
        Assert.Equal([2, 2], await folder.Store.Read(db => db.Many<int>("select n from t order by id")));
    }

    [Fact]
    public async Task A_swallowed_error_is_no_success()
    {
        using var folder = await new StoreFolder(StoreKind.Postgres).WithTable();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => folder.Store.Write(async db =>
        {
            await StoreFolder.Insert(db, "a");
            try
            {
                await db.Execute("select nothing from nowhere");
            }
            catch (PostgresException)
            {
                // COMMIT would now answer with a ROLLBACK that looks like success.
            }
            return 1;
        }));
        Assert.Empty(await folder.Ids());
    }

    [Fact]
    public async Task A_notice_during_commit_is_a_lost_answer()
    {
        using var folder = await new StoreFolder(StoreKind.Postgres).WithTable();
        await folder.Store.Write(db => db.Execute(
            """
            create function warn() returns trigger language plpgsql as $$ begin raise warning 'not replicated'; return null; end $$;
            create constraint trigger at_commit after insert on t deferrable initially deferred for each row execute function warn()
            """));
        var lost = await Assert.ThrowsAsync<StoreUnavailableException>(() => folder.Store.Write(db => StoreFolder.Insert(db, "a")));
        Assert.Contains("notice", lost.Message, StringComparison.Ordinal);
        Assert.Equal(["a"], await folder.Ids()); // it is there all the same: lost is not the same as undone
    }

    [Fact]
    public async Task Without_fsync_nothing_may_be_dispatched()
    {
        var cluster = await PostgresCluster.Start("full_page_writes=off");
        try
        {
            using var store = await PostgresStore.Open(await cluster.Create("unsafe"), TimeProvider.System);
            Assert.Contains("full_page_writes", store.Unsafe, StringComparison.Ordinal);
        }
        finally
        {
            await cluster.Stop();
        }
    }

    [Fact]
    public async Task Nodes_that_start_together_bring_the_schema_up_once()
    {
        var database = await PostgresCluster.NewDatabase();
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PostgresStore.Open(database, TimeProvider.System)));
        Assert.Equal(Migrations.All.Count, await stores[0].Read(db => db.One<int>("select count(*) from schema_version")));
        foreach (var store in stores) store.Dispose();
    }
}
