using EmailTasks.Testing;
using Npgsql;
using Xunit;

namespace EmailTasks.Server.Tests.Restore;

/// <summary>A PostgreSQL that loses what it had acknowledged, or acknowledges what it did not do. The sink's log is the oracle.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class FailoverTests
{
    private const int People = 60;
    private const int Lost = 10;

    [Fact]
    public async Task A_failover_that_lost_ten_begins_stops_everything_while_the_server_runs()
    {
        await using var world = await World.Make();
        await using (var server = await world.Start())
        {
            var task = await world.SendSlowly(server);
            await world.LoseBegins();
            await server.StandsStill(world.Sink, task, "went_back", running: true);
            Assert.Equal(world.Sink.Mailed().Count, world.Sink.Mailed().Distinct().Count());
        }
    }

    [Fact]
    public async Task A_failover_that_lost_ten_begins_stops_a_server_that_starts_after_it()
    {
        await using var world = await World.Make();
        string task;
        await using (var server = await world.Start())
        {
            task = await world.SendSlowly(server);
            await world.Halfway();
        }
        await world.LoseMore();
        await using var again = await world.Start();
        await again.StandsStill(world.Sink, task, "went_back");
        Assert.Equal(world.Sink.Mailed().Count, world.Sink.Mailed().Distinct().Count());
    }

    /// <summary>The same with a memory that is empty: people are mailed twice. If this fails, the tests above prove nothing.</summary>
    [Fact]
    public async Task Without_memory_a_failover_that_lost_ten_begins_mails_people_twice()
    {
        await using var world = await World.Make();
        await using (var server = await world.Start())
        {
            await world.SendSlowly(server);
            await world.Halfway();
        }
        await world.LoseMore();
        Directory.Delete(TestServer.StateOf(world.Folder), recursive: true);
        await using var again = await world.Start();
        await Worlds.Until(() => Task.FromResult(world.Sink.Mailed().Count > world.Sink.Mailed().Distinct().Count()), what: "a second mail");
    }

    [Fact]
    public async Task A_commit_cancelled_while_it_waits_for_a_synchronous_standby_lets_nothing_leave()
    {
        await using var world = await World.Make();
        await using var server = await world.Start();
        var task = await world.SendSlowly(server);
        await PostgresCluster.Execute(world.Database, "alter system set synchronous_standby_names = 'nobody'");
        await PostgresCluster.Execute(world.Database, "select pg_reload_conf()");
        await Worlds.Until(() => Task.FromResult(Waiting(world) > 0), what: "a commit that waits");
        await Task.Delay(TimeSpan.FromSeconds(1)); // what was acknowledged before has left by now
        var before = world.Sink.Dotted.Count();
        var cancelled = 0L;
        for (var i = 0; i < 60; i++)
        {
            cancelled += (long)PostgresCluster.Scalar(world.Database, $"select count(*) from (select pg_cancel_backend(pid) from pg_stat_activity where {Commits}) c")!;
            await Task.Delay(50);
        }
        Assert.True(cancelled > 0);
        Assert.Equal(before, world.Sink.Dotted.Count());
        await PostgresCluster.Execute(world.Database, "alter system reset synchronous_standby_names");
        await PostgresCluster.Execute(world.Database, "select pg_reload_conf()");
        world.Sink.Script = null;
        await server.Settled(task);
        Assert.Equal(world.Sink.Mailed().Count, world.Sink.Mailed().Distinct().Count());
    }

    private const string Commits = "application_name = 'email-tasks' and wait_event = 'SyncRep'";

    private static long Waiting(World world) => (long)PostgresCluster.Scalar(world.Database, $"select count(*) from pg_stat_activity where {Commits}")!;

    /// <summary>A cluster of its own, a sink, and a task that is sent one by one.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly PostgresCluster _cluster;

        private World(PostgresCluster cluster, string database) => (_cluster, Database) = (cluster, database);

        public string Database { get; }

        public string Folder { get; } = Directory.CreateTempSubdirectory("email-tasks-failover-").FullName;

        public SmtpSink Sink { get; } = SmtpSink.Start();

        public static async Task<World> Make()
        {
            var cluster = await PostgresCluster.Start();
            return new World(cluster, await cluster.Create("email_tasks"));
        }

        public Task<TestServer> Start() => TestServer.Start(StoreKind.Postgres, folder: Folder, database: Database);

        /// <summary>One session, a fifth of a second a mail.</summary>
        public async Task<string> SendSlowly(TestServer server)
        {
            Sink.Script = SmtpSink.At(SinkStep.Dot, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(200)));
            var task = await server.Ready(People, await server.Smtp(Sink.Port, new { connections = 1 }));
            await server.Send(task);
            await More(3);
            return task;
        }

        /// <summary>While a server runs: keeps the database, lets ten more mails leave, and puts it back.</summary>
        public async Task LoseBegins()
        {
            await Halfway();
            await _cluster.Halt();
            await _cluster.PutBack();
            NpgsqlConnection.ClearAllPools();
            await _cluster.Resume();
        }

        /// <summary>Keeps the database in mid-send, and lets ten more mails leave.</summary>
        public async Task Halfway()
        {
            await _cluster.Halt();
            await _cluster.Keep();
            await _cluster.Resume();
            await More(Lost + 1);
        }

        /// <summary>After the server has stopped: puts back what was kept.</summary>
        public async Task LoseMore()
        {
            await _cluster.Halt();
            await _cluster.PutBack();
            await _cluster.Resume();
        }

        public async ValueTask DisposeAsync()
        {
            await Sink.DisposeAsync();
            await _cluster.Stop();
            Directory.Delete(Folder, recursive: true);
            if (Directory.Exists(TestServer.StateOf(Folder))) Directory.Delete(TestServer.StateOf(Folder), recursive: true);
        }

        private Task More(int mails)
        {
            var before = Sink.Dotted.Count();
            return Worlds.Until(() => Task.FromResult(Sink.Dotted.Count() >= before + mails), what: $"{mails} more mails");
        }
    }
}
