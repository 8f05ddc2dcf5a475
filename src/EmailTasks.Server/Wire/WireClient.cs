using EmailTasks.Core.Dispatch;
using MailKit;
using MailKit.Net.Smtp;
using MimeKit;

namespace EmailTasks.Server.Wire;

/// <summary>
/// MailKit's client with the places where a transaction changes its phase made visible. It renders nothing on its own:
/// the message was prepared and measured before MAIL.
/// </summary>
internal sealed class WireClient(WireTap tap) : SmtpClient(tap)
{
    /// <summary>Told when a new phase begins.</summary>
    public Action<SmtpPhase>? Entered { get; set; }

    /// <summary>The size of the message about to be sent, without dot-stuffing; goes into MAIL's SIZE parameter.</summary>
    public long MessageSize { get; set; }

    /// <inheritdoc/>
    protected override Task<long> GetSizeAsync(FormatOptions options, MimeMessage message, CancellationToken cancellationToken) => Task.FromResult(MessageSize);

    /// <inheritdoc/>
    protected override void Prepare(FormatOptions options, MimeMessage message, EncodingConstraint constraint, int maxLineLength)
    {
        // Always 7-bit, whatever this server can: see WireMessage.
    }

    /// <inheritdoc/>
    protected override void OnSenderAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => Entered?.Invoke(SmtpPhase.Rcpt);

    /// <inheritdoc/>
    protected override void OnRecipientAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) => Entered?.Invoke(SmtpPhase.Data);
}

/// <summary>
/// Watches the dialogue for what MailKit has no hook for: greeting, STARTTLS, the 354, RSET. It feeds time limits and the phase
/// in reports, both harmless when wrong; whether a dot left is never read from here.
/// </summary>
internal sealed class WireTap : IProtocolLogger
{
    private readonly AnswerMeter _answers = new(AnswerMeter.Smtp);

    /// <summary>The server's first bytes have come.</summary>
    public bool Greeted { get; private set; }

    /// <summary>STARTTLS was sent.</summary>
    public bool StartedTls { get; private set; }

    /// <summary>The server said 354.</summary>
    public Action? BodyInvited { get; set; }

    /// <summary>RSET was sent: the transaction is decided.</summary>
    public Action? ResetSent { get; set; }

    /// <inheritdoc/>
    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <inheritdoc/>
    public void LogConnect(Uri uri)
    {
    }

    /// <inheritdoc/>
    public void LogClient(byte[] buffer, int offset, int count)
    {
        _answers.Spoke();
        var sent = buffer.AsSpan(offset, count);
        if (sent.SequenceEqual("STARTTLS\r\n"u8)) StartedTls = true;
        else if (sent.SequenceEqual("RSET\r\n"u8)) ResetSent?.Invoke();
    }

    /// <inheritdoc/>
    public void LogServer(byte[] buffer, int offset, int count)
    {
        _answers.Heard(count);
        Greeted = true;
        if (buffer.AsSpan(offset, count).StartsWith("354"u8)) BodyInvited?.Invoke();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
