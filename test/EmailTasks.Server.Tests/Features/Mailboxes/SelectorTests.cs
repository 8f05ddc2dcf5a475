using EmailTasks.Testing;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MimeKit;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Mailboxes;

/// <summary>A DKIM selector that nobody gave is taken from what the mailbox sent, read in a real IMAP server.</summary>
public sealed class SelectorTests
{
    private const string Own = "mia@brand.example";

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task The_selector_is_taken_from_a_sent_mail_else_from_a_copy_to_oneself_else_unknown(StoreKind store)
    {
        await using var dns = TestDns.Start().Txt("new._domainkey.brand.example", "v=DKIM1; p=").Txt("copy._domainkey.brand.example", "v=DKIM1; p=");
        await using var sink = SmtpSink.Start();
        await using var imap = await Dovecot.StartAsync();
        await using var server = await TestServer.Start(store, dns: dns.EndPoint);
        var mailbox = (await server.Post("/v1/mailboxes", new
        {
            kind = "enterprise", address = Own, smtp = new { host = "127.0.0.1", port = sink.Port, security = "none" },
            inbound = new { kind = "imap", host = "localhost", port = imap.Port, security = "none", username = "mia", password = Dovecot.Password },
        })).Ok().Text("sender_id");
        var empty = await Check(server, mailbox);
        Assert.Equal(("unknown", "no_signed_mail", true), (empty.Text("dkim.result"), empty.Text("dkim.code"), empty.At("inbound.ok").GetBoolean()));
        Assert.Contains("s=", empty.Text("dkim.fix"));

        // Not ours, forged with nothing behind it, and in the inbox: the copy to oneself.
        await Append(imap, "INBOX", Mail("ben@creators.example", "v=1; d=brand.example; s=theirs; b=x"));
        await Append(imap, "INBOX", Mail(Own, "v=1; d=brand.example; s=copy; b=x"));
        await Append(imap, "INBOX", Mail(Own, "v=1; d=other.example; s=other; b=x"));
        await Append(imap, "INBOX", Mail(Own, "v=1; d=brand.example; s=forged; b=x"));
        var own = await Check(server, mailbox);
        Assert.Equal(("permerror", "revoked", "copy", "own_mail"), (own.Text("dkim.result"), own.Text("dkim.code"), own.Text("dkim.selector"), own.Text("dkim.selector_from")));
        Assert.Contains("The DKIM selector copy was taken from a mail from this address in the inbox.", own.Summary);
        Assert.DoesNotContain(dns.Asked, a => a.Name.StartsWith("theirs.", StringComparison.Ordinal) || a.Name.StartsWith("other.", StringComparison.Ordinal));

        // The newest in the Sent folder goes before it; most Sent copies have none.
        await Append(imap, "Sent", Mail(Own, "v=1; d=brand.example; s=old; b=x"), Mail(Own, "v=1; d=brand.example; s=new; b=x"), Mail(Own, null));
        var sent = await Check(server, mailbox);
        Assert.Equal(("new", "sent_mail"), (sent.Text("dkim.selector"), sent.Text("dkim.selector_from")));
        Assert.Equal((6 + 1, 0), await Unread(imap));

        // What is given counts, whatever lies there.
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { dkim_selector = "mine" })).Ok();
        var given = await Check(server, mailbox);
        Assert.Equal(("none", "mine", "given"), (given.Text("dkim.result"), given.Text("dkim.selector"), given.Text("dkim.selector_from")));
    }

    private static async Task<Reply> Check(TestServer server, string mailbox) => (await server.Get($"/v1/mailboxes/{mailbox}/check")).Ok();

    private static MimeMessage Mail(string from, string? signature)
    {
        var mail = new MimeMessage { Subject = "Hello", Body = new TextPart("plain") { Text = "Hello" } };
        mail.From.Add(MailboxAddress.Parse(from));
        mail.To.Add(MailboxAddress.Parse(Own));
        if (signature is not null) mail.Headers.Insert(0, new Header(HeaderId.DkimSignature, signature));
        return mail;
    }

    private static async Task Append(Dovecot imap, string folder, params MimeMessage[] mails)
    {
        using var client = await Client(imap);
        var box = folder == "INBOX" ? client.Inbox! : await (client.GetFolder(client.PersonalNamespaces[0])).CreateAsync(folder, true, TestContext.Current.CancellationToken);
        foreach (var mail in mails) await box!.AppendAsync(mail, MessageFlags.None, TestContext.Current.CancellationToken);
    }

    /// <summary>Mails that are unread, and that are read: none, a check reads headers only.</summary>
    private static async Task<(int Unread, int Read)> Unread(Dovecot imap)
    {
        using var client = await Client(imap);
        var (unread, read) = (0, 0);
        foreach (var folder in new[] { client.Inbox!, await client.GetFolderAsync("Sent", TestContext.Current.CancellationToken) })
        {
            await folder.OpenAsync(FolderAccess.ReadOnly, TestContext.Current.CancellationToken);
            unread += (await folder.SearchAsync(SearchQuery.NotSeen, TestContext.Current.CancellationToken)).Count;
            read += (await folder.SearchAsync(SearchQuery.Seen, TestContext.Current.CancellationToken)).Count;
        }
        return (unread, read);
    }

    private static async Task<ImapClient> Client(Dovecot imap)
    {
        var client = new ImapClient();
        await client.ConnectAsync("localhost", imap.Port, MailKit.Security.SecureSocketOptions.None, TestContext.Current.CancellationToken);
        await client.AuthenticateAsync("mia", Dovecot.Password, TestContext.Current.CancellationToken);
        return client;
    }
}
