using System.Security.Cryptography.X509Certificates;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;
using static EmailTasks.Server.Tests.Wire.WireWorld;

namespace EmailTasks.Server.Tests.Wire;

public sealed class OpeningTests
{
    private static readonly X509Certificate2 Certificate = TestCertificates.For("localhost");

    [Theory]
    [InlineData(SinkStep.Connect, "554 5.7.1 go away", SmtpPhase.Greeting, "server_refuses_us")]
    [InlineData(SinkStep.Connect, "421 4.3.2 too many", SmtpPhase.Greeting, "connection_limit")]
    [InlineData(SinkStep.Connect, "nonsense", SmtpPhase.Greeting, "connection_lost")]
    [InlineData(SinkStep.Ehlo, "550 5.7.1 no", SmtpPhase.Greeting, "server_refuses_us")]
    [InlineData(SinkStep.Auth, "535 5.7.8 no", SmtpPhase.Auth, "auth_failed")]
    [InlineData(SinkStep.Auth, "534 5.7.9 Application-specific password required", SmtpPhase.Auth, "auth_app_password")]
    [InlineData(SinkStep.Auth, "534 5.7.14 Please log in with your web browser", SmtpPhase.Auth, "auth_web_login")]
    [InlineData(SinkStep.Auth, "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", SmtpPhase.Auth, "auth_basic_off")]
    [InlineData(SinkStep.Auth, "454 4.7.0 Temporary authentication failure", SmtpPhase.Auth, "auth_temporary")]
    [InlineData(SinkStep.Auth, "421 4.7.0 too many", SmtpPhase.Auth, "rate_limited")]
    public async Task A_refusal_before_the_session_is_words(SinkStep step, string reply, SmtpPhase phase, string reason)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(step, SinkReply.Say(reply)), new SinkOptions { Auth = ["PLAIN", "LOGIN"] });
        var failure = await FailAsync(Settings(sink) with { Username = "me", Password = "secret" });
        Assert.Equal(phase, failure.Phase);
        Assert.Equal(reason, SmtpVerdicts.Judge(failure).Reason);
        Assert.Equal(1, sink.Connections);
    }

    [Theory]
    [InlineData(SinkStep.Connect, SmtpPhase.Greeting)]
    [InlineData(SinkStep.Ehlo, SmtpPhase.Greeting)]
    [InlineData(SinkStep.Auth, SmtpPhase.Auth)]
    public async Task A_drop_or_silence_before_the_session_is_mailbox_health(SinkStep step, SmtpPhase phase)
    {
        foreach (var (reply, ending) in new[] { (SinkReply.Close, SmtpEnding.Lost), (SinkReply.Reset, SmtpEnding.Lost), (SinkReply.Swallow, SmtpEnding.Timeout) })
        {
            await using var sink = SmtpSink.Start(SmtpSink.At(step, reply), new SinkOptions { Auth = ["PLAIN"] });
            var limit = TimeSpan.FromMilliseconds(ending == SmtpEnding.Timeout ? 250 : 20_000);
            var failure = await FailAsync(Settings(sink) with { Username = "me", Password = "secret", Timeouts = SmtpTimeouts.All(limit) });
            var overtaken = step == SinkStep.Connect && reply == SinkReply.Reset && failure.Ending == SmtpEnding.Refused;   // the RST came before the socket was ours
            if (!overtaken) Assert.Equal((phase, ending), (failure.Phase, failure.Ending));
            Assert.Equal(MailboxEffect.Failing, SmtpVerdicts.Judge(failure).Mailbox);
        }
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task A_password_logs_in_and_a_wrong_one_is_tried_once(string mechanism)
    {
        var tried = 0;
        await using var sink = SmtpSink.Start(options: new SinkOptions { Auth = [mechanism, "CRAM-MD5"], Accepts = (u, p) => Interlocked.Increment(ref tried) > 0 && (u, p) == ("me", "secret") });
        await using (var session = await OpenAsync(Settings(sink) with { Username = "me", Password = "secret" }))
            Assert.Equal(250, (await session.SendAsync(Mail(2000), From, "you@there.example", OpenGate(), Ct)).Code);
        Assert.Equal(1, tried);
        var failure = await FailAsync(Settings(sink) with { Username = "me", Password = "wrong" });
        Assert.Equal("auth_failed", SmtpVerdicts.Judge(failure).Reason);
        Assert.Equal(2, tried);
    }

    [Fact]
    public async Task A_wrong_password_is_tried_by_one_method_only()
    {
        var tried = 0;
        await using var sink = SmtpSink.Start(
            e =>
            {
                if (e.Step == SinkStep.Auth) tried++;
                return null;
            },
            new SinkOptions { Auth = ["PLAIN", "LOGIN"], Accepts = (_, _) => false });
        await FailAsync(Settings(sink) with { Username = "me", Password = "wrong" });
        Assert.Equal(1, tried);
    }

    [Fact]
    public async Task A_token_logs_in_by_XOAUTH2()
    {
        await using var sink = SmtpSink.Start(options: new SinkOptions { Auth = ["PLAIN", "XOAUTH2"], Accepts = (u, t) => (u, t) == ("me", "token-1") });
        var settings = Settings(sink) with { Username = "me", AccessToken = _ => ValueTask.FromResult("token-1") };
        await using (await OpenAsync(settings))
        {
        }
        var failure = await FailAsync(settings with { AccessToken = _ => ValueTask.FromResult("stale") });
        Assert.Equal((SmtpPhase.Auth, 535), (failure.Phase, failure.Code));
        var refused = await FailAsync(settings with { AccessToken = _ => throw new OAuthRefusedException("invalid_grant") });
        Assert.Equal("oauth_refused", SmtpVerdicts.Judge(refused).Reason);
        var offline = await FailAsync(settings with { AccessToken = _ => throw new HttpRequestException("offline") });
        Assert.Equal(MailboxEffect.Failing, SmtpVerdicts.Judge(offline).Mailbox);
    }

    [Fact]
    public async Task A_server_without_a_login_method_of_ours_is_said_so()
    {
        await using var sink = SmtpSink.Start(options: new SinkOptions { Auth = ["GSSAPI"] });
        Assert.Equal(SmtpEnding.AuthUnsupported, (await FailAsync(Settings(sink) with { Username = "me", Password = "secret" })).Ending);
        Assert.Equal(SmtpEnding.AuthUnsupported, (await FailAsync(Settings(sink) with { Username = "me", AccessToken = _ => ValueTask.FromResult("t") })).Ending);
    }

    [Fact]
    public async Task TLS_works_both_ways_and_carries_mail()
    {
        foreach (var implicitTls in new[] { true, false })
        {
            await using var sink = SmtpSink.Start(options: new SinkOptions { Certificate = Certificate, ImplicitTls = implicitTls, Auth = ["PLAIN"] });
            var settings = Tls(sink, implicitTls) with { ExtraRoots = [Certificate], Username = "me", Password = "secret" };
            await using var session = await OpenAsync(settings);
            Assert.Equal(250, (await session.SendAsync(Mail(9000), From, "you@there.example", OpenGate(), Ct)).Code);
            var refused = await session.SendAsync(Mail(9000), From, "you@there.example", new DotGate(() => false), Ct);
            Assert.Equal(SmtpEnding.GateRefused, refused.Ending);
            Assert.Single(sink.Dotted);
        }
    }

    [Fact]
    public async Task An_unknown_root_and_a_wrong_name_are_refused()
    {
        var other = TestCertificates.For("mail.other.example");
        foreach (var implicitTls in new[] { true, false })
        {
            await using var unknown = SmtpSink.Start(options: new SinkOptions { Certificate = Certificate, ImplicitTls = implicitTls });
            await using var wrongName = SmtpSink.Start(options: new SinkOptions { Certificate = other, ImplicitTls = implicitTls });
            var failures = new[] { await FailAsync(Tls(unknown, implicitTls)), await FailAsync(Tls(wrongName, implicitTls) with { ExtraRoots = [other] }) };
            Assert.All(failures, f => Assert.Equal((SmtpPhase.Tls, SmtpEnding.TlsFailed), (f.Phase, f.Ending)));
        }
    }

    [Fact]
    public async Task STARTTLS_that_is_missing_or_refused_means_no_session()
    {
        await using var missing = SmtpSink.Start();
        var failure = await FailAsync(Tls(missing, implicitTls: false) with { Username = "me", Password = "secret" });
        Assert.Equal((SmtpPhase.Tls, SmtpEnding.TlsFailed), (failure.Phase, failure.Ending));
        await using var refused = SmtpSink.Start(SmtpSink.At(SinkStep.StartTls, SinkReply.Say("454 4.7.0 not now")), new SinkOptions { Certificate = Certificate });
        Assert.Equal((SmtpPhase.Tls, (int?)454), Phase(await FailAsync(Tls(refused, implicitTls: false))));
        await using var plain = SmtpSink.Start();   // TLS from the first byte against a server that speaks first in clear
        Assert.Equal(SmtpPhase.Tls, (await FailAsync(Tls(plain, implicitTls: true) with { Timeouts = SmtpTimeouts.All(TimeSpan.FromMilliseconds(500)) })).Phase);

        static (SmtpPhase, int?) Phase(AttemptReport r) => (r.Phase, r.Code);
    }

    [Fact]
    public async Task A_closed_port_and_an_unknown_name_are_refused_connections()
    {
        var settings = new SmtpSettings { Host = "127.0.0.1", Port = LoopbackPorts.Free(), Security = WireSecurity.None, AllowPrivateHosts = true };
        Assert.Equal((SmtpPhase.Connect, SmtpEnding.Refused), End(await FailAsync(settings)));
        Assert.Equal((SmtpPhase.Connect, SmtpEnding.Refused), End(await FailAsync(settings with { Host = "no-such-host.invalid" })));

        static (SmtpPhase, SmtpEnding) End(AttemptReport r) => (r.Phase, r.Ending);
    }

    [Fact]
    public async Task What_is_not_allowed_is_not_even_connected_to()
    {
        await using var sink = SmtpSink.Start();
        var allowed = Settings(sink);
        Assert.Equal(SmtpEnding.NotAllowed, (await FailAsync(allowed with { AllowPrivateHosts = false })).Ending);
        Assert.Equal(SmtpEnding.NotAllowed, (await FailAsync(allowed with { AllowPrivateHosts = false, Port = 587, Security = WireSecurity.StartTls })).Ending);
        Assert.Equal(SmtpEnding.NotAllowed, (await FailAsync(allowed with { Host = "192.0.2.1" })).Ending);   // no TLS, not loopback
        Assert.Equal(0, sink.Connections);
    }

    [Fact]
    public async Task Cancelling_an_opening_is_no_failure_of_the_mailbox()
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Connect, SinkReply.Swallow));
        using var cancel = new CancellationTokenSource(100);
        var opening = await SmtpSession.OpenAsync(Settings(sink), cancel.Token);
        Assert.Equal(SmtpEnding.Cancelled, opening.Failure!.Ending);
        Assert.Equal(MailboxEffect.None, SmtpVerdicts.Judge(opening.Failure).Mailbox);
    }

    [Fact]
    public async Task An_old_server_without_ESMTP_is_served()
    {
        await using var sink = SmtpSink.Start(options: new SinkOptions { Esmtp = false });
        Assert.Equal(250, (await SendOneAsync(sink)).Code);
    }

    private static SmtpSettings Tls(SmtpSink sink, bool implicitTls) => Settings(sink) with { Security = implicitTls ? WireSecurity.Tls : WireSecurity.StartTls };

    private static async Task<AttemptReport> FailAsync(SmtpSettings settings)
    {
        var opening = await SmtpSession.OpenAsync(settings, Ct);
        if (opening.Session is { } session) await session.DisposeAsync();
        Assert.NotNull(opening.Failure);
        return opening.Failure;
    }
}
