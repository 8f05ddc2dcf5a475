using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>The process dies in mid-send. Nobody is mailed twice, nobody is lost without a word.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class CrashTests
{
    private const int Kills = 20;
    private const int Sessions = 8;
    private const int People = 5_000;

    [Fact]
    public async Task Twenty_kills_in_mid_send_mail_nobody_twice_and_lose_nobody_silently()
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-crash-").FullName;
        var random = new Random(20261123);
        await using var sink = SmtpSink.Start(Slow(random));
        string task;
        await using (var server = await TestServer.Start(folder: folder))
        {
            task = await server.Ready(People, await server.Smtp(sink.Port));
            await server.Send(task);
            await Worlds.Until(() => Task.FromResult(sink.Dotted.Any()), what: "the first mail");
        }
        var waits = new List<int>();
        for (var i = 0; i < Kills; i++)
        {
            var before = sink.Dotted.Count();
            await using var process = await ServerProcess.Start(folder);
            if (i % 4 > 0) await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > before), what: "mail after a restart");
            waits.Add(random.Next(0, 250));
            await Task.Delay(waits[^1]);
            await process.Kill();
        }
        await using var last = await TestServer.Start(folder: folder);
        var settled = await last.Settled(task);
        await Compare(last, task, settled, sink);
        TestContext.Current.TestOutputHelper?.WriteLine($"kills after {string.Join(", ", waits)} ms; sent {settled.Number("counts.sent_count")}, uncertain {settled.Number("counts.uncertain_count")}, dots seen {sink.Dotted.Count()}");
        Assert.InRange(settled.Number("counts.uncertain_count"), 1, Kills * Sessions);
    }

    /// <summary>A server that takes its time after the dot: that is where a kill hurts.</summary>
    private static Func<SinkEvent, SinkReply?> Slow(Random random) => e =>
    {
        if (e.Step != SinkStep.Dot) return null;
        lock (random) return SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(random.Next(0, 20)));
    };

    /// <summary>The sink's log is the oracle.</summary>
    private static async Task Compare(TestServer server, string task, Reply settled, SmtpSink sink)
    {
        var seen = sink.Dotted.Select(t => t.To.Single()).ToList();
        Assert.Equal(seen.Count, seen.Distinct().Count());
        var sent = await Addresses(server, task, "sent");
        var uncertain = await Addresses(server, task, "uncertain");
        Assert.Equal(People, settled.Number("counts.recipient_count"));
        Assert.Equal(People, sent.Count + uncertain.Count);
        Assert.Equal(settled.Number("counts.sent_count"), sent.Count);
        Assert.Equal(settled.Number("counts.uncertain_count"), uncertain.Count);
        Assert.Empty(sent.Except(seen));
        Assert.Empty(seen.Except(sent).Except(uncertain));
    }

    internal static async Task<HashSet<string>> Addresses(TestServer server, string task, string state)
    {
        var all = await server.App.Store.Read(async db => await db.Many<string>(
            "select r.address from recipient r join task t on t.set_id = r.set_id where t.id = @task and r.state = @state",
            new { task, state = Core.Recipients.RecipientStates.State(state) }));
        return [.. all];
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_is_refused()
    {
        await using var server = await TestServer.Start();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.Start(server.Folder));
        Assert.Contains("is in use by another server process", refused.Message);
    }

    [Fact]
    public async Task A_stop_lets_attempts_end_and_leaves_nothing_uncertain()
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-stop-").FullName;
        await using var sink = SmtpSink.Start();
        string task;
        await using (var server = await TestServer.Start(folder: folder))
        {
            task = await server.Ready(3_000, await server.Smtp(sink.Port));
            await server.Send(task);
        }
        await using (var process = await ServerProcess.Start(folder))
        {
            await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > 200), what: "some mail");
            Assert.Equal(0, await process.Terminate());
        }
        await using var last = await TestServer.Start(folder: folder);
        var settled = await last.Settled(task);
        Assert.Equal(3_000, settled.Number("counts.sent_count"));
        Assert.Equal(3_000, sink.Dotted.Select(t => t.To.Single()).Distinct().Count());
        Assert.Equal(3_000, sink.Dotted.Count());
    }
}
