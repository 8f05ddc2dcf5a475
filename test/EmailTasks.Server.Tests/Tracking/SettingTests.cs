using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Tracking;

/// <summary>Who decides what is tracked, that it is part of what was approved, and that numbers nobody observes are null.</summary>
public sealed class SettingTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Account_and_task_decide_and_the_plan_fixes_it(StoreKind store)
    {
        await using var server = await TrackedWorld.Start(store);
        var task = await TrackedWorld.Draft(server, 2);
        async Task<(bool Opens, bool Clicks, string Digest)> Plan()
        {
            var plan = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok();
            return (plan.At("tracking.opens").GetBoolean(), plan.At("tracking.clicks").GetBoolean(), plan.Text("plan_digest"));
        }
        var both = await Plan();
        Assert.Equal((true, true), (both.Opens, both.Clicks));
        (await server.Call("PATCH", "/v1/account", new { tracking = new { opens = false } })).Ok();
        var clicks = await Plan();
        Assert.Equal((false, true), (clicks.Opens, clicks.Clicks));
        Assert.NotEqual(both.Digest, clicks.Digest);
        (await server.Call("PATCH", $"/v1/email-tasks/{task}", new { tracking = new { opens = true, clicks = false } })).Ok();
        var opens = await Plan();
        Assert.Equal((true, false), (opens.Opens, opens.Clicks));
        Assert.Equal("PLAN_CHANGED", (await server.Call("POST", $"/v1/email-tasks/{task}/send", plan: both.Digest)).ErrorCode);
        await server.App.Store.Write(db => db.Execute("update mailbox set kind = 'gmail'"));
        (await server.Call("PATCH", $"/v1/email-tasks/{task}", """{"tracking":null}""")).Ok();
        (await server.Call("PATCH", "/v1/account", """{"tracking":null}""")).Ok();
        var gmail = await Plan();
        Assert.Equal((false, false), (gmail.Opens, gmail.Clicks));
        await server.App.Store.Write(db => db.Execute("update mailbox set kind = 'pickup'"));

        (await server.Call("PATCH", $"/v1/email-tasks/{task}", new { tracking = new { clicks = true } })).Ok();
        var preview = (await server.Get($"/v1/email-tasks/{task}/preview?recipient={Worlds.Address(1)}")).Ok();
        Assert.Contains("/t/c/dddd", preview.Text("html_body"));
        Assert.Equal(["https://shop.example/CODE-1-END?a=1&b=2", "https://b.example/", "https://c.example/"], preview.At("links").EnumerateArray().Select(l => l.GetString()));

        // An edit: a scheduled task goes back to draft and says so; a task that was sent stays as it was approved.
        await server.Schedule(task);
        var edited = (await server.Call("PATCH", $"/v1/email-tasks/{task}", new { tracking = new { clicks = false } })).Ok();
        Assert.Equal("draft", edited.Text("status"));
        Assert.Contains("is a draft again", edited.Summary);
        await server.Send(task);
        await server.Settled(task);
        Assert.Equal("INVALID_STATE", (await server.Call("PATCH", $"/v1/email-tasks/{task}", new { tracking = new { clicks = true } })).ErrorCode);
        (await server.Call("PATCH", $"/v1/email-tasks/{task}", new { name = "Another" })).Ok();
        // What was sent is previewed as it was sent, whatever the account says since.
        var sent = (await server.Get($"/v1/email-tasks/{task}/preview?recipient={Worlds.Address(0)}")).Ok();
        (await server.Call("PATCH", "/v1/account", new { tracking = new { opens = false }, postal_address = "1 New Street" })).Ok();
        var later = (await server.Get($"/v1/email-tasks/{task}/preview?recipient={Worlds.Address(0)}")).Ok();
        Assert.Equal(sent.Text("message_digest"), later.Text("message_digest"));
        var report = (await server.Get($"/v1/email-tasks/{task}/report")).Ok();
        Assert.Equal((0, System.Text.Json.JsonValueKind.Null), (report.Number("open_count"), report.At("click_count").ValueKind));
        var mail = (await TrackedWorld.Read(server, task))[Worlds.Address(0)];
        Assert.NotEmpty(mail.Open);
        Assert.Empty(mail.Clicks);
        var copy = (await server.Post($"/v1/email-tasks/{task}/copy", new { recipients = "none" })).Ok();
        Assert.False(copy.At("tracking.clicks").GetBoolean());
    }

    [Fact]
    public async Task Plain_text_and_a_server_without_public_url_track_nothing()
    {
        await using var server = await TrackedWorld.Start(StoreKind.Sqlite);
        var text = await server.Ready(1, await server.Pickup());
        (await server.Put($"/v1/email-tasks/{text}/content", new { subject = "Hi", text_body = "See https://shop.example/ {{ name }} {{ code }}" })).Ok();
        await server.Send(text);
        await server.Settled(text);
        var report = (await server.Get($"/v1/email-tasks/{text}/report")).Ok();
        Assert.Equal(System.Text.Json.JsonValueKind.Null, report.At("open_count").ValueKind);
        Assert.Equal(0, report.Number("unsubscribe_count")); // the link in the footer could tell
        await using var plain = await TestServer.Start();
        var task = await TrackedWorld.Draft(plain, 1);
        await plain.Send(task);
        await plain.Settled(task);
        var mail = (await TrackedWorld.Read(plain, task))[Worlds.Address(0)];
        Assert.Equal(("", 0, ""), (mail.Open, mail.Clicks.Count, mail.OptOut));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await plain.Get($"/v1/email-tasks/{task}/report")).At("open_count").ValueKind);
    }

    [Fact]
    public async Task A_test_mail_is_not_tracked()
    {
        await using var server = await TrackedWorld.Start(StoreKind.Sqlite);
        var task = await TrackedWorld.Draft(server, 1);
        var own = (await server.Get("/v1/mailboxes")).Ok().At("items")[0].GetProperty("address").GetString()!;
        (await server.Post($"/v1/email-tasks/{task}/test", new { to = own })).Ok();
        var folder = (await server.Get($"/v1/mailboxes/{await server.Pickup()}")).Text("folder");
        var mail = MimeKit.MimeMessage.Load(Directory.GetFiles(folder, "*.eml").Single());
        Assert.DoesNotContain("/t/", mail.HtmlBody);
        Assert.Contains("https://b.example/", mail.HtmlBody);
        Assert.Equal("List-Unsubscribe=One-Click", mail.Headers["List-Unsubscribe-Post"]); // what comes back of it shows whether the server signs it
    }
}
