using System.Diagnostics;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>Replies and bounces read from a real Dovecot.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class ImapReadingTests(ITestOutputHelper output)
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_reply_counts_within_five_seconds_and_nothing_is_marked(StoreKind store)
    {
        await using var world = await World.Make(store, 3);
        var (server, task) = (world.Server, world.Task);
        await world.Imap.AppendAsync("mia", "INBOX", Replies.Reply("r0@d0.example", world.Ids["r0@d0.example"]));
        var clock = Stopwatch.StartNew();
        await server.Counts(task, "reply_count", 1, 10);
        output.WriteLine($"{store}: the reply counted after {clock.Elapsed.TotalSeconds:0.00} s");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"{clock.Elapsed}");
        await world.Imap.AppendAsync("mia", "INBOX", Replies.OutOfOffice("r1@d1.example", world.Ids["r1@d1.example"]), Replies.Raw("From: shop@else.example\r\nSubject: Offers\r\nList-Unsubscribe: <https://else.example>\r\n\r\nBuy!\r\n"));
        await server.Counts(task, "auto_reply_count", 1);
        var report = (await server.Get($"/v1/email-tasks/{task}/report")).Ok();
        Assert.Equal((1, 1, 1, 1), (report.Number("reply_count"), report.Number("replied_creator_count"), report.Number("inbound_message_count"), report.Number("auto_reply_count")));
        Assert.Equal("listening", report.Text("inbound.status"));
        Assert.NotEmpty(report.Text("inbound.synced_at"));
        Assert.Equal((0, 3), await world.Imap.MarksAsync("mia"));
        // Who wrote what did not concern a task is not kept.
        Assert.Equal(0, await server.App.Store.Read(db => db.One<long>("select count(*) from message where kind = 'unrelated' and (from_address is not null or subject is not null)")));
        await server.Recount(task);
    }

    /// <summary>Where a server knows no IDLE it is asked again and again.</summary>
    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Without_idle_a_reply_is_found_by_asking(StoreKind store)
    {
        await using var world = await World.Make(store, 2, idle: false);
        await world.Imap.AppendAsync("mia", "INBOX", Replies.Reply("r0@d0.example", world.Ids["r0@d0.example"]));
        await world.Server.Counts(world.Task, "reply_count", 1, 40);
        await world.Imap.AppendAsync("mia", "INBOX", Replies.Reply("r1@d1.example", world.Ids["r1@d1.example"]));
        var clock = Stopwatch.StartNew();
        await world.Server.Counts(world.Task, "reply_count", 2, 40);
        output.WriteLine($"asked again after {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.Equal((0, 2), await world.Imap.MarksAsync("mia"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_server_that_restarts_numbers_anew_or_is_away_costs_no_message_and_counts_none_twice(StoreKind store)
    {
        const int people = 60;
        await using var world = await World.Make(store, people);
        var (server, task) = (world.Server, world.Task);
        byte[][] replies = [.. Enumerable.Range(0, people).Select(i => Replies.Reply(Worlds.Address(i), world.Ids[Worlds.Address(i)]))];
        await world.Imap.AppendAsync("mia", "INBOX", replies[..20]);
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}/report")).Ok().At("reply_count") is { ValueKind: System.Text.Json.JsonValueKind.Number } n && n.GetInt64() > 0, what: "the first replies");
        await world.Imap.StopAsync(); // in mid-fetch, as a rule
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}/report")).Ok().Text("inbound.status") == "failing", what: "that it says so");
        await Task.Delay(TimeSpan.FromSeconds(store == StoreKind.Sqlite ? 60 : 5)); // away for a minute; once is enough
        await world.Imap.StartAgainAsync();
        await world.Imap.AppendAsync("mia", "INBOX", replies[20..40]);
        await server.Counts(task, "reply_count", 40, 120);
        await world.Imap.StopAsync();
        await world.Imap.StartAgainAsync(renumbered: "mia");
        await world.Imap.AppendAsync("mia", "INBOX", replies[40..]);
        await server.Counts(task, "reply_count", people, 60);
        var report = (await server.Get($"/v1/email-tasks/{task}/report")).Ok();
        Assert.Equal((people, people), (report.Number("inbound_message_count"), report.Number("replied_creator_count")));
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}/report")).Ok().Text("inbound.status") == "listening", what: "that it reads again");
        Assert.Equal(2, await server.App.Store.Read(db => db.One<long>("select count(distinct uidvalidity) from message")));
        await server.Recount(task);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_hard_bounce_and_an_opt_out_by_mail_suppress_at_once_and_a_stranger_s_report_does_not(StoreKind store)
    {
        await using var world = await World.Make(store, 5);
        var (server, task) = (world.Server, world.Task);
        string Id(int i) => world.Ids[Worlds.Address(i)];
        await world.Imap.AppendAsync("mia", "INBOX",
            Replies.Bounce(Worlds.Address(0), Id(0)),
            Replies.Bounce("forwarded@else.example", Id(1)), // whom it was forwarded to is not whom we mailed
            Replies.Bounce(Worlds.Address(2), "forged-by-somebody@brand.example"), // names no mail of ours
            Replies.Bounce(Worlds.Address(3), Id(3), "4.4.1", "delayed"),
            Replies.Reply(Worlds.Address(4), Id(4), "Unsubscribe"));
        await server.Counts(task, "unsubscribe_count", 1);
        await server.Counts(task, "bounce_count", 1);
        var suppressed = (await server.Get("/v1/suppressions")).Ok().At("items").EnumerateArray().Select(s => (s.GetProperty("email_address").GetString(), s.GetProperty("reason").GetString())).Order().ToList();
        Assert.Equal([(Worlds.Address(0), "bounced"), (Worlds.Address(4), "unsubscribed")], suppressed);
        Assert.Equal(0, (await server.Get($"/v1/email-tasks/{task}/report")).Ok().Number("reply_count"));
        await server.Recount(task);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_copy_in_the_sent_folder_settles_who_was_uncertain(StoreKind store)
    {
        await using var sink = SmtpSink.Start();
        await using var imap = await Dovecot.StartAsync();
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Read(sink, imap);
        var task = await server.Ready(2, mailbox);
        (await server.Post($"/v1/email-tasks/{task}/schedule", new { plan_send_at = Worlds.Ahead(TimeSpan.FromHours(2)) })).Ok();
        await server.App.Store.Write(db => db.Execute("update task set status = 3, paused_by = 'user', started_at = 1 where id = @task", new { task }));
        foreach (var i in new[] { 0, 1 }) await server.MakeUncertain(task, Worlds.Address(i));
        var ids = await server.Ids(task);
        await imap.AppendAsync("mia", "Sent", Replies.Raw($"From: mia@brand.example\r\nTo: {Worlds.Address(0)}\r\nSubject: Hello\r\nMessage-ID: <{ids[Worlds.Address(0)]}>\r\n\r\nHi\r\n"));
        // The Sent folder is asked when reading begins: a changed mailbox begins anew.
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}?skip_check=true", new { display_name = "Mia B" })).Ok();
        await server.Counts(task, "sent_count", 1);
        var row = (await server.Get($"/v1/email-tasks/{task}/recipients?state=sent")).Ok().At("items")[0];
        Assert.Equal((Worlds.Address(0), "evidence_sent_copy"), (row.GetProperty("email_address").GetString(), row.GetProperty("reason").GetString()));
        Assert.Equal(1, (await server.Get($"/v1/email-tasks/{task}/report")).Ok().Number("uncertain_count"));
        await server.Recount(task);
    }

    /// <summary>A task that was sent through a sink, from a mailbox that is read.</summary>
    private sealed class World : IAsyncDisposable
    {
        public required SmtpSink Sink { get; init; }
        public required Dovecot Imap { get; init; }
        public required TestServer Server { get; init; }
        public required string Task { get; init; }
        public required Dictionary<string, string> Ids { get; init; }

        public static async Task<World> Make(StoreKind store, int people, bool idle = true)
        {
            var (sink, imap, server) = (SmtpSink.Start(), await Dovecot.StartAsync(idle), await TestServer.Start(store));
            var task = await server.Ready(people, await server.Read(sink, imap));
            await server.Send(task);
            await server.Settled(task);
            return new World { Sink = sink, Imap = imap, Server = server, Task = task, Ids = await server.Ids(task) };
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await Imap.DisposeAsync();
            await Sink.DisposeAsync();
        }
    }
}
