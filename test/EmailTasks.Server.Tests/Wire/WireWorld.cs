using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using MimeKit;
using Xunit;

namespace EmailTasks.Server.Tests.Wire;

/// <summary>Sessions against a sink, and mails of a given length.</summary>
internal static class WireWorld
{
    public const string From = "me@brand.example";

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static SmtpSettings Settings(SmtpSink sink) => new()
    {
        Host = "localhost", Port = sink.Port, Security = WireSecurity.None, AllowPrivateHosts = true, LocalDomain = "client.example", Timeouts = SmtpTimeouts.All(TimeSpan.FromSeconds(20)),
    };

    public static DotGate OpenGate() => new(() => true);

    public static async Task<SmtpSession> OpenAsync(SmtpSettings settings)
    {
        var opening = await SmtpSession.OpenAsync(settings, Ct);
        Assert.True(opening.Session is not null, $"no session: {opening.Failure}");
        return opening.Session;
    }

    public static Task<SmtpSession> OpenAsync(SmtpSink sink) => OpenAsync(Settings(sink));

    public static async Task<AttemptReport> SendOneAsync(SmtpSink sink, int wireSize = 2000, string to = "you@there.example", SmtpSettings? settings = null)
    {
        await using var session = await OpenAsync(settings ?? Settings(sink));
        return await session.SendAsync(Mail(wireSize), From, to, OpenGate(), Ct);
    }

    /// <summary>A mail whose DATA is exactly this long, the final dot not counted; <paramref name="dots"/> lines begin with a dot and grow by one each.</summary>
    public static MimeMessage Mail(int wireSize, int dots = 0)
    {
        var mail = Shell("");
        mail.Body = new TextPart("plain") { Text = Body(wireSize - ShellSize - dots, dots) };
        return mail;
    }

    /// <summary>Sends every length on connections of its own, some at a time.</summary>
    public static async Task<Dictionary<int, AttemptReport>> SendEachAsync(SmtpSink sink, IEnumerable<int> sizes, Func<int, DotGate> gate, int dots = 0)
    {
        var reports = new System.Collections.Concurrent.ConcurrentDictionary<int, AttemptReport>();
        var settings = Settings(sink);
        await Parallel.ForEachAsync(sizes, new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = Ct }, async (size, ct) =>
        {
            await using var session = await OpenAsync(settings);
            reports[size] = await session.SendAsync(Mail(size, dots), From, $"r{size}@there.example", gate(size), ct);
        });
        return new Dictionary<int, AttemptReport>(reports);
    }

    /// <summary>What the sink saw of each recipient.</summary>
    public static Dictionary<int, SinkTransaction> BySize(SmtpSink sink) =>
        sink.Log.Where(t => t.To.Count == 1).ToDictionary(t => int.Parse(t.To[0].AsSpan(1, t.To[0].IndexOf('@') - 1)));

    private static readonly int ShellSize = Measure(Shell("x\r\n")) - 3;   // an empty body gets a line end of its own

    private static int Measure(MimeMessage mail) => (int)WireMessage.Ready(mail, From, From).WireSize;

    private static MimeMessage Shell(string body)
    {
        var mail = new MimeMessage(new InternetAddress[] { new MailboxAddress("Me", From) }, new InternetAddress[] { new MailboxAddress("You", "you@there.example") }, "Hello", new TextPart("plain") { Text = body });
        mail.Date = DateTimeOffset.UnixEpoch;
        mail.MessageId = "token@brand.example";
        return mail;
    }

    private static string Body(int length, int dots)
    {
        var text = new System.Text.StringBuilder(length);
        while (length - text.Length > 72) Line(70);
        Line(length - text.Length);
        return text.ToString();

        void Line(int size)
        {
            text.Append(dots-- > 0 ? '.' : 'x').Append('x', size - 3).Append("\r\n");
        }
    }
}
