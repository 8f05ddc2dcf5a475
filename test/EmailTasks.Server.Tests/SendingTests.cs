using EmailTasks.Testing;
using MimeKit;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>From a draft to mail at a real SMTP server and in a folder.</summary>
public sealed class SendingTests
{
    private const int People = 2_000;

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Two_thousand_people_get_one_right_message_each_through_smtp(StoreKind store)
    {
        await using var sink = await PostfixSink.StartAsync();
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(People, await server.Smtp(sink.Port));
        await server.Send(task);
        var done = await server.Settled(task);
        Check([.. sink.Mails().Select(m => (m.To.Single(), System.Text.Encoding.Latin1.GetBytes(m.Data)))], done);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Two_thousand_people_get_one_right_message_each_through_pickup(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var sender = await server.Pickup();
        var task = await server.Ready(People, sender);
        await server.Send(task);
        var done = await server.Settled(task);
        var folder = (await server.Get($"/v1/mailboxes/{sender}")).Text("folder");
        var files = Directory.GetFiles(folder, "*.eml").Select(f => File.ReadAllBytes(f)).ToList();
        Check(files.ConvertAll(f => (((MailboxAddress)MimeMessage.Load(new MemoryStream(f)).To[0]).Address, f)), done);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, ".spool")));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_task_that_was_started_is_refused_without_a_plan(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(1, await server.Pickup());
        await server.Send(task);
        await server.Settled(task);
        foreach (var force in new[] { false, true })
        {
            var again = await server.Post($"/v1/email-tasks/{task}/send", force: force);
            Assert.Equal("INVALID_STATE", again.ErrorCode);
            Assert.False(again.Json.TryGetProperty("data", out _), "A plan would say that nothing has been sent.");
        }
    }

    private static void Check(IReadOnlyList<(string To, byte[] Data)> messages, Reply done)
    {
        Assert.Equal("sent", done.Text("status"));
        Assert.Equal(People, done.Number("counts.sent_count"));
        Assert.Equal(People, done.Number("counts.recipient_count"));
        Assert.Equal(People, messages.Count);
        Assert.Equal(People, messages.Select(m => m.To).Distinct().Count());
        var ids = new HashSet<string>();
        foreach (var (to, data) in messages)
        {
            var message = MimeMessage.Load(new MemoryStream(data));
            var i = int.Parse(to[1..to.IndexOf('@')]);
            Assert.Equal(Worlds.Address(i), to);
            Assert.Equal(to, ((MailboxAddress)message.To.Single()).Address);
            Assert.Equal($"Hello Creator {i}", message.Subject);
            Assert.True(ids.Add(message.MessageId!), "Message-IDs are unique.");
            foreach (var body in new[] { message.HtmlBody!, message.TextBody! })
            {
                Assert.Contains($"Creator {i}", body);
                var codes = System.Text.RegularExpressions.Regex.Matches(body, "CODE-(\\d+)-END").Select(m => int.Parse(m.Groups[1].Value));
                Assert.Equal([i], codes);
            }
            Assert.All(System.Text.Encoding.ASCII.GetString(data).Split('\n'), line => Assert.True(line.Length <= 998));
            Assert.All(data, b => Assert.True(b < 128));
        }
    }
}
