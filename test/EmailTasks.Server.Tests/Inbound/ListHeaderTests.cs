using System.Security.Cryptography;
using EmailTasks.Testing;
using MimeKit;
using MimeKit.Cryptography;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>A test mail that comes back tells by its DKIM signature whether an unsubscribe button may be offered (RFC 8058 §4).</summary>
public sealed class ListHeaderTests
{
    private const string Address = "mia@brand.example";
    private static readonly HeaderId[] Usual = [HeaderId.From, HeaderId.To, HeaderId.Subject, HeaderId.Date, HeaderId.MessageId];
    private static readonly HeaderId[] Both = [.. Usual, HeaderId.ListUnsubscribe, HeaderId.ListUnsubscribePost];

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_valid_signature_over_both_headers_opens_the_way_and_nothing_else_does(StoreKind store)
    {
        using var key = RSA.Create(2048);
        await using var dns = TestDns.Start().Txt("s1._domainkey.brand.example", $"v=DKIM1; k=rsa; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}");
        await using var sink = SmtpSink.Start(options: new SinkOptions { KeepData = true });
        await using var server = await TestServer.Start(store, dns: dns.EndPoint, adjust: app => app with { Options = app.Options with { PublicUrl = "https://mail.brand.example" } });
        var sender = (await server.Post("/v1/mailboxes?skip_check=true", new
        {
            kind = "enterprise", address = Address, smtp = new { host = "127.0.0.1", port = sink.Port, security = "none" }, inbound = new { kind = "maildir", path = "replies" },
        })).Ok().Text("sender_id");
        var task = await server.Ready(1, sender);
        var folder = Path.Combine(server.App.Options.Data, "files", await server.Account(), "replies");
        foreach (var part in new[] { "cur", "new", "tmp" }) Directory.CreateDirectory(Path.Combine(folder, part));
        var delivered = 0;
        async Task<byte[]> Test()
        {
            (await server.Post($"/v1/email-tasks/{task}/test", new { to = Address })).Ok();
            return sink.Log.Last().Data!;
        }
        async Task Deliver(byte[] raw)
        {
            var name = $"176415000{delivered++}.M1.host";
            await File.WriteAllBytesAsync(Path.Combine(folder, "tmp", name), raw);
            File.Move(Path.Combine(folder, "tmp", name), Path.Combine(folder, "new", name));
            await Worlds.Until(async () => await server.App.Store.Read(db => db.One<long>("select count(*) from message")) == delivered, 20, "the mail is read");
        }
        async Task<bool?> Signed() => (await server.Get($"/v1/mailboxes/{sender}")).Ok().At("list_headers_signed") is { ValueKind: not System.Text.Json.JsonValueKind.Null } told ? told.GetBoolean() : null;

        await Deliver(await Test());
        Assert.Null(await Signed()); // no signature
        var forged = Sign(await Test(), key, Both);
        await Deliver(Altered(forged));
        Assert.Null(await Signed()); // none that is valid
        using (var theirs = RSA.Create(2048)) await Deliver(Sign(await Test(), theirs, Both));
        Assert.Null(await Signed());
        await Deliver(Sign(await Test(), key, Both, domain: "else.example"));
        Assert.Null(await Signed()); // somebody else's
        await Deliver(Sign(await Test(), key, Usual));
        Assert.False(await Signed());
        Assert.Equal("not_signed", (await server.Get($"/v1/mailboxes/{sender}/check")).Ok().Text("list_headers.code"));
        await Deliver(Sign(await Test(), key, Both));
        Assert.True(await Signed());
        var checkedNow = (await server.Get($"/v1/mailboxes/{sender}/check")).Ok();
        Assert.True(checkedNow.At("list_headers.ok").GetBoolean());
        var plan = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok();
        Assert.True(plan.At("tracking.one_click").GetBoolean());
        var mailbox = (await server.Get($"/v1/mailboxes/{sender}")).Ok();
        Assert.Equal("listening", mailbox.Text("inbound.status"));
        Assert.NotEqual(System.Text.Json.JsonValueKind.Null, mailbox.At("inbound.synced_at").ValueKind);
    }

    private static byte[] Sign(byte[] raw, RSA key, HeaderId[] headers, string domain = "brand.example")
    {
        using var message = MimeMessage.Load(new MemoryStream(raw));
        using var pem = new MemoryStream(System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        new DkimSigner(pem, domain, "s1").Sign(message, headers);
        using var to = new MemoryStream();
        message.WriteTo(to);
        return to.ToArray();
    }

    private static byte[] Altered(byte[] raw) => System.Text.Encoding.Latin1.GetBytes(System.Text.Encoding.Latin1.GetString(raw).Replace("Hello Creator", "Hello creator", StringComparison.Ordinal));
}
