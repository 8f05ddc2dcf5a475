using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Sending;

/// <summary>A test mail is the message, goes to our own people only, and counts for nothing but the mailbox's limits.</summary>
public sealed class TestMailTests
{
    private const string Outbox = "outbox@localhost.localdomain";

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_test_is_the_message_without_tokens_and_changes_no_number(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Pickup();
        var task = await server.Ready(3, mailbox);
        var before = (await server.Get($"/v1/email-tasks/{task}")).Ok().Data.GetRawText();
        Assert.Equal("never", await Tested(server, task));
        var dry = (await server.Post($"/v1/email-tasks/{task}/test", new { to = Outbox }, force: false)).Ok();
        Assert.Contains("nothing changed", dry.Summary);
        var files = (await server.Get($"/v1/mailboxes/{mailbox}")).Text("folder");
        Assert.False(Directory.Exists(files) && Directory.GetFiles(files, "*.eml").Length > 0);
        (await server.Post($"/v1/email-tasks/{task}/test", new { to = Outbox })).Ok();
        var second = (await server.Post($"/v1/email-tasks/{task}/test", new { to = Outbox, recipient = Worlds.Address(1) })).Ok();
        Assert.Equal("Hello Creator 1", second.Text("subject"));
        var mails = Directory.GetFiles(files, "*.eml").Select(File.ReadAllText).ToList();
        Assert.Equal(2, mails.Count);
        Assert.Single(mails, m => m.Contains("Subject: Hello Creator 1", StringComparison.Ordinal) && m.Contains("CODE-1-END", StringComparison.Ordinal));
        var set = await server.App.Store.Read(db => db.One<long>("select set_id from task where id = @task", new { task }));
        Assert.All(mails, mail =>
        {
            Assert.Contains($"To: {Outbox}", mail);
            for (var seq = 1; seq <= 3; seq++)
            {
                var tokens = server.App.Tokens.For(set, seq, server.App.Tokens.CurrentKey);
                Assert.DoesNotContain(tokens.MessageId, mail);
                Assert.DoesNotContain(tokens.Unsubscribe, mail.Replace("=\r\n", "", StringComparison.Ordinal));
            }
        });
        Assert.Equal(before, (await server.Get($"/v1/email-tasks/{task}")).Ok().Data.GetRawText());
        Assert.Equal("yes", await Tested(server, task));
        await server.SaveContent(task, "Changed");
        Assert.Equal("changed since", await Tested(server, task));
        await server.Send(task);
        Assert.Equal(3, (await server.Settled(task)).Number("counts.sent_count"));
        (await server.Post($"/v1/email-tasks/{task}/test", new { to = Outbox })).Ok();
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Only_members_and_mailboxes_of_the_account_are_ours(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(1, await server.Pickup());
        async Task<Reply> To(string address) => await server.Post($"/v1/email-tasks/{task}/test", new { to = address });
        Assert.Equal(ErrorCodes.InvalidRequest, (await To(Worlds.Address(0))).ErrorCode);
        Assert.Equal(ErrorCodes.InvalidRequest, (await To("mia@brand.example")).ErrorCode);
        await server.NewKey(Role.Viewer);
        await server.App.Store.Write(db => db.Execute("update member set email = 'else@brand.example' where name = 'Member'"));
        Assert.Equal(ErrorCodes.InvalidRequest, (await To("else@brand.example")).ErrorCode);
        await server.App.Store.Write(db => db.Execute("update member set email = 'Mia@brand.example' where name = 'Admin'"));
        (await To("mia@Brand.example")).Ok();
        (await server.Post($"/v1/mailboxes/{await server.Pickup()}/pause")).Ok();
        var paused = await To("mia@brand.example");
        Assert.Equal(ErrorCodes.InvalidState, paused.ErrorCode);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_test_counts_into_the_mailboxs_limits_and_says_what_the_server_said(StoreKind store)
    {
        var refuse = true;
        await using var sink = SmtpSink.Start(e => refuse && e.Step == SinkStep.Rcpt ? SinkReply.Say("550 5.1.1 no such user") : null);
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { per_minute = 2, connections = 1 });
        var task = await server.Ready(1, mailbox);
        async Task<Reply> Try() => await server.Post($"/v1/email-tasks/{task}/test", new { to = "mia@brand.example" });
        Assert.Equal("UPSTREAM_550", (await Try()).ErrorCode);
        Assert.Equal("never", await Tested(server, task));
        refuse = false;
        (await Try()).Ok();
        Assert.Equal(["mia@brand.example"], sink.Dotted.SelectMany(m => m.To));
        var limited = await Try();
        Assert.Equal((429, ErrorCodes.RateLimited), (limited.Status, limited.ErrorCode));
        Assert.Equal(ErrorCodes.RateLimited, (await server.Post($"/v1/email-tasks/{task}/test", new { to = "mia@brand.example" }, force: false)).ErrorCode);
        Assert.Equal(0, await server.App.Store.Read(db => db.One<long>("select in_flight from mailbox where id = @mailbox", new { mailbox })));
        Assert.Equal("yes", await Tested(server, task));
    }

    private static async Task<string> Tested(TestServer server, string task) => (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Text("tested_content");
}
