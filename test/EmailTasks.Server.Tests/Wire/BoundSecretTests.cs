using System.Security.Cryptography;
using System.Text;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Wire;

/// <summary>A secret opens for its mailbox at its server as its user. A row that somebody edited takes it nowhere.</summary>
public sealed class BoundSecretTests
{
    private static readonly SmtpSetting Smtp = new("smtp.brand.example", 587, "starttls", "mia", "password", null, null);
    private static readonly InboundSetting Inbound = new("imap", "imap.brand.example", 993, "tls", "mia", null);
    private static readonly Keyring Keys = new(new byte[32]);

    public static TheoryData<string> SmtpEdits => [.. Edited.Keys];

    private static readonly Dictionary<string, Func<SecretPlace>> Edited = new()
    {
        ["another mailbox"] = () => SecretPlace.Of("mbx_2", Smtp),
        ["another host"] = () => SecretPlace.Of("mbx_1", Smtp with { Host = "evil.example" }),
        ["another port"] = () => SecretPlace.Of("mbx_1", Smtp with { Port = 25 }),
        ["less security"] = () => SecretPlace.Of("mbx_1", Smtp with { Security = "none" }),
        ["another user"] = () => SecretPlace.Of("mbx_1", Smtp with { Username = "mallory" }),
        ["another way to log in"] = () => SecretPlace.Of("mbx_1", Smtp with { Login = "oauth" }),
        ["another provider"] = () => SecretPlace.Of("mbx_1", Smtp with { Provider = "google" }),
        ["another client"] = () => SecretPlace.Of("mbx_1", Smtp with { ClientId = "c" }),
        ["a field moved into the next"] = () => SecretPlace.Of("mbx_1", Smtp with { Host = "smtp.brand.example5", Port = 87 }),
        ["the inbound place of the same server"] = () => SecretPlace.Of("mbx_1", new InboundSetting("imap", Smtp.Host, Smtp.Port, Smtp.Security, Smtp.Username, null)),
        ["the inbound place"] = () => SecretPlace.Of("mbx_1", Inbound),
    };

    [Theory, MemberData(nameof(SmtpEdits))]
    public void It_opens_nowhere_else(string edit)
    {
        var secret = Keys.Seal(SecretPlace.Of("mbx_1", Smtp), "right"u8.ToArray());
        Assert.Equal("right"u8.ToArray(), Keys.Open(SecretPlace.Of("mbx_1", Smtp), secret));
        Assert.ThrowsAny<CryptographicException>(() => Keys.Open(Edited[edit](), secret));
    }

    [Fact]
    public void What_replies_are_read_with_opens_nowhere_else_either()
    {
        var secret = Keys.Seal(SecretPlace.Of("mbx_1", Inbound), "right"u8.ToArray());
        InboundSetting[] edits = [Inbound with { Host = "evil.example" }, Inbound with { Port = 143 }, Inbound with { Security = "none" }, Inbound with { Username = "mallory" }, Inbound with { Username = null }, Inbound with { Kind = "maildir" }];
        Assert.All(edits, e => Assert.ThrowsAny<CryptographicException>(() => Keys.Open(SecretPlace.Of("mbx_1", e), secret)));
        Assert.Equal("right"u8.ToArray(), Keys.Open(SecretPlace.Of("mbx_1", Inbound), secret));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_row_that_names_another_server_hands_it_nothing_and_the_mailbox_says_so(StoreKind store)
    {
        var given = new List<string>();
        await using var evil = SmtpSink.Start(options: new SinkOptions { Auth = ["PLAIN", "LOGIN"], Accepts = (user, password) => { lock (given) given.Add(password); return true; } });
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(9, password: "s3cret-of-ours");
        var task = await server.Ready(3, mailbox);
        await server.App.Store.Write(db => db.Execute("update mailbox set smtp = replace(smtp, ':9,', @port), version = version + 1 where id = @mailbox", new { mailbox, port = $":{evil.Port}," }));
        await server.Send(task);
        await Worlds.Until(async () => (await server.Get($"/v1/mailboxes/{mailbox}")).Text("health.state") == "paused", 30, "the pause");
        var check = (await server.Get($"/v1/mailboxes/{mailbox}/check")).Data.GetRawText();
        Assert.Empty(given);
        Assert.Equal(0, evil.Connections);
        Assert.DoesNotContain("s3cret-of-ours", check);
        Assert.Equal(3, (await server.Get($"/v1/email-tasks/{task}")).Number("counts.pending_count"));
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}?skip_check=true", new { smtp = new { host = "127.0.0.1", port = evil.Port, security = "none", username = "mia", password = "given again" } })).Ok();
        (await server.Post($"/v1/mailboxes/{mailbox}/resume")).Ok();
        Assert.Equal(3, (await server.Settled(task)).Number("counts.sent_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task What_was_sealed_before_is_bound_once_at_a_start_and_then_opens_in_its_new_form_only(StoreKind store)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-").FullName;
        string mailbox;
        byte[] old;
        await using var sink = SmtpSink.Start(options: new SinkOptions { Auth = ["PLAIN", "LOGIN"], Accepts = (_, password) => password == "of before" });
        await using (var server = await TestServer.Start(store, folder: folder))
        {
            mailbox = await server.Smtp(sink.Port, password: "a new one");
            old = Unbound(Keyring.LoadMaster(folder, mayCreate: false), mailbox, """{"password":"of before"}"""u8.ToArray());
            await server.App.Store.Write(async db =>
            {
                await db.Execute("update mailbox set secret = @old where id = @mailbox", new { mailbox, old });
                return await db.Execute("delete from meta where key = 'secrets_bound'");
            });
        }
        await using (var server = await TestServer.Start(store, folder: folder))
        {
            var now = await server.App.Store.Read(db => db.One<byte[]>("select secret from mailbox where id = @mailbox", new { mailbox }));
            Assert.NotEqual(old, now);
            await server.Send(await server.Ready(1, mailbox));
            await Worlds.Until(() => Task.FromResult(sink.Dotted.Any()), what: "the mail");
            await server.App.Store.Write(db => db.Execute("update mailbox set secret = @old where id = @mailbox", new { mailbox, old }));
        }
        await using (var server = await TestServer.Start(store, folder: folder))
        {
            Assert.Equal(old, await server.App.Store.Read(db => db.One<byte[]>("select secret from mailbox where id = @mailbox", new { mailbox })));
            Assert.Equal("auth_failed", (await server.Get($"/v1/mailboxes/{mailbox}/check")).Json.ToString().Contains("auth_failed", StringComparison.Ordinal) ? "auth_failed" : "it opened");
        }
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>As secrets were sealed before they were bound.</summary>
    private static byte[] Unbound(byte[] master, string mailbox, byte[] secret)
    {
        using var aes = new AesGcm(HKDF.DeriveKey(HashAlgorithmName.SHA256, master, 32, info: "mailbox secrets v1"u8.ToArray()), 16);
        var bytes = new byte[12 + secret.Length + 16];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, 12));
        aes.Encrypt(bytes.AsSpan(0, 12), secret, bytes.AsSpan(12, secret.Length), bytes.AsSpan(12 + secret.Length), Encoding.UTF8.GetBytes(mailbox));
        return bytes;
    }
}
