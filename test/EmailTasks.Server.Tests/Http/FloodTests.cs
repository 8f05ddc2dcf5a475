using System.Diagnostics;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>Wrong plans, asked again and again, beside a task that is being sent.</summary>
[Collection(Alone.Name)]
public sealed class FloodTests
{
    private const int AtOnce = 40;
    private const int Positions = 100_000;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(4);

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Forty_wrong_plans_at_once_leave_sending_going_and_a_cancel_is_answered_in_front_of_them(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Dot, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(20))));
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 2 });
        var (task, asked) = (await server.Ready(20_000, mailbox, "Running"), await server.Ready(200, mailbox, "Asked"));
        await Suppress(server);
        await server.Send(task);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > 50), what: "mail");
        var alone = await Rate(sink);
        using var stop = new CancellationTokenSource();
        var flood = Enumerable.Range(0, AtOnce).Select(i => Task.Run(async () =>
        {
            var answers = new List<string?>();
            for (var n = 0; !stop.IsCancellationRequested; n++)
                answers.Add((await server.Call("POST", $"/v1/email-tasks/{asked}/send", force: false, plan: $"p1{i:x8}{n:x8}")).ErrorCode);
            return answers;
        })).ToList();
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var beside = await Rate(sink);
        var started = Stopwatch.GetTimestamp();
        (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        var cancelled = Stopwatch.GetElapsedTime(started);
        await stop.CancelAsync();
        var answers = (await Task.WhenAll(flood)).SelectMany(a => a).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"sending {alone:F1} mails/s alone, {beside:F1} beside {AtOnce} wrong plans at once over {Positions:N0} suppression positions ({beside / alone:P0}); cancel answered after {cancelled.TotalMilliseconds:F0} ms; " +
            string.Join(", ", answers.GroupBy(a => a).Select(g => $"{g.Count()} {g.Key}")));
        Assert.All(answers, a => Assert.Contains(a, (string[])[ErrorCodes.PlanChanged, ErrorCodes.Unavailable]));
        Assert.True(beside > 0);
        await server.Settled(task);
    }

    private static async Task<double> Rate(SmtpSink sink)
    {
        var (before, started) = (sink.Dotted.Count(), Stopwatch.GetTimestamp());
        await Task.Delay(Measured);
        return (sink.Dotted.Count() - before) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task Suppress(TestServer server)
    {
        for (var from = 0; from < Positions; from += Limits.RecipientsPerCall)
            (await server.Post("/v1/suppressions", new { addresses = Enumerable.Range(from, Limits.RecipientsPerCall).Select(i => $"s{i}@x.example") })).Ok();
    }
}
