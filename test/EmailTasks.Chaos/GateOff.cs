using System.Diagnostics;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using MimeKit;

namespace EmailTasks.Chaos;

/// <summary>
/// The negative control for the gate before the dot: real sessions in mid-send at a slow mail server, a real task that is
/// cancelled through the interface, a real control reading. With the product's gate no dot leaves; with a gate that asks
/// nobody, dots leave seconds after the cancel, and the verdict must find them.
/// </summary>
internal static class GateOff
{
    public const string From = "mia@brand.example";

    private const int Sessions = 8;

    private static readonly TimeSpan AtData = TimeSpan.FromSeconds(4);

    public static SmtpSettings Settings(SmtpSink sink) => new() { Host = "127.0.0.1", Port = sink.Port, Security = WireSecurity.None, AllowPrivateHosts = true, LocalDomain = "client.example" };

    public static MimeMessage Mail(string to)
    {
        var mail = new MimeMessage { Subject = "Hello", Body = new TextPart("plain") { Text = "Hello." } };
        mail.From.Add(MailboxAddress.Parse(From));
        mail.To.Add(MailboxAddress.Parse(to));
        return mail;
    }

    /// <summary>Answers what the verdict found with a gate that asks, or with one that does not.</summary>
    public static async Task<Verdict> Run(bool asks)
    {
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Data ? SinkReply.DefaultAfter(AtData) : null);
        var folder = Directory.CreateTempSubdirectory("email-tasks-gate-").FullName;
        try
        {
            // A node that answers calls and sends nothing: this control does the sending.
            var options = new ServerOptions(folder, "http://127.0.0.1:0", false, AllowPrivateHosts: true, null, false, null) { Role = NodeRole.Api };
            await using var server = await EmailTasksServer.Start(options, TimeProvider.System, quiet: true);
            using var api = new Api([], File.ReadAllText(Path.Combine(folder, "admin.key")).Trim(), new Random(0)) { Url = server.Url };
            return await Run(api, server.App, sink, asks);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Verdict> Run(Api api, App app, SmtpSink sink, bool asks)
    {
        var mailbox = (await api.Must("POST", "/v1/mailboxes?skip_check=true", new { kind = "enterprise", address = From, smtp = new { host = "127.0.0.1", port = sink.Port, security = "none" } })).Data.GetProperty("sender_id").GetString()!;
        var people = Enumerable.Range(0, Sessions).Select(i => $"g{i}@d{i}.example").ToList();
        var task = (await api.Must("POST", "/v1/email-tasks", new { name = "Gate" })).Data.GetProperty("task_id").GetString()!;
        await api.Must("POST", $"/v1/email-tasks/{task}/recipients", new { recipients = people.Select(p => new { email_address = p }) });
        await api.Must("PUT", $"/v1/email-tasks/{task}/content", new { subject = "Hello", text_body = "Hello. {{ unsubscribe_url }}" });
        await api.Must("PUT", $"/v1/email-tasks/{task}/sender", new { sender_id = mailbox });
        await api.Must("POST", $"/v1/email-tasks/{task}/send");

        using var control = new Control(app.Store, TimeProvider.System, static _ => { });
        control.Start();
        bool MayDot() => !asks || control.Allows(task, mailbox, long.MaxValue);
        var sending = people.Select(p => Task.Run(() => Send(sink, p, new DotGate(MayDot)))).ToList();
        for (var since = Stopwatch.GetTimestamp(); sink.Log.Count < Sessions && Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(30);) await Task.Delay(10);
        var deeds = new Deeds();
        deeds.Cancels.Enqueue(new Cancelled(task, (await api.Must("POST", $"/v1/email-tasks/{task}/cancel")).Stamp));
        await Task.WhenAll(sending);

        var verdict = new Verdict();
        verdict.JudgeStops([.. sink.Dotted], people.ToDictionary(p => p, p => new Row { Address = p, Task = task }), deeds);
        return verdict;
    }

    private static async Task Send(SmtpSink sink, string address, DotGate gate)
    {
        var opening = await SmtpSession.OpenAsync(Settings(sink), CancellationToken.None);
        await using var session = opening.Session ?? throw new InvalidOperationException($"No session: {opening.Failure}");
        using var mail = Mail(address);
        await session.SendAsync(mail, From, address, gate, CancellationToken.None);
    }
}
