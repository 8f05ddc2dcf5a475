using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Dispatch;

/// <summary>A lane may end, and the store may refuse; what an attempt came to is written all the same.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class LaneTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task An_answer_that_comes_after_the_lease_was_lost_is_still_written(StoreKind store)
    {
        var slow = 0;
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Dot && Interlocked.Increment(ref slow) == 1 ? SinkReply.DefaultAfter(TimeSpan.FromSeconds(26)) : null);
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { connections = 1 });
        var task = await server.Ready(2, mailbox);
        await server.Send(task);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Any()), what: "the first dot");
        await server.App.Store.Write(db => db.Execute("update mailbox set epoch = epoch + 1, expires_at = 0 where id = @mailbox", new { mailbox }));
        var done = await server.Settled(task, 45);
        Assert.Equal(2, done.Number("counts.sent_count"));
        Assert.Equal(2, sink.Dotted.Count());
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_store_that_does_not_take_the_mailbox_health_costs_no_result(StoreKind store)
    {
        await using var sink = SmtpSink.Start(e =>
            e.Step == SinkStep.Connect && e.Connection > 2 ? SinkReply.SayAndClose("421 4.3.2 Too many connections.")
            : e.Step == SinkStep.Dot ? SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(500)) : null);
        await using var server = await TestServer.Start(store);
        await server.App.Store.Write(db => db.Execute("create trigger full before update of health on mailbox when new.health = 'failing' begin select raise(abort, 'full'); end"));
        var task = await server.Ready(12, await server.Smtp(sink.Port));
        await server.Send(task);
        var done = await server.Settled(task, 30);
        Assert.Equal(12, done.Number("counts.sent_count"));
        Assert.Equal(12, sink.Dotted.Count());
    }
}
