using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Postgres;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Storage.Sqlite;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Simulation;

/// <summary>
/// Whole lives of a mailbox, by seed: what a failing one prints runs the same again with <c>./test.sh --seed N</c>.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Steps = 400;

    /// <summary>A seed given from outside, or null.</summary>
    private static readonly int? Given = Environment.GetEnvironmentVariable("EMAIL_TASKS_SEED") is { Length: > 0 } text ? int.Parse(text) : null;

    [Theory]
    [InlineData(StoreKind.Sqlite, 60)]
    [InlineData(StoreKind.Postgres, 15)]
    public async Task Whatever_happens_nobody_is_mailed_twice_and_nobody_is_lost(StoreKind kind, int lives)
    {
        var first = Given ?? Random.Shared.Next(1, 1_000_000_000);
        var (dots, uncertain) = (0, 0L);
        for (var seed = first; seed < first + (Given is null ? lives : 1); seed++)
        {
            try
            {
                var (seen, unknown) = await Live(kind, seed, gateStandsOpen: false);
                (dots, uncertain) = (dots + seen, uncertain + unknown);
            }
            catch (Exception e)
            {
                throw new BrokenPromiseException($"seed {seed} ({kind}; ./test.sh --seed {seed}): {e.Message}\n{e.StackTrace}");
            }
        }
        output.WriteLine($"{kind}: {lives} lives from seed {first}, {dots} dots seen, {uncertain} uncertain.");
        Assert.True(dots > 0);
    }

    /// <summary>The negative control: what does not look before its dots must be found out, or the simulation proves nothing.</summary>
    [Fact]
    public async Task A_gate_that_stands_open_is_found_out() => await Assert.ThrowsAsync<BrokenPromiseException>(async () =>
    {
        for (var seed = 1; seed <= 60; seed++) await Live(StoreKind.Sqlite, seed, gateStandsOpen: true);
    });

    private static async Task<(int Dots, long Uncertain)> Live(StoreKind kind, int seed, bool gateStandsOpen)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-sim-").FullName;
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));
        using IStore store = kind == StoreKind.Sqlite
            ? SqliteStore.Open(folder, time)
            : await PostgresStore.Open(await PostgresCluster.NewDatabase(), TimeProvider.System, () => Micros.Of(time.GetUtcNow()));
        var random = new Random(seed);
        var world = new World(store, time, random);
        await world.Make(random.Next(1, 4), random.Next(4, 16));
        var nodes = Enumerable.Range(1, random.Next(2, 6)).Select(i => new Node(world, $"node_{i}", gateStandsOpen)).ToList();
        try
        {
            for (var step = 0; step < Steps; step++) await Step(world, nodes);
            return await End(world, nodes);
        }
        finally
        {
            nodes.ForEach(n => n.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Step(World world, List<Node> nodes)
    {
        var random = world.Random;
        var node = nodes[random.Next(nodes.Count)];
        var (task, set) = world.Tasks[random.Next(world.Tasks.Count)];
        switch (random.Next(100))
        {
            case < 70:
                for (var i = 0; i < 3; i++) await node.Step();
                break;
            case < 88: world.Time.Advance(TimeSpan.FromMilliseconds(random.Next(1, 400))); break;
            case < 89 when random.Next(2) == 0: world.Time.Advance(TimeSpan.FromSeconds(random.Next(1, 40))); break;
            case < 89 when random.Next(4) == 0: world.Time.Advance(TimeSpan.FromMinutes(random.Next(5, 40))); break;
            case < 92: node.Away = !node.Away; break;
            case < 94: node.Die(); break;
            case < 96: await world.Sweep(); break;
            case < 97: await world.Suppress(set, random.Next(1, 5)); break;
            case < 99: await world.Retry(task, set); break;
            default:
                if (random.Next(4) == 0) await world.Cancel(task);
                break;
        }
    }

    /// <summary>Everybody comes back, everything is told, time passes: then the rows must say what the server saw.</summary>
    private static async Task<(int Dots, long Uncertain)> End(World world, List<Node> nodes)
    {
        foreach (var node in nodes) await node.Settle();
        for (var i = 0; i < 3; i++)
        {
            world.Time.Advance(TimeSpan.FromMinutes(30));
            await world.Sweep();
        }
        var uncertain = 0L;
        foreach (var (_, set) in world.Tasks)
        {
            var rows = await world.Store.Read(db => RecipientRows.After(db, set, 0, 1_000));
            var counted = await world.Store.Read(db => CounterRows.Sum(db, set));
            foreach (var state in Enum.GetValues<RecipientState>()) Same(rows.Count(r => r.State == state), counted.Of(state), $"the counter of {state}");
            foreach (var row in rows) Check(world, row);
            uncertain += counted.Uncertain;
        }
        Same(0, (await world.Store.Read(db => MailboxRows.LoadAny(db, World.Mailbox)))!.InFlight, "mail in flight");
        return (world.MailServer.Dots.Count, uncertain);
    }

    private static void Check(World world, RecipientRow row)
    {
        var dots = world.MailServer.Dots.Where(d => d.Set == row.SetId && d.Seq == row.Seq).ToList();
        var taken = dots.Count(d => d.Taken);
        var allowed = 1 + world.Retries.GetValueOrDefault((row.SetId, row.Seq));
        if (taken > allowed) throw new BrokenPromiseException($"{row.Seq} was mailed {taken} times, {allowed} were allowed");
        if (row.State == RecipientState.Handed) throw new BrokenPromiseException($"{row.Seq} is still handed over");
        if (row.State == RecipientState.Sent && taken == 0) throw new BrokenPromiseException($"{row.Seq} is sent, and the server never took it");
        if (taken > 0 && row.State is not (RecipientState.Sent or RecipientState.Uncertain) && row.Unknown == 0 && !row.AcceptedBeforeRetry)
            throw new BrokenPromiseException($"the server took {row.Seq}, and it is {row.State}");
    }

    private static void Same(long expected, long found, string what)
    {
        if (expected != found) throw new BrokenPromiseException($"{what}: {found}, the rows say {expected}");
    }
}
