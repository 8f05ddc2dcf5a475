using System.Net.Sockets;
using System.Text;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Inbound;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;

namespace EmailTasks.Server.Wire;

/// <summary>Logs in to an IMAP server once and looks whether the inbox opens; changes nothing there.</summary>
internal static class ImapLogin
{
    /// <summary>What stands against reading this mailbox, or null. Only <paramref name="ct"/>'s cancellation and the time limits end it early; never throws.</summary>
    /// <param name="look">What to do with the open inbox before the farewell.</param>
    public static async Task<InboundProblem?> TryAsync(SmtpSettings settings, CancellationToken ct, Func<WireImapClient, Task>? look = null)
    {
        var phase = SmtpPhase.Connect;
        using var heard = new ImapTap();
        using var client = new WireImapClient(heard);
        try
        {
            var (socket, _) = await WireConnect.OpenAsync(settings, ct);
            if (socket is null) return ImapVerdicts.Judge(phase, SmtpEnding.NotAllowed, null);

            phase = SmtpPhase.Greeting;
            await Within(settings, settings.Timeouts.Greeting, limit => GreetAsync(client, socket, settings, limit), ct);

            heard.Clear();
            phase = SmtpPhase.Auth;
            if (!await Within(settings, settings.Timeouts.Auth, limit => LogInAsync(client, settings, limit), ct)) return ImapVerdicts.Judge(phase, SmtpEnding.AuthUnsupported, null);

            phase = SmtpPhase.Ready;
            await Within(settings, settings.Timeouts.Aside, async limit => await client.Inbox!.OpenAsync(FolderAccess.ReadOnly, limit), ct);   // EXAMINE: no flag changes
            if (look is not null) await look(client);
            await Farewell(client, settings);
            return null;
        }
        catch (Exception e)
        {
            return ImapVerdicts.Judge(phase, Ending(phase, settings.Security, e), ReplyText.Clean(heard.Text));
        }
    }

    private static async Task<bool> GreetAsync(ImapClient client, Socket socket, SmtpSettings settings, CancellationToken limit)
    {
        client.CheckCertificateRevocation = false;   // a revocation server that is down must not stop the mail
        client.ServerCertificateValidationCallback = (_, certificate, _, errors) => WireConnect.IsTrusted(certificate, errors, settings.ExtraRoots);
        try
        {
            await client.ConnectAsync(socket, settings.Host, settings.Port, settings.Security switch
            {
                WireSecurity.None => SecureSocketOptions.None,
                WireSecurity.StartTls => SecureSocketOptions.StartTls,
                WireSecurity.Tls => SecureSocketOptions.SslOnConnect,
            }, limit);
            return true;
        }
        catch (Exception)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One method, once: every further try of a wrong password counts at the provider.</summary>
    private static async Task<bool> LogInAsync(ImapClient client, SmtpSettings settings, CancellationToken limit)
    {
        if (client.IsAuthenticated) return true;
        if (settings.Username is null) return false;
        var token = settings.AccessToken is null ? null : await settings.AccessToken(limit);
        if (SmtpLogin.Choose(client.AuthenticationMechanisms, settings.Username, settings.Password, token) is { } mechanism)
        {
            await client.AuthenticateAsync(mechanism, limit);
            return true;
        }
        if (settings.Password is null || token is not null || client.Capabilities.HasFlag(ImapCapabilities.LoginDisabled)) return false;
        client.AuthenticationMechanisms.Clear();   // what is left is the LOGIN command (RFC 3501 §6.2.3)
        await client.AuthenticateAsync(settings.Username, settings.Password, limit);
        return true;
    }

    private static async Task<T> Within<T>(SmtpSettings settings, TimeSpan time, Func<CancellationToken, Task<T>> step, CancellationToken ct)
    {
        using var limit = WireConnect.Limit(settings, time, ct, out var timer);
        using (timer)
        {
            try
            {
                return await step(limit.Token);
            }
            catch (Exception e) when (timer.IsCancellationRequested && !ct.IsCancellationRequested && e is not (ImapCommandException or AuthenticationException or OAuthRefusedException))
            {
                throw new TimeoutException("No answer in time.", e);
            }
        }
    }

    private static async Task Farewell(ImapClient client, SmtpSettings settings)
    {
        try
        {
            using var limit = new CancellationTokenSource(settings.Timeouts.Quit, settings.Time);
            await client.DisconnectAsync(quit: true, limit.Token);
        }
        catch (Exception)
        {
            // A farewell that fails is none.
        }
    }

    private static SmtpEnding Ending(SmtpPhase phase, WireSecurity security, Exception e) => e switch
    {
        ImapCommandException when phase == SmtpPhase.Greeting && security == WireSecurity.StartTls => SmtpEnding.TlsFailed,
        AuthenticationException or ImapCommandException => SmtpEnding.Reply,
        OAuthRefusedException => SmtpEnding.TokenRefused,
        TimeoutException => SmtpEnding.Timeout,
        SslHandshakeException => SmtpEnding.TlsFailed,
        NotSupportedException when phase < SmtpPhase.Auth => SmtpEnding.TlsFailed,
        SocketException { SocketErrorCode: SocketError.TimedOut } => SmtpEnding.Timeout,
        SocketException when phase == SmtpPhase.Connect => SmtpEnding.Refused,
        _ => SmtpEnding.Lost,
    };
}

/// <summary>Keeps what the server said since the login began: MailKit's exceptions leave the response code out, and it tells the most.</summary>
internal sealed class ImapTap : IProtocolLogger
{
    /// <summary>A refusal is a line or two.</summary>
    private const int Kept = 2_048;

    private readonly StringBuilder _text = new();

    /// <summary>How much it may say.</summary>
    public AnswerMeter Answers { get; } = new(AnswerMeter.Imap);

    /// <summary>Untrusted.</summary>
    public string Text => _text.ToString();

    /// <inheritdoc/>
    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    public void Clear() => _text.Clear();

    /// <inheritdoc/>
    public void LogConnect(Uri uri)
    {
    }

    /// <inheritdoc/>
    public void LogClient(byte[] buffer, int offset, int count) => Answers.Spoke(); // what we say holds the password: it is not looked at

    /// <inheritdoc/>
    public void LogServer(byte[] buffer, int offset, int count)
    {
        Answers.Heard(count);
        if (_text.Length < Kept) _text.Append(Encoding.Latin1.GetString(buffer, offset, Math.Min(count, Kept)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
