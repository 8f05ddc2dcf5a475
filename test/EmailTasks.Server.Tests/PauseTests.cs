using System.Diagnostics;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>A pause that holds, a resume that goes on, and nobody twice or missing.</summary>
[Collection(Alone.Name)]
public sealed class PauseTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Pause_in_mid_send_stops_every_dot_within_a_second_and_resume_mails_the_rest(StoreKind store)
    {
        const int people = 3_000;
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(people, await server.Smtp(sink.Port));
        await server.Send(task);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > 500), what: "five hundred mails");
        var paused = (await server.Post($"/v1/email-tasks/{task}/pause")).Ok();
        var answered = Stopwatch.GetTimestamp();
        Assert.Equal(("paused", "user"), (paused.Text("status"), paused.Text("paused_by")));
        await Task.Delay(2_500);
        var latest = sink.Dotted.Max(t => t.DotStamp!.Value);
        var after = Stopwatch.GetElapsedTime(answered, Math.Max(answered, latest));
        TestContext.Current.TestOutputHelper?.WriteLine($"{sink.Dotted.Count()} of {people} before the pause; the last dot came {after.TotalMilliseconds:F0} ms after the answer");
        Assert.True(after < TimeSpan.FromSeconds(1), $"A dot arrived {after} after the answer.");
        Assert.True(sink.Dotted.Count() < people, "Everything was sent before the pause: the test shows nothing.");
        var still = (await server.Post($"/v1/email-tasks/{task}/pause?full=true")).Ok();
        Assert.Equal(("paused", false, 0L), (still.Text("status"), still.At("changed").GetBoolean(), still.Number("counts.handed_count")));

        Assert.Equal("sending", (await server.Post($"/v1/email-tasks/{task}/resume")).Ok().Text("status"));
        Assert.False((await server.Post($"/v1/email-tasks/{task}/resume")).Ok().At("changed").GetBoolean());
        Exactly(people, await server.Settled(task), sink);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Twenty_pauses_and_resumes_at_random_moments_mail_everybody_exactly_once(StoreKind store)
    {
        const int people = 3_000;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Dot ? SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(8)) : null);
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(people, await server.Smtp(sink.Port));
        await server.Send(task);
        var cycles = 0;
        for (; cycles < 20; cycles++)
        {
            await Task.Delay(random.Next(5, 250));
            if ((await server.Post($"/v1/email-tasks/{task}/pause")).ErrorCode == ErrorCodes.InvalidState) break; // sent already
            if (random.Next(3) > 0) await Task.Delay(random.Next(1, 400));
            var resumed = await server.Post($"/v1/email-tasks/{task}/resume");
            Assert.True(resumed.Success || (resumed.ErrorCode == ErrorCodes.InvalidState && resumed.Summary.Contains("sent", StringComparison.Ordinal)), resumed.Json.ToString());
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{cycles} cycles");
        Assert.True(cycles >= 10, $"Only {cycles} cycles: the send was too quick to show anything.");
        Exactly(people, await server.Settled(task), sink);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_task_that_the_guard_paused_needs_a_person_and_goes_on_once_the_trouble_is_mended(StoreKind store)
    {
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Dot ? SinkReply.Say("552 5.3.4 too large for us") : null);
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(30, await server.Smtp(sink.Port, new { connections = 2 }));
        await server.Send(task);
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Text("status") == "paused", what: "the guard's pause");
        Assert.Equal("guard", (await server.Get($"/v1/email-tasks/{task}")).Text("paused_by"));
        var agent = await server.NewKey(Role.Operator, "agent", await server.Account());
        var unnamed = await server.Call("POST", $"/v1/email-tasks/{task}/resume", key: agent);
        Assert.Equal((409, ErrorCodes.PlanRequired), (unnamed.Status, unnamed.ErrorCode));
        var plan = (await server.Get($"/v1/email-tasks/{task}")).Text("plan_digest");
        var refused = await server.Call("POST", $"/v1/email-tasks/{task}/resume?plan={plan}", key: agent);
        Assert.Equal((403, ErrorCodes.ScopeRequired), (refused.Status, refused.ErrorCode));
        Assert.Contains("only a person's key", refused.Summary);
        sink.Script = null;
        sink.Clear();
        (await server.Post($"/v1/email-tasks/{task}/resume")).Ok();
        Exactly(30, await server.Settled(task), sink);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_paused_task_whose_last_mails_ended_beside_the_pause_is_sent(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Dot, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(1_500))));
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(1, await server.Smtp(sink.Port));
        await server.Send(task);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Any()), what: "the dot");
        Assert.Equal("paused", (await server.Post($"/v1/email-tasks/{task}/pause")).Ok().Text("status"));
        var settled = await server.Settled(task);
        Assert.Equal(("sent", 1L), (settled.Text("status"), settled.Number("counts.sent_count")));
    }

    private static void Exactly(int people, Reply settled, SmtpSink sink)
    {
        Assert.Equal(("sent", (long)people), (settled.Text("status"), settled.Number("counts.sent_count")));
        var got = sink.Log.Where(t => t.Accepted).GroupBy(t => t.To.Single()).ToList();
        Assert.Empty(got.Where(g => g.Count() > 1).Select(g => g.Key));
        Assert.Equal(people, got.Count);
    }
}
