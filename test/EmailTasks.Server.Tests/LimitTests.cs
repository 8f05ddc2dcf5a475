using System.Text.Json;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>A limit that is stored is enforced, and a wait says why and until when.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class LimitTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_minute_limit_is_never_passed_and_the_task_says_what_it_waits_for(StoreKind store)
    {
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 8, per_minute = 20 });
        var task = await server.Ready(50, mailbox);
        await server.Send(task);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() >= 20), what: "twenty mails");
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).At("waiting").ValueKind == JsonValueKind.Object, what: "waiting");
        await Task.Delay(2_000);
        var waiting = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal("minute_limit", waiting.Text("waiting.reason"));
        Assert.InRange(waiting.At("waiting.until").GetDateTimeOffset(), DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddSeconds(70));
        Assert.Equal(20, sink.Dotted.Count());
        (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        Assert.Equal(20, (await server.Settled(task)).Number("counts.sent_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Connections_are_never_more_than_allowed_also_at_a_slow_server(StoreKind store)
    {
        var open = 0;
        var most = 0;
        await using var sink = SmtpSink.Start(e =>
        {
            if (e.Step == SinkStep.Mail) InterlockedMax(ref most, Interlocked.Increment(ref open));
            if (e.Step == SinkStep.Dot) Interlocked.Decrement(ref open);
            return e.Step == SinkStep.Dot ? SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(20)) : null;
        });
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(100, await server.Smtp(sink.Port, new { connections = 3 }));
        await server.Send(task);
        await server.Settled(task);
        Assert.InRange(most, 2, 3); // never more; two at once show that they were wanted, also on a busy machine
        Assert.InRange(sink.Connections, 1, 4);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_refusal_at_rcpt_gives_its_day_permit_back(StoreKind store)
    {
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Rcpt && e.Line.Contains("bad", StringComparison.Ordinal) ? SinkReply.Say("550 5.1.1 No such user.") : null);
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 1, per_day = 10 });
        var task = await server.Ready(13, mailbox, address: i => i % 4 == 0 ? $"bad{i}@d{i}.example" : $"r{i}@d{i}.example");
        await server.Send(task);
        var done = await server.Settled(task, 30);
        Assert.Equal(9, done.Number("counts.sent_count"));
        Assert.Equal(4, done.Number("counts.failed_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Outside_the_window_nothing_leaves(StoreKind store)
    {
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port);
        var today = DateTime.UtcNow.AddHours(-12).DayOfWeek.ToString()[..3].ToLowerInvariant();
        var from = DateTime.UtcNow.AddHours(-12);
        object window = new { days = new[] { today }, from = from.ToString("HH:mm"), to = from.AddHours(1).ToString("HH:mm"), zone = "UTC" };
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { window })).Ok();
        var task = await server.Ready(5, mailbox);
        var plan = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok();
        Assert.Contains("OUTSIDE_WINDOW", plan.At("warnings").EnumerateArray().Select(w => w.GetProperty("code").GetString()));
        await server.Send(task);
        await Task.Delay(1_500);
        Assert.Empty(sink.Dotted);
        Assert.Equal("window", (await server.Get($"/v1/email-tasks/{task}")).Text("waiting.reason"));
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", """{"window":null}""")).Ok();
        Assert.Equal(5, (await server.Settled(task)).Number("counts.sent_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Whoever_is_not_mailed_by_send_until_expires(StoreKind store)
    {
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 1, per_minute = 3 });
        var task = await server.Ready(10, mailbox);
        (await server.Post($"/v1/email-tasks/{task}/send", new { send_until = DateTime.UtcNow.AddSeconds(3).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") })).Ok();
        var done = await server.Settled(task, 30);
        Assert.Equal("sent", done.Text("status"));
        Assert.Equal(3, done.Number("counts.sent_count"));
        Assert.Equal(7, done.Number("counts.expired_count"));
        Assert.Equal(3, sink.Dotted.Count());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_domain_that_refuses_for_now_rests_while_others_go_on(StoreKind store)
    {
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Rcpt && e.Line.Contains("@busy.example", StringComparison.Ordinal) ? SinkReply.Say("450 4.2.1 Mailbox busy.") : null);
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(100, await server.Smtp(sink.Port, new { connections = 1 }), address: i => i < 40 ? $"r{i}@busy.example" : $"r{i}@d{i}.example");
        await server.Send(task);
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Number("counts.sent_count") == 60, what: "the others");
        var now = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal("sending", now.Text("status"));
        Assert.Equal(40, now.Number("counts.pending_count"));
        Assert.InRange(now.Number("counts.retrying_count"), 3, 5);
        (await server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        Assert.Equal(40, (await server.Settled(task)).Number("counts.cancelled_count"));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            if (Interlocked.CompareExchange(ref most, value, seen) == seen) return;
        }
    }
}
