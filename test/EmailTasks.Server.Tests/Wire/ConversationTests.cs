using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;
using static EmailTasks.Server.Tests.Wire.WireWorld;

namespace EmailTasks.Server.Tests.Wire;

/// <summary>What a server may say or not say at each command of a transaction, with and without pipelining.</summary>
public sealed class ConversationTests
{
    private static readonly SinkStep[] Steps = [SinkStep.Mail, SinkStep.Rcpt, SinkStep.Data, SinkStep.Dot];

    public static TheoryData<SinkStep, string, bool> Replies()
    {
        var data = new TheoryData<SinkStep, string, bool>();
        foreach (var step in Steps)
            foreach (var reply in new[] { "421 4.3.0 closing", "450 4.2.0 later", "451 try later", "550 5.1.1 no such user", "554 no", "550-5.7.26 not\n550 5.7.26 authenticated", "530 5.7.0 log in" })
            {
                data.Add(step, reply, true);
                data.Add(step, reply, false);
            }
        return data;
    }

    public static TheoryData<SinkStep, bool> StepsAndPipelining()
    {
        var data = new TheoryData<SinkStep, bool>();
        foreach (var step in Steps)
        {
            data.Add(step, true);
            data.Add(step, false);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Replies))]
    public async Task A_reply_is_reported_with_phase_code_and_words(SinkStep step, string reply, bool pipelining)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(step, SinkReply.Say(reply)), new SinkOptions { Pipelining = pipelining });
        await using var session = await OpenAsync(sink);
        var report = await session.SendAsync(Mail(2500), From, "you@there.example", OpenGate(), Ct);

        Assert.Equal((Phase(step), step == SinkStep.Dot, SmtpEnding.Reply), (report.Phase, report.Dotted, report.Ending));
        Assert.Equal(int.Parse(reply.AsSpan(0, 3)), report.Code);
        Assert.Equal(reply.Split(' ', '\n').Select(w => w[(w.IndexOf('-') + 1)..]).FirstOrDefault(w => w.Split('.').Length == 3), report.Enhanced);
        Assert.DoesNotContain('\n', report.Text!);
        Assert.Equal(report.Code != 421, session.Usable);
        if (!session.Usable) return;

        sink.Script = null;   // the session is in a defined state: the next mail goes through it
        var next = await session.SendAsync(Mail(2600), From, "next@there.example", OpenGate(), Ct);
        Assert.Equal(VerdictOutcome.Sent, SmtpVerdicts.Judge(next).Outcome);
        Assert.Equal(1, sink.Connections);
    }

    [Theory]
    [MemberData(nameof(StepsAndPipelining))]
    public async Task A_dropped_connection_is_lost_where_it_was_dropped(SinkStep step, bool pipelining)
    {
        foreach (var drop in new[] { SinkReply.Close, SinkReply.Reset })
        {
            await using var sink = SmtpSink.Start(SmtpSink.At(step, drop), new SinkOptions { Pipelining = pipelining });
            await using var session = await OpenAsync(sink);
            var report = await session.SendAsync(Mail(2500), From, "you@there.example", OpenGate(), Ct);
            Assert.Equal(SmtpEnding.Lost, report.Ending);
            Assert.Equal(step == SinkStep.Dot, report.Dotted);
            Assert.Equal(step == SinkStep.Dot ? VerdictOutcome.Uncertain : VerdictOutcome.NotSent, SmtpVerdicts.Judge(report).Outcome);
            Assert.False(session.Usable);
            if (drop == SinkReply.Close) Assert.Equal(Phase(step), report.Phase);   // an RST may overtake the replies before it
        }
    }

    [Theory]
    [MemberData(nameof(StepsAndPipelining))]
    public async Task Silence_ends_by_our_limit(SinkStep step, bool pipelining)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(step, SinkReply.Swallow), new SinkOptions { Pipelining = pipelining });
        var settings = Settings(sink) with { Timeouts = SmtpTimeouts.All(TimeSpan.FromMilliseconds(250)) };
        await using var session = await OpenAsync(settings);
        var report = await session.SendAsync(Mail(2500), From, "you@there.example", OpenGate(), Ct);
        Assert.Equal(Phase(step), report.Phase);
        Assert.Equal((step == SinkStep.Dot, SmtpEnding.Timeout), (report.Dotted, report.Ending));
        Assert.Equal(step == SinkStep.Dot ? VerdictOutcome.Uncertain : VerdictOutcome.NotSent, SmtpVerdicts.Judge(report).Outcome);
        Assert.False(session.Usable);
        Assert.Equal(step == SinkStep.Dot, sink.Dotted.Any());
    }

    [Fact]
    public async Task A_body_that_nobody_reads_ends_by_the_limit_of_a_block_and_without_a_dot()
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Body, SinkReply.DefaultAfter(TimeSpan.FromSeconds(3))));
        var settings = Settings(sink) with { Timeouts = SmtpTimeouts.All(TimeSpan.FromMilliseconds(400)) };
        var report = await SendOneAsync(sink, 30_000_000, settings: settings);
        Assert.Equal((SmtpPhase.Body, false, SmtpEnding.Timeout), (report.Phase, report.Dotted, report.Ending));
        Assert.Empty(sink.Dotted);
    }

    [Fact]
    public async Task A_loss_right_after_the_250_is_sent()
    {
        foreach (var end in new[] { SinkReply.SayAndClose("250 2.0.0 taken"), SinkReply.SayAndReset("250 2.0.0 taken") })
        {
            await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Dot, end));
            await using var session = await OpenAsync(sink);
            var report = await session.SendAsync(Mail(2500), From, "you@there.example", OpenGate(), Ct);
            Assert.Equal(VerdictOutcome.Sent, SmtpVerdicts.Judge(report).Outcome);
            Assert.False(await session.NoopAsync());
            Assert.False(session.Usable);
        }
    }

    [Fact]
    public async Task A_refusal_stands_although_RSET_is_never_answered()
    {
        foreach (var step in Steps)
        {
            await using var sink = SmtpSink.Start(e => e.Step == step ? SinkReply.Say("550 5.1.1 no") : e.Step == SinkStep.Rset ? SinkReply.Swallow : null);
            var settings = Settings(sink) with { Timeouts = SmtpTimeouts.Standard with { Aside = TimeSpan.FromMilliseconds(200) } };
            await using var session = await OpenAsync(settings);
            var report = await session.SendAsync(Mail(2500), From, "you@there.example", OpenGate(), Ct);
            Assert.Equal((SmtpEnding.Reply, 550), (report.Ending, report.Code));
            Assert.False(session.Usable);
        }
    }

    [Fact]
    public async Task A_late_answer_within_the_limit_of_the_dot_counts()
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Dot, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(700))));
        var settings = Settings(sink) with { Timeouts = SmtpTimeouts.All(TimeSpan.FromMilliseconds(300)) with { Dot = TimeSpan.FromSeconds(10) } };
        Assert.Equal(VerdictOutcome.Sent, SmtpVerdicts.Judge(await SendOneAsync(sink, settings: settings)).Outcome);
    }

    [Fact]
    public async Task Larger_than_SIZE_is_seen_before_a_byte_is_said()
    {
        await using var sink = SmtpSink.Start(options: new SinkOptions { Size = 3000 });
        await using var session = await OpenAsync(sink);
        var large = await session.SendAsync(Mail(3001), From, "you@there.example", OpenGate(), Ct);
        Assert.Equal((SmtpPhase.Ready, SmtpEnding.TooLarge), (large.Phase, large.Ending));
        Assert.Empty(sink.Log);
        var fits = await session.SendAsync(Mail(3050, dots: 50), From, "you@there.example", OpenGate(), Ct);   // SIZE counts without dot-stuffing (RFC 1870)
        Assert.Equal(250, fits.Code);
        Assert.Equal("SIZE=3000", Assert.Single(sink.Log).MailParameters);
    }

    [Fact]
    public async Task A_local_part_outside_ASCII_needs_SMTPUTF8_and_a_domain_does_not()
    {
        await using var plain = SmtpSink.Start(options: new SinkOptions { SmtpUtf8 = false });
        await using var session = await OpenAsync(plain);
        Assert.Equal(SmtpEnding.NeedsSmtpUtf8, (await session.SendAsync(Mail(2500), From, "jürgen@there.example", OpenGate(), Ct)).Ending);
        Assert.Empty(plain.Log);
        Assert.Equal(250, (await session.SendAsync(Mail(2500), From, "you@bücher.example", OpenGate(), Ct)).Code);
        Assert.Equal("you@xn--bcher-kva.example", Assert.Single(plain.Log).To[0]);

        await using var able = SmtpSink.Start();
        await using var second = await OpenAsync(able);
        Assert.Equal(250, (await second.SendAsync(Mail(2500), From, "jürgen@there.example", OpenGate(), Ct)).Code);
        var mail = Assert.Single(able.Log);
        Assert.Equal("jürgen@there.example", mail.To[0]);
        Assert.Contains("SMTPUTF8", mail.MailParameters);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("a@b.example>\r\nRCPT TO:<c@d.example")]
    [InlineData("a@b.example, c@d.example")]
    public async Task What_is_no_address_is_never_said(string to)
    {
        await using var sink = SmtpSink.Start();
        await using var session = await OpenAsync(sink);
        Assert.Equal(SmtpEnding.Unsendable, (await session.SendAsync(Mail(2500), From, to, OpenGate(), Ct)).Ending);
        Assert.Empty(sink.Log);
        Assert.True(session.Usable);
    }

    [Fact]
    public async Task The_wire_is_seven_bit_with_short_lines_whatever_the_server_can_and_never_chunked()
    {
        await using var sink = SmtpSink.Start(options: new SinkOptions { KeepData = true });
        await using var session = await OpenAsync(sink);
        var message = Mail(2500);
        message.Body = new MimeKit.TextPart("plain") { Text = string.Concat(Enumerable.Repeat("Grüße aus Köln,\r\n", 100)) };
        message.Subject = "Grüße";
        Assert.Equal(250, (await session.SendAsync(message, From, "you@there.example", OpenGate(), Ct)).Code);
        var mail = Assert.Single(sink.Log);
        Assert.True(System.Text.Ascii.IsValid(mail.Data));
        Assert.All(System.Text.Encoding.ASCII.GetString(mail.Data!).Split("\r\n"), line => Assert.True(line.Length <= 78));
        Assert.DoesNotContain("8BITMIME", mail.MailParameters);
    }

    [Fact]
    public async Task A_session_carries_many_mails_and_stays_alive_by_NOOP()
    {
        await using var sink = SmtpSink.Start();
        await using var session = await OpenAsync(sink);
        for (var i = 0; i < 50; i++) Assert.Equal(250, (await session.SendAsync(Mail(2000 + i), From, "you@there.example", OpenGate(), Ct)).Code);
        Assert.True(await session.NoopAsync());
        Assert.True(session.IdleFor < TimeSpan.FromSeconds(5));
        Assert.Equal(1, sink.Connections);
        Assert.All(sink.Log, t => Assert.Single(t.To));
        sink.Script = SmtpSink.At(SinkStep.Noop, SinkReply.SayAndClose("421 4.4.2 idle"));
        Assert.False(await session.NoopAsync());
        Assert.False(session.Usable);
    }

    private static SmtpPhase Phase(SinkStep step) => step switch
    {
        SinkStep.Mail => SmtpPhase.Mail,
        SinkStep.Rcpt => SmtpPhase.Rcpt,
        SinkStep.Data => SmtpPhase.Data,
        _ => SmtpPhase.Dot,
    };
}
