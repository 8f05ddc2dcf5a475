using System.Diagnostics;
using EmailTasks.Core.Inbound;
using EmailTasks.Server.Inbound;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>A mail made to be expensive costs little, and what lies behind it is read.</summary>
[Collection(Alone.Name), Trait(Waits.Trait, Waits.Name)]
public sealed class PoisonTests(ITestOutputHelper output)
{
    private const int Size = 10 * 1024 * 1024;
    private const long MemoryMax = 200L << 20;
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(3);

    public static TheoryData<string> Kinds => [.. Poison.Names];

    [Theory, MemberData(nameof(Kinds))]
    public void Reading_an_expensive_mail_is_cheap(string kind)
    {
        var raw = Poison.Of(kind, Size);
        InboundReader.Read(Poison.Of(kind, 10_000)); // tables and regexes are made once
        var clock = Stopwatch.StartNew();
        var memory = GC.GetAllocatedBytesForCurrentThread();
        InboundRules.Judge(InboundReader.Read(raw));
        InboundBodies.Read(raw);
        memory = GC.GetAllocatedBytesForCurrentThread() - memory;
        output.WriteLine($"{kind}: {clock.Elapsed.TotalMilliseconds:0} ms, {memory >> 20} MB made, for the facts and for what is shown");
        Assert.True(clock.Elapsed < TimeMax, $"{clock.Elapsed}");
        Assert.True(memory < MemoryMax, $"{memory >> 20} MB");
    }

    /// <summary>The whole way: file, facts, the proof of a signature, database; then a person's reply behind all of them.</summary>
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_mailbox_full_of_them_is_read_to_its_end(StoreKind store)
    {
        await using var dns = TestDns.Start().Txt("s1._domainkey.brand.example", "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALVI635dLK4cJJAH3Lx6upo3X/Lm1tQz3mezcWTA3BUBnyIsdnRf57aD5BtNmhPrYYDlWlzw3UgnKisIxktkk+MCAwEAAQ==");
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(store, dns: dns.EndPoint);
        var sender = await server.Maildir(sink);
        var task = await server.Ready(1, sender);
        await server.Send(task);
        await server.Settled(task);
        var ids = await server.Ids(task);
        var folder = await server.MaildirFolder();
        var table = new List<string>();
        var done = 0;
        foreach (var kind in Poison.Names)
        {
            var raw = Poison.Of(kind, Size);
            GC.Collect();
            using var peak = new PeakMemory();
            var clock = Stopwatch.StartNew();
            Deliver(folder, raw, done++);
            await Worlds.Until(async () => await server.App.Store.Read(db => db.One<long>("select (select count(*) from message) + (select count(*) from unread_message where set_aside_at is not null)")) == done, 60, kind);
            table.Add($"{kind,-34} {clock.Elapsed.TotalSeconds,6:0.00} s {peak.Stop() >> 20,5} MB more at most");
            // A file is looked for once a second: that is no work.
            Assert.True(clock.Elapsed < TimeMax + TimeSpan.FromSeconds(1.5), table[^1]);
            Assert.True(peak.Stop() < MemoryMax, table[^1]);
        }
        Deliver(folder, Replies.Reply("r0@d0.example", ids["r0@d0.example"]), done);
        await server.Counts(task, "reply_count", 1);
        output.WriteLine($"{store}, {Poison.Names.Count()} messages of {Size >> 20} MB each\n{string.Join('\n', table)}");
        Assert.Equal(0, await server.App.Store.Read(db => db.One<long>("select count(*) from unread_message")));
    }

    private static void Deliver(string folder, byte[] raw, int number)
    {
        var name = $"1764150{number:000}.M1.host";
        File.WriteAllBytes(Path.Combine(folder, "tmp", name), raw);
        File.Move(Path.Combine(folder, "tmp", name), Path.Combine(folder, "new", name));
    }
}
