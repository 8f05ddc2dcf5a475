using System.Globalization;
using EmailTasks.Core.Recipients;

namespace EmailTasks.Chaos;

/// <summary>The table of one world: what was done to it, and what came of it.</summary>
internal static class Summary
{
    private const int FindingsShown = 30;

    public static async Task Print(World world, Deeds deeds, Verdict verdict, string phases)
    {
        var rows = (await world.Database.Rows()).Where(r => r.Started).ToList();
        var dotted = world.Sink.Dotted.ToList();
        long Of(RecipientState state) => rows.LongCount(r => r.Is == state);
        Line("world", $"{world.Name}, seed {world.Seed.Value}, {phases}");
        Line("sends", $"{dotted.Count} dots, {dotted.Count(d => d.Accepted)} taken, {world.Sink.Log.Count} transactions, {world.Sink.Connections} connections");
        Line("nodes", $"{deeds.Kills} kills, {deeds.Freezes} pauses, {deeds.Blackholes} blackholes, {deeds.Cuts} sessions cut, {deeds.Crashes} database crashes");
        Line("people", $"{deeds.Cancels.Count} cancels, {deeds.Pauses.Count} mailbox pauses, {deeds.Suppressions.Count} suppressions");
        var audience = world.Audience;
        Line("recipients", string.Join(", ", audience.Meant.Values.GroupBy(r => r).OrderBy(g => g.Key).Select(g => $"{g.Key} {g.Count()}")) + $"; {audience.Answered.Count} hits answered, {verdict.HitsLost} of them lost with a node; {audience.Replies} replies, each delivered {world.Nodes.Count} times");
        Line("mail server", string.Join(", ", world.Faults.Done.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key} {f.Value}")));
        Line("rows", $"sent {Of(RecipientState.Sent)}, failed {Of(RecipientState.Failed)}, uncertain {Of(RecipientState.Uncertain)}, suppressed {Of(RecipientState.Suppressed)}, cancelled {Of(RecipientState.Cancelled)}, pending {Of(RecipientState.Pending)}, handed {Of(RecipientState.Handed)}");
        Line("duplicates", $"{verdict.Duplicates} (mailed again after a certain refusal: {verdict.Repeated})");
        Line("lost", $"{verdict.SentNotAccepted} sent but not accepted, {verdict.AcceptedNotRecorded} accepted but not recorded");
        Line("after a stop", $"worst dot {After(verdict.WorstAfterCancel)} after a cancel's answer, {After(verdict.WorstAfterPause)} after a pause's");
        Line("limits", string.Join(", ", verdict.Limits.GroupBy(l => l.What).Select(g => g.MaxBy(l => l.Most / (double)l.Allowed)!)));
        Line("findings", verdict.Findings.Count.ToString(CultureInfo.InvariantCulture));
        foreach (var finding in verdict.Findings.Take(FindingsShown)) Console.WriteLine("  ! " + finding);
        Console.WriteLine();
    }

    private static string After(double seconds) => double.IsNegativeInfinity(seconds) ? "none" : $"{seconds:F2} s";

    private static void Line(string name, string text) => Console.WriteLine($"{name,-14}{text}");
}
