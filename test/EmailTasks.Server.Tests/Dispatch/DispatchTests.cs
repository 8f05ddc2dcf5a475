using System.Text;
using System.Text.RegularExpressions;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Dispatch;

/// <summary>What the kernel promises beyond single operations.</summary>
public sealed class DispatchTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task What_the_preview_shows_is_what_leaves_byte_for_byte_tokens_and_date_aside(StoreKind store)
    {
        await using var sink = SmtpSink.Start(options: new SinkOptions { KeepData = true });
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(3, await server.Smtp(sink.Port), text: "Grüße — 你好 " + new string('x', 1200));
        var previews = new Dictionary<string, string>();
        for (var i = 0; i < 3; i++) previews[Worlds.Address(i)] = (await server.Get($"/v1/email-tasks/{task}/preview?raw=true&recipient={Worlds.Address(i)}")).Ok().Text("raw");
        await server.Send(task);
        await server.Settled(task);
        Assert.Equal(3, sink.Dotted.Count());
        foreach (var mail in sink.Dotted)
        {
            var wire = Encoding.Latin1.GetString(mail.Data!);
            Assert.Equal(Inert(previews[mail.To.Single()]), Inert(wire));
            Assert.DoesNotContain(MessageTokens.Inert.MessageId, wire);
        }
    }

    /// <summary>Tokens are 45 characters of a-z2-7; quoted-printable may break them over lines.</summary>
    private static string Inert(string message) => Regex.Replace(Regex.Replace(message.Replace("=\r\n", ""), "[a-z2-7]{45}", "TOKEN"), "(?m)^Date: .*$", "Date");

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Somebody_suppressed_in_mid_send_is_not_mailed(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Dot, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(20))));
        await using var server = await TestServer.Start(store);
        var account = await server.Account();
        var task = await server.Ready(200, await server.Smtp(sink.Port, new { connections = 1 }));
        await server.Send(task);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Any()), what: "the first mail");
        for (var i = 150; i < 160; i++)
        {
            var address = EmailAddress.TryParse(Worlds.Address(i).ToUpperInvariant(), out _)!;
            Assert.Equal(1, await server.App.Store.Write(db => SuppressionRows.Add(db, account, address, "manual", "test")));
        }
        var done = await server.Settled(task);
        Assert.Equal(190, done.Number("counts.sent_count"));
        Assert.Equal(10, done.Number("counts.suppressed_count"));
        Assert.DoesNotContain(sink.Dotted.Select(m => m.To.Single()), a => Enumerable.Range(150, 10).Any(i => Worlds.Address(i) == a));
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task After_a_crash_a_pickup_folder_proves_what_was_delivered(StoreKind store)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-pickup-").FullName;
        string task, files;
        await using (var server = await TestServer.Start(store, folder: folder))
        {
            var mailbox = await server.Pickup();
            (await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok();
            task = await server.Ready(4, mailbox);
            await server.Send(task);
            files = (await server.Get($"/v1/mailboxes/{mailbox}")).Text("folder");
            var set = await server.App.Store.Read(db => db.One<long>("select set_id from task where id = @task", new { task }));
            var seqs = await server.App.Store.Read(db => db.Many<long>("select seq from recipient where set_id = @set order by seq", new { set }));
            await server.App.Store.Write(async db =>
            {
                await db.Execute("update recipient set state = 1, attempt = 1 where set_id = @set and seq in @handed", new { set, handed = seqs.Take(3) });
                await db.Execute("update task_counter set pending = pending - 3, handed = handed + 3 where set_id = @set and shard = (select shard from task_counter where set_id = @set limit 1)", new { set });
                return await db.Execute("update mailbox set in_flight = 3 where id = @mailbox", new { mailbox });
            });
            Directory.CreateDirectory(Path.Combine(files, ".spool"));
            File.WriteAllText(Path.Combine(files, server.App.Tokens.MessageId(set, seqs[0], server.App.Tokens.CurrentKey) + ".eml"), "out");
            File.WriteAllText(Path.Combine(files, ".spool", server.App.Tokens.MessageId(set, seqs[1], server.App.Tokens.CurrentKey)), "spooled");
        }
        await using var again = await TestServer.Start(store, folder: folder);
        var counts = await again.Get($"/v1/email-tasks/{task}");
        Assert.Equal(2, counts.Number("counts.sent_count"));
        Assert.Equal(1, counts.Number("counts.uncertain_count"));
        Assert.Equal(1, counts.Number("counts.pending_count"));
        Assert.Equal(2, Directory.GetFiles(files, "*.eml").Length);
        Assert.Empty(Directory.GetFiles(Path.Combine(files, ".spool")));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_process_that_slept_sends_no_dot_before_it_has_looked_again(StoreKind store)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        (await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok();
        var task = await server.Ready(1, mailbox);
        await server.Send(task);
        await server.App.Store.Write(db => TestHolds.LiftAll(db, mailbox));
        using var control = new Control(server.App.Store, time, _ => { });
        Assert.False(control.Allows(task, mailbox, 1));
        control.Look();
        Assert.True(control.Allows(task, mailbox, 1));
        time.Advance(Control.MaxAge);
        Assert.False(control.Allows(task, mailbox, 1));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_mail_whose_dot_is_answered_by_silence_is_uncertain_and_never_sent_again(StoreKind store)
    {
        var lost = 0;
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Dot && Interlocked.Increment(ref lost) % 5 == 0 ? SinkReply.TakeAndLoseThe250 : null);
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(50, await server.Smtp(sink.Port, new { connections = 2 }));
        await server.Send(task);
        var mailbox = (await server.Get($"/v1/email-tasks/{task}")).Text("sender.sender_id");
        await Worlds.Until(async () =>
        {
            await server.Post($"/v1/mailboxes/{mailbox}/resume");
            return (await server.Get($"/v1/email-tasks/{task}")).At("settled").GetBoolean();
        }, 60, "the end");
        var done = await server.Get($"/v1/email-tasks/{task}");
        Assert.Equal("sent", done.Text("status"));
        Assert.Equal(10, done.Number("counts.uncertain_count"));
        Assert.Equal(40, done.Number("counts.sent_count"));
        Assert.Equal(50, sink.Dotted.Count());
        Assert.Contains("10 uncertain", done.Summary);
    }

    [Fact]
    public void A_jump_of_the_wall_clock_holds_dispatch_until_it_is_stable()
    {
        var time = new JumpingTime();
        var guard = new ClockGuard(time);
        Assert.Null(guard.Problem());
        time.Wall += TimeSpan.FromMinutes(5);
        Assert.NotNull(guard.Problem());
        time.Pass(TimeSpan.FromSeconds(5));
        Assert.NotNull(guard.Problem());
        time.Pass(TimeSpan.FromSeconds(6));
        Assert.Null(guard.Problem());
    }

    private sealed class JumpingTime : TimeProvider
    {
        private long _mono;

        public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => _mono;

        public void Pass(TimeSpan span)
        {
            _mono += span.Ticks;
            Wall += span;
        }
    }
}
