using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Tests.Http;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Sending;

/// <summary>What was approved is exactly what leaves: the digest stands for all that decides it, and for nothing else.</summary>
public sealed class PlanTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    private static readonly DateTimeOffset Later = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Changes by the section they belong to: method, path below the task, body.</summary>
    public static TheoryData<StoreKind, string, string, string, string> Changes
    {
        get
        {
            var data = new TheoryData<StoreKind, string, string, string, string>();
            foreach (var store in Enum.GetValues<StoreKind>())
            {
                data.Add(store, "recipients", "POST", "/recipients", """{"recipients":[{"email_address":"new@creators.example","name":"New","variables":{"video":"x"}}]}""");
                data.Add(store, "recipients", "POST", "/recipients/delete", """{"email_addresses":["ben@creators.example"]}""");
                data.Add(store, "recipients", "PATCH", "/recipients", """{"recipients":[{"email_address":"ana@creators.example","name":"Anna"}]}""");
                data.Add(store, "recipients", "PATCH", "/recipients", """{"recipients":[{"email_address":"ana@creators.example","variables":{"video":"Another"}}]}""");
                data.Add(store, "recipients", "PATCH", "/recipients", """{"recipients":[{"email_address":"ana@creators.example","variables":{"more":"y"}}]}""");
                data.Add(store, "recipients", "PUT", "/recipients", """{"recipients":[{"email_address":"ben@creators.example","name":"Person 1","variables":{"video":"Video 1"}},{"email_address":"ana@creators.example","name":"Person 0","variables":{"video":"Video 0"}}]}""");
                data.Add(store, "recipients", "PUT", "/recipients", """{"recipients":[{"email_address":"Ana@creators.example","name":"Person 0","variables":{"video":"Video 0"}},{"email_address":"ben@creators.example","name":"Person 1","variables":{"video":"Video 1"}}]}""");
                data.Add(store, "content", "PUT", "/content", """{"subject":"Hi {{ name }}!","text_body":"About {{ video }}. {{ unsubscribe_url }}"}""");
                data.Add(store, "sender", "PUT", "/sender", """{"sender_id":"{held}","from_name":"Somebody"}""");
                data.Add(store, "sender", "PUT", "/sender", """{"sender_id":"{held}","reply_to":"else@brand.example"}""");
                data.Add(store, "sender", "PUT", "/sender", """{"sender_id":"{mailbox}"}""");
                data.Add(store, "products", "PUT", "/products", """{"product_collect_ids":["{spare_product}","{product}"]}""");
                data.Add(store, "products", "PUT", "/products", """{"product_collect_ids":[]}""");
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Changes))]
    public async Task A_change_of_what_leaves_is_another_plan_and_its_section_is_named(StoreKind store, string section, string method, string path, string body)
    {
        var world = await shared.Of(store);
        await world.Fresh();
        var (task, digest) = (world["draft"], await Digest(world));
        (await world.Server.Call(method, $"/v1/email-tasks/{task}{path}", world.Fill(body))).Ok();
        Assert.NotEqual(digest, await Digest(world));
        await world.Quiet();
        var before = world.Server.Fingerprint();
        var refused = await world.Server.Call("POST", $"/v1/email-tasks/{task}/send", plan: digest);
        Assert.Equal((409, ErrorCodes.PlanChanged), (refused.Status, refused.ErrorCode));
        Assert.Equal([$"The {section} section differs."], refused.Errors.EnumerateArray().Select(e => e.GetProperty("problem").GetString()));
        Assert.Equal(await Digest(world), refused.Text("plan_digest"));
        Assert.Equal(before, world.Server.Fingerprint());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Terms_are_part_of_the_plan_and_of_the_line_that_does_it(StoreKind store)
    {
        var world = await shared.Of(store);
        await world.Fresh();
        var plain = await Digest(world);
        foreach (var (section, body) in new[] { ("time", (object)new { send_until = Later }), ("repeat", new { allow_repeat = true }) })
        {
            var dry = (await Send(world, body)).Ok();
            Assert.NotEqual(plain, dry.Text("plan_digest"));
            Assert.Contains(" --body-file <file> --plan ", dry.Json.GetProperty("next").GetProperty("command").GetString());
            var refused = await Send(world, body, force: true, plan: plain);
            Assert.Equal([$"The {section} section differs."], refused.Errors.EnumerateArray().Select(e => e.GetProperty("problem").GetString()));
        }
        Assert.DoesNotContain("--body-file", (await Send(world)).Json.GetProperty("next").GetProperty("command").GetString());
        (await Send(world, new { send_until = Later }, force: true, plan: (await Send(world, new { send_until = Later.ToOffset(TimeSpan.FromHours(8)) })).Text("plan_digest"))).Ok();
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task What_decides_nothing_changes_no_plan(StoreKind store)
    {
        var world = await shared.Of(store);
        await world.Fresh();
        var digest = await Digest(world);
        (await world.Server.Call("PATCH", world.Fill("/v1/email-tasks/{draft}"), new { name = "Renamed", note = "x" })).Ok();
        (await world.Server.Call("PATCH", world.Fill("/v1/products/{product}"), new { title = "Trail shoe " + Guid.NewGuid() })).Ok();
        (await world.Server.Call("PUT", world.Fill("/v1/email-tasks/{draft}/content"), new { subject = "Hi {{ name }}", text_body = $"About {{{{ video }}}}. {world["draft"]} {{{{ unsubscribe_url }}}}" })).Ok();
        Assert.Equal(digest, await Digest(world));
        Assert.Equal(digest, (await Send(world, force: true, plan: digest[..12])).Ok().Text("plan_digest"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_restart_keeps_the_plan(StoreKind store)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-").FullName;
        string task, digest;
        await using (var server = await TestServer.Start(store, folder: folder))
        {
            task = await server.Ready(3, await server.Pickup());
            digest = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Text("plan_digest");
        }
        await using (var server = await TestServer.Start(store, folder: folder))
        {
            Assert.Equal(digest, (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Text("plan_digest"));
            (await server.Call("POST", $"/v1/email-tasks/{task}/send", plan: digest)).Ok();
            Assert.Equal(3, (await server.Settled(task)).Number("counts.sent_count"));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Who_is_suppressed_after_the_plan_is_not_mailed_and_the_plan_stands(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(3, await server.Pickup());
        var digest = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Text("plan_digest");
        await Suppress(server, Worlds.Address(1));
        await Suppress(server, "somebody@else.example");
        var now = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok();
        Assert.Equal((2, 1, Worlds.Address(1)), (now.Number("mails_to_send"), now.Number("excluded.suppressed"), now.At("excluded.suppressed_sample")[0].GetString()));
        var started = (await server.Call("POST", $"/v1/email-tasks/{task}/send", plan: digest)).Ok();
        Assert.Equal((digest, "Sending has started: 2 mails."), (started.Text("plan_digest"), started.Summary[..29]));
        await Mailed(server, task, [Worlds.Address(0), Worlds.Address(2)]);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Who_comes_off_the_suppression_list_after_the_plan_stays_out(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        await Suppress(server, Worlds.Address(1));
        var task = await server.Ready(3, await server.Pickup());
        var digest = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Text("plan_digest");
        await Suppress(server, "somebody@else.example");
        await server.App.Store.Write(db => db.Execute("update suppression set removed_pos = 3, removed_at = @now where pos = 1", new { now = db.Now }));
        Assert.Equal(3, (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Number("mails_to_send"));
        var started = (await server.Call("POST", $"/v1/email-tasks/{task}/send", plan: digest)).Ok();
        Assert.StartsWith("Sending has started: 2 mails.", started.Summary);
        await Mailed(server, task, [Worlds.Address(0), Worlds.Address(2)]);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_same_content_goes_to_nobody_twice_within_seven_days(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var sender = await server.Pickup();
        var first = await server.Ready(3, sender);
        await server.Send(first);
        await server.Settled(first);
        var second = await server.Ready(5, sender);
        var refused = await server.Post($"/v1/email-tasks/{second}/send", force: false);
        var note = Assert.Single(refused.At("refusals").EnumerateArray());
        Assert.Equal(("ALREADY_MAILED", 3), (note.GetProperty("code").GetString(), note.GetProperty("count").GetInt32()));
        Assert.Equal(Enumerable.Range(0, 3).Select(Worlds.Address), note.GetProperty("sample").EnumerateArray().Select(s => s.GetString()!).Order());
        Assert.Equal(3, refused.Number("seen_before.count"));
        Assert.Equal((409, ErrorCodes.InvalidState), (refused.Status, refused.ErrorCode));
        Assert.Equal(ErrorCodes.InvalidState, (await server.Post($"/v1/email-tasks/{second}/send")).ErrorCode);
        var other = await server.Ready(5, sender, text: "Something else");
        Assert.Equal("ready", (await server.Post($"/v1/email-tasks/{other}/send", force: false)).Ok().Text("verdict"));
        var agent = await server.NewKey(Role.Operator, "agent", await server.Account());
        foreach (var force in new[] { false, true })
            Assert.Equal(ErrorCodes.ScopeRequired, (await server.Call("POST", $"/v1/email-tasks/{second}/send", new { allow_repeat = true }, force, agent, plan: refused.Text("plan_digest"))).ErrorCode);
        (await server.Post($"/v1/email-tasks/{second}/send", new { allow_repeat = true })).Ok();
        Assert.Equal(5, (await server.Settled(second)).Number("counts.sent_count"));
        await server.App.Store.Write(db => db.Execute(
            """
            update recipient set done_at = done_at - 691200000000, state_at = state_at - 691200000000, begun_at = begun_at - 691200000000;
            update task set started_at = started_at - 691200000000, finished_at = finished_at - 691200000000;
            update task_counter set first_sent_at = first_sent_at - 691200000000, last_sent_at = last_sent_at - 691200000000;
            """));
        var third = (await server.Post($"/v1/email-tasks/{await server.Ready(5, sender)}/send", force: false)).Ok();
        Assert.Equal(("ready", 5), (third.Text("verdict"), third.Number("seen_before.count")));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task All_refusals_come_at_once_with_the_plan(StoreKind store)
    {
        var world = await shared.Of(store);
        await world.Fresh();
        foreach (var force in new[] { false, true })
        {
            var empty = await Send(world, new { send_until = "2020-01-01T00:00:00Z" }, force, task: world["empty"]);
            Assert.Equal(["NO_CONTENT", "NO_SENDER", "NO_RECIPIENTS", "SEND_UNTIL_PAST"], Codes(empty, "refusals"));
            Assert.Equal(Codes(empty, "refusals"), empty.Errors.EnumerateArray().Select(e => e.GetProperty("code").GetString()));
            Assert.Equal("refused", empty.Text("verdict"));
        }
        (await world.Server.Call("PUT", world.Fill("/v1/email-tasks/{draft}/sender"), new { sender_id = world["mailbox"] })).Ok();
        (await world.Server.Call("DELETE", world.Fill("/v1/mailboxes/{mailbox}"))).Ok();
        foreach (var address in new[] { "ana@creators.example", "ben@creators.example" }) await Suppress(world.Server, address);
        Assert.Equal(["SENDER_DISCONNECTED", "ALL_SUPPRESSED"], Codes(await Send(world), "refusals"));
        await world.Server.App.Store.Write(db => db.Execute("delete from suppression"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task What_cannot_be_written_is_refused_and_a_near_name_is_offered(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(3, await server.Pickup());
        async Task<Reply> With(string text)
        {
            (await server.Put($"/v1/email-tasks/{task}/content", new { subject = "Hello", html_body = text })).Ok();
            return await server.Post($"/v1/email-tasks/{task}/send", force: false);
        }
        var all = await With("<p>{{ codes }}</p>");
        Assert.Equal(["MISSING_VARIABLE"], Codes(all, "refusals"));
        Assert.Equal("codes is missing for all 3; did you mean code?", all.At("refusals")[0].GetProperty("problem").GetString());
        Assert.Contains("did you mean name?", (await With("<p>{{ first_name }}</p>")).At("refusals")[0].GetProperty("problem").GetString());
        (await server.Call("PATCH", $"/v1/email-tasks/{task}/recipients", new { recipients = new[] { new { email_address = Worlds.Address(1), variables = new { code = "  ", other = "x" } } } })).Ok();
        var one = await With("<p>{{ code }}</p>");
        Assert.Equal("code is missing for 1 of 3", one.At("refusals")[0].GetProperty("problem").GetString());
        Assert.Equal([Worlds.Address(1)], one.At("refusals")[0].GetProperty("sample").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(["BAD_URL"], Codes(await With("<p><a href=\"{{ code | default: 'x' }}\">x</a></p>"), "refusals"));
        Assert.Equal("ready", (await With("<p>{{ code | default: \"none\" }}</p>")).Ok().Text("verdict"));
    }

    private static async Task Mailed(TestServer server, string task, string[] addresses)
    {
        await server.Settled(task);
        var folder = (await server.Get($"/v1/mailboxes/{await server.Pickup()}")).Text("folder");
        Assert.Equal(addresses, Directory.GetFiles(folder, "*.eml").Select(f => ((MimeKit.MailboxAddress)MimeKit.MimeMessage.Load(f).To[0]).Address).Order());
    }

    private static async Task Suppress(TestServer server, string address)
    {
        var account = await server.Account();
        await server.App.Store.Write(db => SuppressionRows.Add(db, account, EmailAddress.TryParse(address, out _)!, "manual", "test"));
    }

    private static async Task<string> Digest(GateWorld world) => (await Send(world)).Ok().Text("plan_digest");

    private static Task<Reply> Send(GateWorld world, object? body = null, bool force = false, string? plan = null, string? task = null) =>
        world.Server.Call("POST", $"/v1/email-tasks/{task ?? world["draft"]}/send", body, force, plan: plan);

    private static List<string?> Codes(Reply reply, string member) => [.. reply.At(member).EnumerateArray().Select(n => n.GetProperty("code").GetString())];
}
