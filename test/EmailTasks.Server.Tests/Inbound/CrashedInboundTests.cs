using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>Sending and reading while the process is killed again and again, and every message is delivered twice.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class CrashedInboundTests(ITestOutputHelper output)
{
    private const int People = 900;
    private const int Kills = 3; // on PostgreSQL each costs the ten seconds of a lease

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Counters_equal_a_full_recount_after_crashes_and_duplicate_deliveries(StoreKind store)
    {
        var random = new Random(20261126);
        var folder = Directory.CreateTempSubdirectory("email-tasks-inbound-").FullName;
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Dot ? SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(8)) : null, new SinkOptions { KeepMessageId = true });
        string task, maildir;
        string? database;
        await using (var maker = await TestServer.Start(store, folder: folder))
        {
            database = maker.App.Options.Database;
            var mailbox = (await maker.Post("/v1/mailboxes?skip_check=true", new
            {
                kind = "enterprise", address = "mia@brand.example", smtp = new { host = "127.0.0.1", port = sink.Port, security = "none" }, inbound = new { kind = "maildir", path = "replies" },
                limits = new { connections = 4 },
            })).Ok().Text("sender_id");
            maildir = Path.Combine(folder, "files", await maker.Account(), "replies");
            foreach (var part in new[] { "cur", "new", "tmp" }) Directory.CreateDirectory(Path.Combine(maildir, part));
            task = await maker.Ready(People, mailbox);
            await maker.Send(task);
        }
        var (delivered, answered, replied) = (0, new HashSet<string>(), 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var process = await ServerProcess.Start(folder, database is null ? [] : ["--database", database]);
            // By progress, not by time: a slow machine is killed as deep in its work as a quick one.
            var goal = (kill + 1) * People / (Kills + 1);
            await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > goal - (People / 10)), what: "mail after a restart");
            while (answered.Count < goal)
            {
                await Task.Delay(random.Next(5, 40));
                foreach (var mail in sink.Dotted.Where(m => answered.Add(m.To[0])).ToList())
                {
                    var id = mail.MessageId!.Trim('<', '>', ' ');
                    var raw = random.Next(4) switch { 0 => Replies.OutOfOffice(mail.To[0], id), 1 => Replies.Bounce(mail.To[0], id), _ => Replies.Reply(mail.To[0], id) };
                    if (System.Text.Encoding.UTF8.GetString(raw).Contains("Yes, I would", StringComparison.Ordinal)) replied++;
                    for (var copy = 0; copy < 2; copy++) await Deliver(maildir, $"1764150000.M{++delivered}.host", raw);
                }
            }
            await process.Kill();
        }
        await using var last = await TestServer.Start(store, folder: folder);
        var settled = await last.Settled(task);
        await Worlds.Until(async () => await last.App.Store.Read(db => db.One<long>("select count(*) from message")) == answered.Count, 60, "that all is read");
        await last.Recount(task);
        var report = (await last.Get($"/v1/email-tasks/{task}/report")).Ok();
        output.WriteLine($"{store}: {answered.Count} people, {delivered} files; sent {report.Number("sent_count")}, uncertain {report.Number("uncertain_count")}, replies {report.Number("reply_count")} of {replied}, bounces {report.Number("bounce_count")}, automatic {report.Number("auto_reply_count")}");
        Assert.Equal((replied, replied, replied), (report.Number("reply_count"), report.Number("replied_creator_count"), report.Number("inbound_message_count")));
        Assert.Equal(answered.Count - replied, report.Number("bounce_count") + report.Number("auto_reply_count"));
        Assert.True(replied > 20, "Too few replies to show anything.");
        var seen = sink.Dotted.Select(t => t.To.Single()).ToList();
        Assert.Equal(seen.Count, seen.Distinct().Count());
        // Whoever answered was mailed: nothing of them is left uncertain.
        Assert.Empty((await CrashTests.Addresses(last, task, "uncertain")).Intersect(answered));
        Assert.True(settled.Data.GetProperty("settled").GetBoolean());
    }

    private static async Task Deliver(string maildir, string name, byte[] raw)
    {
        await File.WriteAllBytesAsync(Path.Combine(maildir, "tmp", name), raw);
        File.Move(Path.Combine(maildir, "tmp", name), Path.Combine(maildir, "new", name));
    }
}
