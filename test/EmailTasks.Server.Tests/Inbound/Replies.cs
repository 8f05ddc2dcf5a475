using System.Text;
using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>Messages as they come back about a task, and a mailbox that reads them.</summary>
internal static class Replies
{
    /// <summary>A mailbox that sends to a sink and is read over IMAP.</summary>
    public static async Task<string> Read(this TestServer server, SmtpSink sink, Dovecot imap, string user = "mia") => (await server.Post("/v1/mailboxes?skip_check=true", new
    {
        kind = "enterprise", address = $"{user}@brand.example", display_name = "Mia", smtp = new { host = "127.0.0.1", port = sink.Port, security = "none" },
        inbound = new { kind = "imap", host = "127.0.0.1", port = imap.Port, security = "none", username = user, password = Dovecot.Password },
        limits = new { connections = 4 },
    })).Ok().Text("sender_id");

    /// <summary>A mailbox that sends to a sink and reads a maildir.</summary>
    public static async Task<string> Maildir(this TestServer server, SmtpSink sink, string? authservId = null) => (await server.Post("/v1/mailboxes?skip_check=true", new
    {
        kind = "enterprise", address = "mia@brand.example", display_name = "Mia", smtp = new { host = "127.0.0.1", port = sink.Port, security = "none" },
        inbound = authservId is null ? (object)new { kind = "maildir", path = "replies" } : new { kind = "maildir", path = "replies", authserv_id = authservId },
    })).Ok().Text("sender_id");

    /// <summary>The folder of that maildir, made where it is missing.</summary>
    public static async Task<string> MaildirFolder(this TestServer server)
    {
        var folder = Path.Combine(server.App.Options.Data, "files", await server.Account(), "replies");
        foreach (var part in new[] { "cur", "new", "tmp" }) Directory.CreateDirectory(Path.Combine(folder, part));
        return folder;
    }

    /// <summary>The Message-IDs of a task's mails, by address.</summary>
    public static async Task<Dictionary<string, string>> Ids(this TestServer server, string task) =>
        (await server.Get($"/v1/email-tasks/{task}/recipients?page_size=100")).Ok().At("items").EnumerateArray()
            .ToDictionary(r => r.GetProperty("email_address").GetString()!, r => r.GetProperty("message_id").GetString()!);

    /// <summary>A person's answer.</summary>
    public static byte[] Reply(string from, string answers, string text = "Yes, I would love to!", string? extra = null) => Raw(
        $"From: {from}\r\nTo: mia@brand.example\r\nSubject: Re: Hello\r\nMessage-ID: <{Guid.NewGuid():N}@creators.example>\r\nDate: Thu, 26 Nov 2026 10:00:00 +0000\r\n"
        + (answers.Length > 0 ? $"In-Reply-To: <{answers}>\r\nReferences: <{answers}>\r\n" : "") + extra + $"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\r\n> Hello\r\n");

    /// <summary>An out-of-office answer (RFC 3834).</summary>
    public static byte[] OutOfOffice(string from, string answers) => Raw(
        $"From: {from}\r\nTo: mia@brand.example\r\nSubject: Automatic reply: Hello\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <{Guid.NewGuid():N}@creators.example>\r\nIn-Reply-To: <{answers}>\r\n\r\nI am away until Monday.\r\n");

    /// <summary>A delivery report (RFC 3464).</summary>
    public static byte[] Bounce(string recipient, string messageId, string status = "5.1.1", string action = "failed") => Raw(
        $"""
        From: Mail Delivery System <mailer-daemon@mx.creators.example>
        To: mia@brand.example
        Subject: Undelivered Mail Returned to Sender
        Message-ID: <{Guid.NewGuid():N}@mx.creators.example>
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

        --b1
        Content-Type: text/plain

        Your message could not be delivered.

        --b1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.creators.example

        Final-Recipient: rfc822; {recipient}
        Action: {action}
        Status: {status}
        Diagnostic-Code: smtp; 550 {status} No such user

        --b1
        Content-Type: text/rfc822-headers

        Message-ID: <{messageId}>
        From: mia@brand.example
        To: {recipient}
        Subject: Hello

        --b1--
        """.ReplaceLineEndings("\r\n"));

    public static byte[] Raw(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Waits until a number of a task's report is what it should be.</summary>
    public static Task Counts(this TestServer server, string task, string number, long value, int seconds = 20) =>
        Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}/report")).Ok().At(number) is { ValueKind: System.Text.Json.JsonValueKind.Number } n && n.GetInt64() == value, seconds, $"{number} {value}");

    /// <summary>Every counter of a task is what a recount of its rows and messages says.</summary>
    public static async Task Recount(this TestServer server, string task)
    {
        var verified = (await server.Get($"/v1/data/verify?task_id={task}")).Ok();
        Xunit.Assert.True(verified.Number("difference_count") == 0 && verified.Number("tasks_counted") == 1, verified.Json.ToString());
    }
}
