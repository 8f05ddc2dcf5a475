using EmailTasks.Core.Dispatch;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>An opt-out and a hand-over at the same moment, ten thousand times: once the opt-out is answered, nobody hands that address over any more.</summary>
public sealed class SuppressionRaceTests(ITestOutputHelper output)
{
    private const int Races = 10_000;
    private const int Mailboxes = 8;

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Nobody_is_handed_over_after_the_suppression_s_commit(StoreKind kind)
    {
        using var folder = new StoreFolder(kind);
        var worlds = await Task.WhenAll(Enumerable.Range(0, Mailboxes).Select(_ => KernelWorld.Make(folder.Store, 2 * Races / Mailboxes, new PaceLimits(null, null, null, int.MaxValue))));
        var first = await Task.WhenAll(worlds.Select((world, i) => Task.Run(() => Race(world, i))));
        output.WriteLine($"{kind}: {Races} races; the hand-over was first in {first.Sum()}.");
        Assert.InRange(first.Sum(), 1, Races - 1); // both ends happen, or nothing was raced
        foreach (var world in worlds) await world.Recount();
    }

    /// <summary>Races so many people of a world; answers how often the hand-over was first.</summary>
    private static async Task<int> Race(KernelWorld world, int number)
    {
        var (raced, handed) = (0, 0);
        List<long> refused = [];
        for (var person = 1; raced < Races / Mailboxes; person++)
        {
            if ((await world.Row(person)).Attempt > 0) continue; // taken by the begin before, whose own person had opted out
            raced++;
            // Each side has the start in turn; who comes first is the database's affair.
            var begin = (raced + number) % 2 == 0 ? null : world.Begin(1);
            var suppress = world.Suppress(person);
            begin ??= world.Begin(1);
            await suppress;
            var then = await world.Row(person);
            await begin;
            Assert.True(then.Attempt == (await world.Row(person)).Attempt, $"{person} was handed over after the suppression was answered.");
            handed += then.Attempt;
            if (then.Attempt == 0) refused.Add(person);
        }
        while ((await world.Begin(500)).Rows.Count > 0)
        {
            // And nobody finds them later.
        }
        foreach (var person in refused) Assert.Equal(0, (await world.Row(person)).Attempt);
        return handed;
    }
}
