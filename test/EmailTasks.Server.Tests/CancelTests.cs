using System.Diagnostics;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>A stop that stops.</summary>
[Collection(Alone.Name)]
public sealed class CancelTests
{
    private const int People = 20_000;

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Cancel_in_mid_send_stops_at_once_and_its_receipt_equals_the_sink(StoreKind store)
    {
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(People, await server.Smtp(sink.Port));
        await server.Send(task);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > 1_000), what: "a thousand mails");
        var reply = (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        var answered = Stopwatch.GetTimestamp();
        AssertSums(reply);
        var final = await server.Settled(task);
        await Task.Delay(1_500);
        AssertSums(final);
        Assert.True(final.At("cancel_receipt.final").GetBoolean());
        Assert.Equal(0, final.Number("cancel_receipt.in_flight"));
        Assert.Equal(sink.Dotted.Count(), final.Number("cancel_receipt.sent") + final.Number("cancel_receipt.uncertain"));
        Assert.Equal(0, final.Number("cancel_receipt.uncertain"));
        var latest = sink.Dotted.Max(t => t.DotStamp!.Value);
        var after = Stopwatch.GetElapsedTime(answered, Math.Max(answered, latest));
        TestContext.Current.TestOutputHelper?.WriteLine($"sent {final.Number("cancel_receipt.sent")} of {People}; the last dot came {after.TotalMilliseconds:F0} ms after the answer");
        Assert.True(after < TimeSpan.FromSeconds(1), $"A dot arrived {after} after the answer.");
        Assert.Equal(People, final.Number("counts.sent_count") + final.Number("counts.cancelled_count"));
        var again = (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        Assert.False(again.At("changed").GetBoolean());
        Assert.Equal(final.At("cancel_receipt").ToString(), again.At("cancel_receipt").ToString());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_dry_run_of_cancel_says_that_nothing_is_stopped(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Rcpt, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(300))));
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(100, await server.Smtp(sink.Port, new { connections = 1 }));
        await server.Send(task);
        var dry = (await server.Post($"/v1/email-tasks/{task}/cancel", force: false)).Ok();
        Assert.StartsWith("NOT STOPPED: ", dry.Summary);
        Assert.EndsWith("still sending. Add --force.", dry.Summary);
        Assert.Equal("sending", (await server.Get($"/v1/email-tasks/{task}")).Text("status"));
        (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        await server.Settled(task);
    }

    private static void AssertSums(Reply reply)
    {
        string[] parts = ["sent", "failed", "suppressed", "uncertain", "in_flight", "never_sent"];
        Assert.Equal(reply.Number("cancel_receipt.total"), parts.Sum(p => reply.Number("cancel_receipt." + p)));
        Assert.Equal(People, reply.Number("cancel_receipt.total"));
    }
}
