using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>Anybody can write anybody's address into From: what that is good for, and what not.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class SpoofedTests(ITestOutputHelper output)
{
    private const string Server = "mx.brand.example";

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Who_is_not_who_he_says_answers_nothing_and_opts_nobody_out(StoreKind store)
    {
        await using var world = await World.Make(store, 9, Server);
        await world.Deliver(
            Mail(0, "Yes!", Fails(0), world.Id(0)),
            Mail(1, "Unsubscribe", Fails(1), world.Id(1)),
            Mail(2, "Unsubscribe", Fails(2), ""),
            Mail(3, "Unsubscribe", Passes(3), ""),
            Mail(4, "Unsubscribe", "", ""),
            Mail(5, "Unsubscribe", Result("mx.evil.example", "pass", 5), ""), // another server's word
            Mail(6, "Unsubscribe", Fails(6) + Passes(6), ""), // a pass forged below
            Mail(7, "Unsubscribe", Result("mx.evil.example", "fail", 7), world.Id(7)),
            Mail(8, "Yes!", Passes(8) + Fails(8), world.Id(8)));
        await world.Server.Counts(world.Task, "reply_count", 1);
        await Worlds.Until(async () => await world.Read() == 9, 20, "all are read");
        var entries = await world.Suppressed();
        Assert.Equal([(3, "address_verified"), (4, "address_only"), (5, "address_only"), (7, "reference")], entries);
        var messages = (await world.Server.Get($"/v1/messages?business_kind=email_task&business_id={world.Task}&page_size=50")).Ok().At("items").EnumerateArray().ToList();
        Assert.Equal([0, 1, 2, 6], messages.Where(m => m.GetProperty("kind").GetString() == "spoofed").Select(m => Array.FindIndex(Worlds9, a => a == m.GetProperty("email_address").GetString())).Order());
        Assert.All(messages.Where(m => m.GetProperty("kind").GetString() == "spoofed"), m => Assert.Equal("sender_not_authentic", m.GetProperty("reason").GetString()));
        Assert.Equal(4, (await world.Server.Get($"/v1/email-tasks/{world.Task}/report")).Ok().Number("unsubscribe_count"));
        await world.Server.Recount(world.Task);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Without_a_known_server_nobody_s_word_counts(StoreKind store)
    {
        await using var world = await World.Make(store, 2, null);
        await world.Deliver(Mail(0, "Unsubscribe", Fails(0), ""), Mail(1, "Unsubscribe", Passes(1), ""));
        await Worlds.Until(async () => await world.Read() == 2, 20, "both are read");
        Assert.Equal([(0, "address_only"), (1, "address_only")], await world.Suppressed());
    }

    /// <summary>A list that somebody empties by forged mails is told of, looked at and put back by one call; what people proved stays.</summary>
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Many_that_only_an_address_said_are_an_alert_with_a_review_and_one_undo(StoreKind store)
    {
        await using var world = await World.Make(store, 24, Server);
        var server = world.Server;
        async Task<Reply> Account() => (await server.Get("/v1/account")).Ok();
        await world.Deliver([.. Enumerable.Range(0, 20).Select(i => Mail(i, "Unsubscribe", "", ""))]);
        await Worlds.Until(async () => await world.Read() == 20, 30, "all are read");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await Account()).At("alert").ValueKind);
        await world.Deliver(Mail(20, "Unsubscribe", "", ""), Mail(21, "Unsubscribe", Passes(21), ""), Mail(0, "Please unsubscribe", "", world.Id(0)), Mail(22, "Unsubscribe", "", world.Id(22)));
        await Worlds.Until(async () => await world.Read() == 24, 30, "all are read");
        var alert = await Account();
        output.WriteLine(alert.Json.ToString());
        Assert.Equal(21, alert.Number("alert.count"));
        var (review, undo) = (alert.Text("alert.review"), alert.Text("alert.undo"));
        var since = Uri.EscapeDataString(review.Split(' ')[^1]);
        Assert.Equal($"noxinfluencer suppression undo --strength address_only --since {review.Split(' ')[^1]}", undo);
        Assert.Equal(21, (await server.Get($"/v1/suppressions?strength=address_only&since={since}")).Ok().Number("total_size"));
        Assert.Equal(2, (await server.Get($"/v1/suppressions?strength=reference,token&since={since}")).Ok().Number("total_size"));

        var path = $"/v1/suppressions/undo?strength=address_only&since={since}";
        var agent = await server.NewKey(Role.Admin, "agent", await server.Account());
        Assert.Equal(ErrorCodes.ScopeRequired, (await server.Call("POST", path, key: agent)).ErrorCode);
        Assert.Equal(ErrorCodes.ScopeRequired, (await server.Call("POST", path, key: await server.NewKey(Role.Operator, "person", await server.Account()))).ErrorCode);
        Assert.Equal(ErrorCodes.InvalidRequest, (await server.Post($"/v1/suppressions/undo?strength=token&since={since}")).ErrorCode);
        Assert.Equal(21, (await server.Post(path, force: false)).Ok().Number("undone"));
        Assert.Equal(21, (await Account()).Number("alert.count"));
        var done = (await server.Post(path)).Ok();
        Assert.Equal((21, 0), (done.Number("undone"), done.Number("left")));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await Account()).At("alert").ValueKind);
        // Whoever also said it in a way that only he could stays on the list.
        Assert.Equal([(0, "reference"), (21, "address_verified"), (22, "reference")], await world.Suppressed());
        Assert.Equal(0, (await server.Post(path)).Ok().Number("undone"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_link_is_a_token_and_a_member_s_word_has_no_strength(StoreKind store)
    {
        await using var world = await World.Make(store, 2, Server);
        await world.Deliver(Mail(0, "Unsubscribe", "", ""));
        await Worlds.Until(async () => await world.Read() == 1, 20, "it is read");
        (await world.Server.Post("/v1/suppressions", new { addresses = new[] { Worlds.Address(0), Worlds.Address(1) } })).Ok();
        var entries = (await world.Server.Get($"/v1/suppressions/{Uri.EscapeDataString(Worlds.Address(0))}")).Ok().At("entries").EnumerateArray().Select(e => (e.GetProperty("reason").GetString(), e.GetProperty("strength").GetString())).ToList();
        Assert.Equal([("manual", null), ("unsubscribed", "address_only")], entries); // beside it: the one may be taken back, the other stays
        await world.Server.App.Store.Write(db => Storage.Rows.SuppressionRows.OptOut(db, db.One<string>("select id from account").AsTask().Result!, Core.Recipients.EmailAddress.TryParse(Worlds.Address(1), out _)!, "link"));
        Assert.Contains((1, "token"), await world.Suppressed());
    }

    [Fact]
    public async Task A_check_is_for_who_may_use_the_mailbox_and_not_for_ever()
    {
        await using var server = await TestServer.Start();
        var sender = (await server.Post("/v1/mailboxes?skip_check=true", new { kind = "pickup", address = "mia@brand.example", path = "box" })).Ok().Text("sender_id");
        var other = (await server.Post("/v1/mailboxes?skip_check=true", new { kind = "pickup", address = "ben@brand.example", path = "ben" })).Ok().Text("sender_id");
        var key = (await server.Post("/v1/keys", new { name = "other", actor = "agent", bounds = new { sender_ids = new[] { other } } })).Ok().Text("key");
        Assert.Equal(ErrorCodes.ScopeRequired, (await server.Get($"/v1/mailboxes/{sender}/check", key)).ErrorCode);
        for (var i = 0; i < 6; i++) (await server.Get($"/v1/mailboxes/{sender}/check")).Ok();
        var refused = await server.Get($"/v1/mailboxes/{sender}/check");
        Assert.Equal((429, ErrorCodes.RateLimited), (refused.Status, refused.ErrorCode));
        (await server.Get($"/v1/mailboxes/{other}/check")).Ok();
    }

    private static readonly string[] Worlds9 = [.. Enumerable.Range(0, 9).Select(Worlds.Address)];

    private static string Result(string server, string result, int i) => $"Authentication-Results: {server};\r\n dmarc={result} (p=none) header.from={Worlds.Address(i).Split('@')[1]}\r\n";

    private static string Passes(int i) => Result(Server, "pass", i);

    private static string Fails(int i) => Result(Server, "fail", i);

    private static byte[] Mail(int i, string text, string results, string answers) => Replies.Reply(Worlds.Address(i), answers, text, results);

    /// <summary>A task that was sent, from a mailbox that reads a maildir.</summary>
    private sealed class World : IAsyncDisposable
    {
        private int _delivered;

        public required SmtpSink Sink { get; init; }
        public required TestServer Server { get; init; }
        public required string Task { get; init; }
        public required Dictionary<string, string> Ids { get; init; }
        public required string Folder { get; init; }

        public static async Task<World> Make(StoreKind store, int people, string? authservId)
        {
            var (sink, server) = (SmtpSink.Start(), await TestServer.Start(store));
            var task = await server.Ready(people, await server.Maildir(sink, authservId));
            await server.Send(task);
            await server.Settled(task);
            return new World { Sink = sink, Server = server, Task = task, Ids = await server.Ids(task), Folder = await server.MaildirFolder() };
        }

        public string Id(int i) => Ids[Worlds.Address(i)];

        public async Task Deliver(params byte[][] mails)
        {
            foreach (var raw in mails)
            {
                var name = $"17641500{_delivered++:00}.M1.host";
                await File.WriteAllBytesAsync(Path.Combine(Folder, "tmp", name), raw);
                File.Move(Path.Combine(Folder, "tmp", name), Path.Combine(Folder, "new", name));
            }
        }

        public Task<long> Read() => Server.App.Store.Read(db => db.One<long>("select count(*) from message"));

        public async Task<List<(int, string)>> Suppressed() => [.. (await Server.Get("/v1/suppressions?page_size=100")).Ok().At("items").EnumerateArray()
            .Where(e => e.GetProperty("reason").GetString() == "unsubscribed")
            .Select(e => (int.Parse(e.GetProperty("email_address").GetString()!.Split('@')[0][1..]), e.GetProperty("strength").GetString()!)).Order()];

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await Sink.DisposeAsync();
        }
    }
}
