using System.Text.RegularExpressions;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage.Postgres;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>
/// The shape of what the hot path asks of PostgreSQL, told by the server itself about the statements that really ran: an
/// innocent claim query was fifty times slower.
/// </summary>
public sealed partial class PostgresPlanTests
{
    private const int People = 20_000;

    [Fact]
    public async Task Begin_finish_and_suppression_walk_keys_and_indexes()
    {
        var cluster = await PostgresCluster.Start("session_preload_libraries=auto_explain", "auto_explain.log_min_duration=0", "auto_explain.log_nested_statements=on");
        try
        {
            var database = await cluster.Create("plans");
            using var store = await PostgresStore.Open(database, TimeProvider.System);
            var world = await KernelWorld.Make(store, People);
            await PostgresCluster.Execute(database, "analyze");
            var before = cluster.Log().Length;
            var began = await world.Begin(8, "d1.example");
            await world.Finish([.. began.Rows.Select(r => world.Result(r, r.Seq % 2 == 0 ? VerdictOutcome.Sent : VerdictOutcome.Retry))]);
            await world.Suppress(77);
            await store.Read(TaskRows.Open);
            var plans = Plan().Matches(cluster.Log()[before..]).Select(m => m.Value).ToList();

            Assert.Contains("Index Scan using recipient_pkey on recipient r", One(plans, "order by r.seq limit"), StringComparison.Ordinal);
            Assert.Contains("recipient_retry", One(plans, "order by r.next_attempt_at limit"), StringComparison.Ordinal);
            Assert.Contains("recipient_pkey", One(plans, "update recipient set state = "), StringComparison.Ordinal);
            Assert.Contains("recipient_account_address", One(plans, "select r.set_id, r.seq, r.next_attempt_at from unnest"), StringComparison.Ordinal);
            Assert.All(plans, p => Assert.DoesNotContain("Seq Scan on recipient", p, StringComparison.Ordinal));
        }
        finally
        {
            await cluster.Stop();
        }
    }

    private static string One(List<string> plans, string part) =>
        plans.Find(p => p.Contains(part, StringComparison.Ordinal)) ?? throw new InvalidOperationException($"No statement with \"{part}\" ran:\n{string.Join('\n', plans)}");

    // One entry of the log: what it says of the plan, up to the next entry.
    [GeneratedRegex(@"Query Text:.*?(?=\n\d{4}-\d\d-\d\d |\z)", RegexOptions.Singleline, 10_000)]
    private static partial Regex Plan();
}
