using System.Diagnostics;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>What an IMAP server says of sizes and numbers is not believed, and no message stops those behind it.</summary>
[Collection(Alone.Name), Trait(Waits.Trait, Waits.Name)]
public sealed class LyingImapTests(ITestOutputHelper output)
{
    private const long MemoryMax = 200L << 20;

    [Theory]
    [InlineData("ESEARCH (TAG \"{tag}\") UID ALL 1:30000000", StoreKind.Sqlite)]
    [InlineData("ESEARCH (TAG \"{tag}\") UID ALL 1:4294967295", StoreKind.Postgres)]
    [InlineData("ESEARCH (TAG \"{tag}\") UID ALL 1,5:4294967294", StoreKind.Sqlite)]
    public async Task Numbers_are_never_written_out(string lie, StoreKind store)
    {
        await using var world = await World.Make(store, lie);
        using var peak = new PeakMemory();
        world.Imap.Messages.Add(new(Replies.Reply(Worlds.Address(0), world.Ids[Worlds.Address(0)])));
        await world.Connect();
        await world.Server.Counts(world.Task, "reply_count", 1);
        var most = peak.Stop();
        output.WriteLine($"{lie}: {most >> 20} MB more at most");
        Assert.True(most < MemoryMax, $"{most >> 20} MB");
    }

    public static TheoryData<StoreKind, string, LyingMessage, string> Lies => new()
    {
        { StoreKind.Sqlite, "700 MB where 1 KB was told", new([]) { Sends = 700L << 20, Says = 1_000 }, "sent more than was asked for" },
        { StoreKind.Postgres, "700 MB, and told so", new([]) { Sends = 700L << 20, Says = 700L << 20 }, "sent more than was asked for" },
        { StoreKind.Sqlite, "no bytes at all", new([]) { IsRefused = true, Says = 10 }, "refused to send it" },
    };

    [Theory, MemberData(nameof(Lies))]
    public async Task A_message_that_fails_three_times_is_set_aside_and_named_and_reading_goes_on(StoreKind store, string name, LyingMessage lie, string problem)
    {
        await using var world = await World.Make(store, null);
        using var peak = new PeakMemory();
        world.Imap.Messages.AddRange([lie, new(Replies.Reply(Worlds.Address(0), world.Ids[Worlds.Address(0)]))]);
        await world.Connect();
        var clock = Stopwatch.StartNew();
        await Worlds.Until(async () => (await world.Mailbox()).Text("health.state") == "failing", 20, "that health says so");
        var failing = await world.Mailbox();
        Assert.Contains("could not be read", failing.Text("health.problem"), StringComparison.Ordinal);
        await world.Server.Counts(world.Task, "reply_count", 1, 30);
        output.WriteLine($"{name}: {peak.Stop() >> 20} MB more at most, read on behind it after {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.True(peak.Stop() < MemoryMax, $"{peak.Stop() >> 20} MB");
        await Worlds.Until(async () => (await world.Mailbox()).Text("health.state") == "ok", 20, "that it is well again");
        var after = await world.Mailbox();
        Assert.Equal((1, "INBOX", "1"), (after.Number("inbound.set_aside.count"), after.Text("inbound.set_aside.folder"), after.Text("inbound.set_aside.uid")));
        Assert.Contains(problem, after.Text("inbound.set_aside.problem"), StringComparison.Ordinal);
        Assert.Equal(3, await world.Server.App.Store.Read(db => db.One<int>("select tries from unread_message")));
    }

    [Fact]
    public async Task A_connection_that_breaks_at_a_message_again_and_again_ends_in_setting_it_aside()
    {
        await using var world = await World.Make(StoreKind.Sqlite, null);
        world.Imap.Messages.AddRange([new([]) { Breaks = true, Says = 10 }, new(Replies.Reply(Worlds.Address(0), world.Ids[Worlds.Address(0)]))]);
        await world.Connect();
        await Worlds.Until(async () => await world.Server.App.Store.Read(db => db.One<int>("select coalesce(max(tries), 0) from unread_message")) >= 2, 20, "two tries");
        // Nine tries later; the pauses between them grow to a minute.
        await world.Server.App.Store.Write(db => db.Execute("update unread_message set tries = 9"));
        await world.Server.Counts(world.Task, "reply_count", 1, 40);
    }

    [Fact]
    public async Task Reading_ends_within_two_seconds_in_the_midst_of_a_message()
    {
        await using var world = await World.Make(StoreKind.Sqlite, null);
        world.Imap.Messages.Add(new([]) { Dribbles = true, Says = 1_000_000 });
        await world.Connect();
        await Worlds.Until(() => Task.FromResult(world.Imap.Said.Any(s => s.Contains("BODY", StringComparison.Ordinal))), 20, "the message is asked for");
        var clock = Stopwatch.StartNew();
        await world.Stop();
        output.WriteLine($"stopped after {clock.Elapsed.TotalSeconds:0.00} s");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"{clock.Elapsed}");
    }

    [Fact]
    public async Task A_line_without_an_end_is_cut_off()
    {
        await using var world = await World.Make(StoreKind.Sqlite, null);
        using var peak = new PeakMemory();
        world.Imap.Endless = "LOGIN";
        await world.Connect();
        await Worlds.Until(async () => (await world.Mailbox()).Text("inbound.status") == "failing", 20, "that it says so");
        output.WriteLine($"an endless line: {peak.Stop() >> 20} MB more at most");
        Assert.True(peak.Stop() < MemoryMax, $"{peak.Stop() >> 20} MB");
    }

    /// <summary>A task that was sent, and a mailbox that will be read from a server that lies.</summary>
    private sealed class World : IAsyncDisposable
    {
        private bool _stopped;

        public required SmtpSink Sink { get; init; }
        public required LyingImap Imap { get; init; }
        public required TestServer Server { get; init; }
        public required string Sender { get; init; }
        public required string Task { get; init; }
        public required Dictionary<string, string> Ids { get; init; }

        public static async Task<World> Make(StoreKind store, string? firstSearch)
        {
            var (sink, server) = (SmtpSink.Start(), await TestServer.Start(store));
            var sender = (await server.Post("/v1/mailboxes?skip_check=true", new { kind = "enterprise", address = "mia@brand.example", smtp = new { host = "127.0.0.1", port = sink.Port, security = "none" } })).Ok().Text("sender_id");
            var task = await server.Ready(1, sender);
            await server.Send(task);
            await server.Settled(task);
            var imap = LyingImap.Start();
            imap.FirstSearch = firstSearch;
            return new World { Sink = sink, Server = server, Imap = imap, Sender = sender, Task = task, Ids = await server.Ids(task) };
        }

        public async Task<Reply> Mailbox() => (await Server.Get($"/v1/mailboxes/{Sender}")).Ok();

        public async Task Connect() => (await Server.Call("PATCH", $"/v1/mailboxes/{Sender}?skip_check=true", new
        {
            inbound = new { kind = "imap", host = "127.0.0.1", port = Imap.Port, security = "none", username = "mia", password = "right" },
        })).Ok();

        public async Task Stop()
        {
            if (!_stopped) await Server.DisposeAsync();
            _stopped = true;
        }

        public async ValueTask DisposeAsync()
        {
            await Stop();
            await Imap.DisposeAsync();
            await Sink.DisposeAsync();
        }
    }
}
