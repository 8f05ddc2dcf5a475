using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Mailboxes;

/// <summary><c>mailbox check</c> over HTTP, against SMTP, IMAP and name servers on loopback.</summary>
public sealed class CheckTests
{
    private const string Key2048 =
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0ICHX6lbegX7b1pJ9o9NkL/3OgpaXiLVOKTXHDRdkcvfeAwGdOQ2e5HzyddfLVUeQbKo4NyNVwRxMUzc5bYSHFR8yV/2qpb2K0HPLtF7cnDqZZt35IKDk+Ajg2dICVdLqFehDQ6QiCSOFfvEETKcLLLM"
        + "lC/ZvtUUhwlGcKJGsyS3sRz/5nnGHiA/s8uTeaFXr69oYPIIhtB38yuKQIE8QmjcNUSxELGwpGQ2vEzJfoH4f37/sPGCcskw1c/1SacUVTMl6pgBAIknLUBbaYu4GtPjygyEZonHWUXk9gfTCK9Xl19hpnzcBf8jhxnFs1KpefDRevdKwKoq9k2zSNeYUQIDAQAB";

    private static object Smtp(SmtpSink sink, string password = "right") => new { host = "127.0.0.1", port = sink.Port, security = "none", username = "mia", password };

    private static SmtpSink Sink() => SmtpSink.Start(options: new SinkOptions { Auth = ["PLAIN"], Accepts = (_, password) => password == "right" });

    private static object Imap(int port, string? password) => new { kind = "imap", host = "localhost", port, security = "none", username = "mia", password };

    private static async Task<Reply> Check(TestServer server, string mailbox) => (await server.Get($"/v1/mailboxes/{mailbox}/check")).Ok();

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_mailbox_in_good_order_passes_and_the_plan_stops_warning(StoreKind store)
    {
        await using var dns = TestDns.Start().Txt("brand.example", "v=spf1 include:spf.there.example -all").Txt("spf.there.example", "v=spf1 ip4:192.0.2.1 -all")
            .Alias("s1._domainkey.brand.example", "key.there.example").Txt("key.there.example", "v=DKIM1; k=rsa; p=" + Key2048).Txt("_dmarc.brand.example", "v=DMARC1; p=reject");
        await using var sink = Sink();
        await using var imap = await Dovecot.StartAsync();
        await using var server = await TestServer.Start(store, dns: dns.EndPoint);
        var mailbox = (await server.Post("/v1/mailboxes", new { kind = "enterprise", address = "mia@brand.example", smtp = Smtp(sink), inbound = Imap(imap.Port, "right"), dkim_selector = "S1" })).Ok().Text("sender_id");
        var task = await server.Ready(1, mailbox);
        Assert.Contains("DNS_NOT_CHECKED", await Warnings(server, task));
        var before = server.Fingerprint();
        var check = await Check(server, mailbox);
        Assert.Equal(before, server.Fingerprint());
        Assert.True(check.At("smtp.ok").GetBoolean());
        Assert.True(check.At("inbound.ok").GetBoolean());
        Assert.Equal(("pass", "pass", "pass"), (check.Text("spf.result"), check.Text("dkim.result"), check.Text("dmarc.result")));
        Assert.Equal("v=spf1 include:spf.there.example -all", check.Text("spf.record"));
        Assert.NotEmpty(check.Text("checked_at"));
        Assert.DoesNotContain(await Warnings(server, task), w => w.StartsWith("DNS_", StringComparison.Ordinal) || w.EndsWith("_PROBLEM", StringComparison.Ordinal));
        // Another setting is another mailbox: what was found about the old one is not said of it.
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { dkim_selector = "s2" })).Ok();
        Assert.Contains("DNS_NOT_CHECKED", await Warnings(server, task));
        Assert.Equal("none", (await Check(server, mailbox)).Text("dkim.result"));
        Assert.Contains("DKIM_PROBLEM", await Warnings(server, task));
        Assert.Empty(sink.Log);
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Trouble_is_the_answer_and_not_a_failure(StoreKind store)
    {
        await using var dns = TestDns.Start().Broken("brand.example").Silent("_dmarc.brand.example");
        await using var sink = Sink();
        await using var server = await TestServer.Start(store, dns: dns.EndPoint);
        var mailbox = (await server.Post("/v1/mailboxes?skip_check=true", new { kind = "enterprise", address = "mia@brand.example", smtp = Smtp(sink, "wrong"), inbound = Imap(LoopbackPorts.Free(), "x") })).Ok().Text("sender_id");
        var check = await Check(server, mailbox);
        Assert.False(check.At("smtp.ok").GetBoolean());
        Assert.Equal(("auth_failed", "connect_refused"), (check.Text("smtp.code"), check.Text("inbound.code")));
        Assert.Equal(("temperror", "unknown", "temperror"), (check.Text("spf.result"), check.Text("dkim.result"), check.Text("dmarc.result")));
        foreach (var part in new[] { "smtp", "inbound", "spf", "dkim", "dmarc" })
        {
            Assert.EndsWith(".", check.Text(part + ".problem"));
            Assert.EndsWith(".", check.Text(part + ".fix"));
        }
        // What the check saw changes nothing; that its replies can't be read is said by who reads them.
        Assert.Equal("ok", await server.App.Store.Read(db => db.One<string>("select health from mailbox where id = @mailbox", new { mailbox })));
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Files_are_no_mail_and_nobody_is_asked_about_them(StoreKind store)
    {
        await using var dns = TestDns.Start();
        await using var server = await TestServer.Start(store, dns: dns.EndPoint);
        var check = await Check(server, await server.Pickup());
        Assert.True(check.At("smtp.ok").GetBoolean());
        Assert.Equal(("unknown", "files", "not_read"), (check.Text("spf.result"), check.Text("spf.code"), check.Text("inbound.code")));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, check.At("inbound.ok").ValueKind);
        Assert.Contains("Nothing leaves this machine", check.Summary);
        Assert.Empty(dns.Asked);
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Connecting_and_changing_log_in_to_inbound_before_they_save(StoreKind store)
    {
        await using var sink = Sink();
        await using var imap = await Dovecot.StartAsync();
        await using var dns = TestDns.Start();
        await using var server = await TestServer.Start(store, dns: dns.EndPoint);
        object Body(string smtp, object inbound) => new { kind = "enterprise", address = "mia@brand.example", smtp = Smtp(sink, smtp), inbound };
        async Task Refused(string path, object body, int status, params string[] paths)
        {
            var reply = path.Length == 0 ? await server.Post("/v1/mailboxes", body) : await server.Call("PATCH", "/v1/mailboxes/" + path, body);
            Assert.Equal(status, reply.Status);
            Assert.Equal(paths, reply.Paths);
        }
        await Refused("", Body("right", Imap(imap.Port, "wrong")), 502, "$.inbound.password");
        await Refused("", Body("wrong", Imap(imap.Port, "wrong")), 502, "$.smtp.password", "$.inbound.password");
        await Refused("", Body("right", Imap(LoopbackPorts.Free(), "right")), 502, "$.inbound.host");
        // No password of its own: the SMTP server's is not carried to a server of another name.
        await Refused("", Body("right", Imap(imap.Port, null)), 400, "$.inbound.password");
        Assert.Equal(1, (await server.Get("/v1/mailboxes")).Number("total_size"));
        Assert.True((await server.Post("/v1/mailboxes", Body("wrong", Imap(imap.Port, "wrong")), force: false)).Success);
        var mailbox = (await server.Post("/v1/mailboxes", Body("right", new { kind = "imap", host = "127.0.0.1", port = imap.Port, security = "none" }))).Ok().Text("sender_id");
        Assert.True((await Check(server, mailbox)).At("inbound.ok").GetBoolean());
        await Refused(mailbox, new { inbound = Imap(imap.Port, "wrong") }, 502, "$.inbound.password");
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { inbound = Imap(imap.Port, "right") })).Ok();
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { inbound = new { kind = "maildir", path = "replies" } })).Ok();
        Assert.True((await Check(server, mailbox)).At("inbound.ok").GetBoolean());
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}?skip_check=true", new { inbound = Imap(imap.Port, "wrong") })).Ok();
        Assert.Equal("auth_failed", (await Check(server, mailbox)).Text("inbound.code"));
    }

    [Fact]
    public async Task A_name_that_leads_inside_is_refused_where_private_hosts_are()
    {
        await using var dns = TestDns.Start().Address("smtp.evil.example", "127.0.0.1").Address("imap.evil.example", "93.184.216.34", "10.0.0.1");
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(dns: dns.EndPoint, adjust: app => app with
        {
            Mailboxes = new MailboxAccess(app.Keys, app.Time, app.Options.Data, allowPrivateHosts: false) { Names = new NameLookups(app.Options.Dns) },
        });
        var mailbox = (await server.Post("/v1/mailboxes?skip_check=true", new
        {
            kind = "enterprise", address = "mia@brand.example", smtp = new { host = "smtp.evil.example", port = 587, security = "tls", password = "x" },
            inbound = new { kind = "imap", host = "imap.evil.example", port = 993, security = "tls", password = "x" },
        })).Ok().Text("sender_id");
        var check = await Check(server, mailbox);
        Assert.Equal(("host_not_allowed", "host_not_allowed"), (check.Text("smtp.code"), check.Text("inbound.code")));
        Assert.Equal(0, sink.Connections);
    }

    private static async Task<List<string>> Warnings(TestServer server, string task) =>
        [.. (await server.Post($"/v1/email-tasks/{task}/send", force: false)).At("warnings").EnumerateArray().Select(w => w.GetProperty("code").GetString()!)];
}
