using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;
using static EmailTasks.Server.Tests.Wire.WireWorld;

namespace EmailTasks.Server.Tests.Wire;

/// <summary>The oracle itself, and a server that we did not write.</summary>
public sealed class SinkTests
{
    [Fact]
    public async Task The_sink_sees_the_dot_in_any_segmentation()
    {
        const string data = "Subject: x\r\n\r\n..stuffed\r\n.\n..\r\nline\r.\r\r\n\r\n.\r\n";   // only the last one ends the data
        for (var cut = 1; cut < data.Length; cut++)
        {
            await using var sink = SmtpSink.Start(options: new SinkOptions { KeepData = true });
            using var client = new TcpClient("127.0.0.1", sink.Port) { NoDelay = true };
            var stream = client.GetStream();
            var reader = new StreamReader(stream);
            await reader.ReadLineAsync(Ct);
            foreach (var line in new[] { "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA" })
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), Ct);
                await reader.ReadLineAsync(Ct);
            }
            await stream.WriteAsync(Encoding.ASCII.GetBytes(data[..cut]), Ct);
            await Task.Delay(1, Ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(data[cut..]), Ct);
            Assert.StartsWith("250", await reader.ReadLineAsync(Ct));
            var mail = Assert.Single(sink.Dotted);
            Assert.Equal(data.Length - 3, mail.Length);
            Assert.Equal("Subject: x\r\n\r\n.stuffed\r\n\n.\r\nline\r.\r\r\n\r\n", Encoding.ASCII.GetString(mail.Data!));
        }
    }

    [Fact]
    public async Task Sixteen_sessions_reach_thousands_a_second()
    {
        await using var sink = SmtpSink.Start();
        await using var warm = await OpenAsync(sink);
        for (var i = 0; i < 300; i++) await warm.SendAsync(Mail(2400), From, "warm@there.example", OpenGate(), Ct);
        sink.Clear();
        const int each = 400;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(s => Task.Run(async () =>
        {
            await using var session = await OpenAsync(sink);
            var mail = Mail(2400);
            for (var i = 0; i < each; i++) Assert.Equal(250, (await session.SendAsync(mail, From, $"r{i}@s{s}.example", OpenGate(), Ct)).Code);
        })));
        var rate = 16 * each / clock.Elapsed.TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{rate:0} mails/s");
        Assert.Equal(16 * each, sink.Dotted.Count());
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Postfix_takes_our_mails_and_its_refusals_are_understood()
    {
        Assert.SkipUnless(PostfixSink.Installed, "smtp-sink (package postfix) is not installed.");
        await using var sink = await PostfixSink.StartAsync();
        await using var session = await OpenAsync(On(sink));
        for (var i = 0; i < 20; i++) Assert.Equal(250, (await session.SendAsync(Mail(4090 + i, dots: 10), From, $"r{i}@there.example", OpenGate(), Ct)).Code);
        var refused = await session.SendAsync(Mail(3000), From, "no@there.example", new DotGate(() => false), Ct);
        Assert.Equal(SmtpEnding.GateRefused, refused.Ending);

        var mails = sink.Mails().Where(m => m.To[0] != "no@there.example").ToList();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"r{i}@there.example").Order(), mails.Select(m => m.To[0]).Order());
        Assert.All(mails, m => Assert.Equal(From, m.From));
        Assert.All(mails, m => Assert.Contains("\n.xxx", m.Data));
    }

    [Theory]
    [InlineData("-f", "RCPT", VerdictOutcome.Failed)]
    [InlineData("-r", "RCPT", VerdictOutcome.Retry)]
    [InlineData("-f", "MAIL", VerdictOutcome.NotSent)]
    [InlineData("-r", ".", VerdictOutcome.Retry)]
    [InlineData("-f", ".", VerdictOutcome.Failed)]
    [InlineData("-Q", "RCPT", VerdictOutcome.NotSent)]
    [InlineData("-Q", ".", VerdictOutcome.Uncertain)]
    [InlineData("-q", ".", VerdictOutcome.Uncertain)]
    [InlineData("-q", "DATA", VerdictOutcome.NotSent)]
    [UnsupportedOSPlatform("windows")]
    public async Task Postfix_misbehaving_is_judged_right(string how, string command, VerdictOutcome outcome)
    {
        Assert.SkipUnless(PostfixSink.Installed, "smtp-sink (package postfix) is not installed.");
        await using var sink = await PostfixSink.StartAsync(how, command);
        await using var session = await OpenAsync(On(sink));
        var report = await session.SendAsync(Mail(3000), From, "you@there.example", OpenGate(), Ct);
        Assert.True(SmtpVerdicts.Judge(report).Outcome == outcome, report.ToString());
    }

    [UnsupportedOSPlatform("windows")]
    private static SmtpSettings On(PostfixSink sink) => new() { Host = "127.0.0.1", Port = sink.Port, Security = WireSecurity.None, AllowPrivateHosts = true, LocalDomain = "client.example" };
}
