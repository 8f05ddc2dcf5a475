using System.Globalization;
using System.Net.Sockets;
using EmailTasks.Core.Dispatch;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace EmailTasks.Server.Wire;

/// <summary>Opens a session step by step; each step that fails becomes a report. Touches no recipient.</summary>
internal static class SmtpOpening
{
    /// <summary>See <see cref="SmtpSession.OpenAsync"/>.</summary>
    public static async Task<SessionOpening> OpenAsync(SmtpSettings settings, CancellationToken ct)
    {
        var phase = SmtpPhase.Connect;
        var tap = new WireTap();
        var client = new WireClient(tap);
        try
        {
            var (socket, refusal) = await WireConnect.OpenAsync(settings, ct);
            if (socket is null) return Failed(phase, SmtpEnding.NotAllowed, refusal);

            phase = SmtpPhase.Greeting;
            await GreetAsync(client, socket, settings, ct);

            phase = SmtpPhase.Auth;
            if (await LogInAsync(client, settings, ct) is { } failure) return new SessionOpening(null, failure);

            var session = new SmtpSession(client, tap, settings);
            client = null;
            return new SessionOpening(session, null);
        }
        catch (Exception e)
        {
            if (phase == SmtpPhase.Greeting && (tap.StartedTls || (!tap.Greeted && settings.Security == WireSecurity.Tls))) phase = SmtpPhase.Tls;
            return Ended(phase, e, ct);
        }
        finally
        {
            client?.Dispose();
        }
    }

    private static async Task GreetAsync(WireClient client, Socket socket, SmtpSettings settings, CancellationToken ct)
    {
        using var limit = WireConnect.Limit(settings, settings.Timeouts.Greeting, ct, out var timer);
        using (timer)
        {
            // Our own limits per phase decide; MailKit's single one is only the net below them. It also counts waiting for a reply.
            client.Timeout = checked((int)(settings.Timeouts.Dot + TimeSpan.FromMinutes(5)).TotalMilliseconds);
            client.LocalDomain = settings.LocalDomain!;
            client.CheckCertificateRevocation = false;   // a revocation server that is down must not stop the mail
            client.ServerCertificateValidationCallback = (_, certificate, _, errors) => WireConnect.IsTrusted(certificate, errors, settings.ExtraRoots);
            try
            {
                await client.ConnectAsync(socket, settings.Host, settings.Port, settings.Security switch
                {
                    WireSecurity.None => SecureSocketOptions.None,
                    WireSecurity.StartTls => SecureSocketOptions.StartTls,
                    WireSecurity.Tls => SecureSocketOptions.SslOnConnect,
                }, limit.Token);
            }
            catch (Exception e)
            {
                socket.Dispose();
                if (!ct.IsCancellationRequested && limit.IsCancellationRequested && e is not SmtpCommandException) throw new TimeoutException("No greeting in time.", e);
                throw;
            }
            // Never BDAT: its last chunk is the end of data, and there would be no dot to stand before.
            client.Capabilities &= ~(SmtpCapabilities.Chunking | SmtpCapabilities.BinaryMime);
        }
    }

    private static async Task<AttemptReport?> LogInAsync(WireClient client, SmtpSettings settings, CancellationToken ct)
    {
        if (settings.Username is null) return null;
        using var limit = WireConnect.Limit(settings, settings.Timeouts.Auth, ct, out var timer);
        using (timer)
        {
            try
            {
                var token = settings.AccessToken is null ? null : await settings.AccessToken(limit.Token);
                if (SmtpLogin.Choose(client.AuthenticationMechanisms, settings.Username, settings.Password, token) is not { } mechanism)
                    return new AttemptReport(SmtpPhase.Auth, false, SmtpEnding.AuthUnsupported, null, null, null);
                await client.AuthenticateAsync(mechanism, limit.Token);
                return null;
            }
            catch (AuthenticationException e) when (SmtpLogin.Reply(e) is var (code, text))
            {
                return new AttemptReport(SmtpPhase.Auth, false, SmtpEnding.Reply, code, ReplyText.Enhanced(code, text), ReplyText.Clean(text));
            }
            catch (Exception e) when (!ct.IsCancellationRequested && limit.IsCancellationRequested && e is not OAuthRefusedException)
            {
                throw new TimeoutException("No login in time.", e);
            }
        }
    }

    private static SessionOpening Ended(SmtpPhase phase, Exception e, CancellationToken ct) => e switch
    {
        SmtpCommandException reply => new SessionOpening(null, new AttemptReport(
            phase, false, SmtpEnding.Reply, (int)reply.StatusCode, ReplyText.Enhanced((int)reply.StatusCode, reply.Message), ReplyText.Clean(reply.Message))),
        OAuthRefusedException => Failed(phase, SmtpEnding.TokenRefused, e.Message),
        TimeoutException => Failed(phase, SmtpEnding.Timeout, null),
        _ when ct.IsCancellationRequested => Failed(phase, SmtpEnding.Cancelled, null),
        SslHandshakeException => Failed(SmtpPhase.Tls, SmtpEnding.TlsFailed, null),
        NotSupportedException when phase < SmtpPhase.Auth => Failed(SmtpPhase.Tls, SmtpEnding.TlsFailed, "The server does not offer STARTTLS."),
        SocketException { SocketErrorCode: SocketError.TimedOut } => Failed(phase, SmtpEnding.Timeout, null),
        SocketException when phase == SmtpPhase.Connect => Failed(phase, SmtpEnding.Refused, null),
        _ => Failed(phase, SmtpEnding.Lost, null),
    };

    private static SessionOpening Failed(SmtpPhase phase, SmtpEnding ending, string? text) =>
        new(null, new AttemptReport(phase, false, ending, null, null, text is null ? null : ReplyText.Clean(text)));
}

/// <summary>Chooses one login method, so that a wrong password is tried once and not once per method.</summary>
internal static class SmtpLogin
{
    /// <summary>XOAUTH2 for a token; for a password PLAIN, LOGIN, then the challenge methods. Null when the server offers none of them.</summary>
    public static SaslMechanism? Choose(HashSet<string> offered, string username, string? password, string? token)
    {
        if (token is not null) return offered.Contains("XOAUTH2") ? new SaslMechanismOAuth2(username, token) : null;
        if (password is null) return null;
        if (offered.Contains("PLAIN")) return new SaslMechanismPlain(username, password);
        if (offered.Contains("LOGIN")) return new SaslMechanismLogin(username, password);
        if (offered.Contains("SCRAM-SHA-256")) return new SaslMechanismScramSha256(username, password);
        if (offered.Contains("SCRAM-SHA-1")) return new SaslMechanismScramSha1(username, password);
        return offered.Contains("CRAM-MD5") ? new SaslMechanismCramMd5(username, password) : null;
    }

    /// <summary>MailKit puts the refusal of a single mechanism into the message only: "535: 5.7.8 …", and 534 without its number.</summary>
    public static (int Code, string Text)? Reply(AuthenticationException e)
    {
        var message = e.Message;
        return message.Length > 4 && message[3] == ':' && int.TryParse(message.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? (code, message[4..].Trim())
            : (534, message);
    }
}
