using System.Diagnostics;
using System.Text;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>
/// Everything that somebody might try to make more leave, or other things, than a person saw, with the answer it must get: the
/// files in <c>test/data/attempts</c>, each attempt in an account of its own, all on one server that really sends to a mail server of ours.
/// </summary>
[Collection(Alone.Name)]
public sealed class AttemptTests
{
    /// <summary>Attempts at the same time; most of their time is waiting for commits.</summary>
    private const int Together = 12;

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Every_attempt_is_answered_as_it_must_be(StoreKind store)
    {
        var started = Stopwatch.GetTimestamp();
        var only = Environment.GetEnvironmentVariable("ATTEMPTS");
        var attempts = AttemptFile.ReadAll().Where(a => only is null || a.Kind.Contains(only, StringComparison.Ordinal) || a.Name.Contains(only, StringComparison.Ordinal) || a.Where.Contains(only, StringComparison.Ordinal)).ToList();
        // The command line is the same on both databases.
        if (store != StoreKind.Sqlite) attempts.RemoveAll(a => a.Surface == "cli");
        var runs = await Held(attempts, store);
        var table = Table(runs) + $"{Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s on {store}\n";
        TestContext.Current.TestOutputHelper?.WriteLine(table);
        if (Environment.GetEnvironmentVariable("ATTEMPTS_REPORT") is { } report) await File.WriteAllTextAsync($"{report}.{store}.txt", table + Answers(runs), TestContext.Current.CancellationToken);
        Assert.True(runs.TrueForAll(r => r.Wrong.Count == 0), table);
    }

    [Fact]
    public async Task An_attempt_with_another_answer_than_it_must_have_is_not_held()
    {
        string[] file =
        [
            "kind: proof", "= A viewer sends", "  person_viewer> email send {ready} --force", "",
            "= A person's send leaves three mails, not four", "  person_operator> email send {ready} --force", "  => done", "  then mails = 4", "",
            "= A ready task is no scheduled one", "  person_operator> email get {ready}", "  then {ready}.status = scheduled", "",
            "= Four sends, four of them done", "  4 at once person_operator> email send {ready} --force", "  => exactly 4 done", "",
            "= As it must be", "  person_viewer> email send {ready} --force", "  => SCOPE_REQUIRED", "  then mails = 0",
        ];
        var runs = await Held([.. AttemptFile.Read("proof", file)], StoreKind.Sqlite);
        Assert.Equal([true, true, true, true, false], runs.Select(r => r.Wrong.Count > 0));
    }

    [Fact]
    public void There_are_three_hundred_of_twelve_kinds()
    {
        var attempts = AttemptFile.ReadAll();
        Assert.True(attempts.Count >= 300, $"{attempts.Count} attempts");
        Assert.True(attempts.DistinctBy(a => a.Kind).Count() >= 12);
        Assert.True(attempts.Count(a => a.Surface == "cli") >= 30);
        Assert.True(attempts.Count(a => a.Lines.OfType<Call>().Any(c => c.AtOnce >= 50)) >= 8);
        Assert.Equal(attempts.Count, attempts.DistinctBy(a => (a.Kind, a.Name, a.Surface)).Count());
    }

    private static async Task<List<AttemptRun>> Held(List<Attempt> attempts, StoreKind store)
    {
        await using var sink = SmtpSink.Start(e =>
            e.Step == SinkStep.Rcpt && e.Line.Contains("bad.", StringComparison.Ordinal) ? SinkReply.Say("550 5.1.1 No such user.")
            : e.Step == SinkStep.Dot && e.Mail!.To.Any(to => to.StartsWith("huge.", StringComparison.Ordinal)) ? SinkReply.Say("552 5.3.4 too large for us")
            : e.Step == SinkStep.Dot && e.Mail!.To.Any(to => to.StartsWith("slow.", StringComparison.Ordinal)) ? SinkReply.Say("552 5.3.4 too large for us").After(TimeSpan.FromMilliseconds(3_000))
            : null);
        await using var server = await TestServer.Start(store);
        var count = 0;
        var runs = attempts.Select((a, i) => new AttemptRun(a, new AttemptWorld(server, sink.Port, i), sink, () => $"attempt-{Interlocked.Increment(ref count):D8}")).ToList();
        await Parallel.ForEachAsync(runs.OrderByDescending(r => r.Attempt.Lines.OfType<Call>().Sum(c => c.AtOnce)), new ParallelOptions { MaxDegreeOfParallelism = Together }, async (run, _) => await run.Run());
        // What would leave has left by then.
        var until = Stopwatch.GetTimestamp();
        while (!runs.TrueForAll(r => r.Arrived) && Stopwatch.GetElapsedTime(until) < TimeSpan.FromSeconds(8)) await Task.Delay(100);
        await Task.Delay(1_500);
        foreach (var run in runs) run.CountMails();
        return runs;
    }

    private static string Answers(List<AttemptRun> runs) =>
        string.Join("\n\n", runs.Where(r => r.Wrong.Count == 0).Select(r => $"HELD {r.Attempt.Where} [{r.Attempt.Kind}] {r.Attempt.Name}\n    {string.Join("\n    ", r.Came)}"));

    private static string Table(List<AttemptRun> runs)
    {
        var text = new StringBuilder("\nkind                                      attempts   held   not held\n");
        foreach (var kind in runs.GroupBy(r => r.Attempt.Kind))
            text.AppendLine($"{kind.Key,-40}  {kind.Count(),8} {kind.Count(r => r.Wrong.Count == 0),6} {kind.Count(r => r.Wrong.Count > 0),10}");
        text.AppendLine($"{"all",-40}  {runs.Count,8} {runs.Count(r => r.Wrong.Count == 0),6} {runs.Count(r => r.Wrong.Count > 0),10}");
        foreach (var run in runs.Where(r => r.Wrong.Count > 0))
            text.AppendLine($"\nNOT HELD {run.Attempt.Where} [{run.Attempt.Kind}] {run.Attempt.Name}\n    {string.Join("\n    ", run.Wrong)}");
        return text.ToString();
    }
}
