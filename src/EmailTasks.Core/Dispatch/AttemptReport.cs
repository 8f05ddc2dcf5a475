namespace EmailTasks.Core.Dispatch;

/// <summary>Where the SMTP conversation stood when it ended, in the order it is spoken (RFC 5321 §3).</summary>
public enum SmtpPhase
{
    /// <summary>Name look-up and TCP connection.</summary>
    Connect,

    /// <summary>The server's greeting and the answer to EHLO.</summary>
    Greeting,

    /// <summary>STARTTLS or TLS from the first byte, up to the end of the handshake.</summary>
    Tls,

    /// <summary>AUTH, and fetching an access token for it.</summary>
    Auth,

    /// <summary>An open, authenticated session that has not begun a transaction.</summary>
    Ready,

    /// <summary>MAIL FROM was sent.</summary>
    Mail,

    /// <summary>RCPT TO was sent.</summary>
    Rcpt,

    /// <summary>DATA was sent, 354 has not come.</summary>
    Data,

    /// <summary>The message is on its way, the gate is still closed.</summary>
    Body,

    /// <summary>The gate was opened: the final dot may have left.</summary>
    Dot,
}

/// <summary>How the conversation ended.</summary>
public enum SmtpEnding
{
    /// <summary>The server answered; the code says what.</summary>
    Reply,

    /// <summary>Our own time limit for this phase passed.</summary>
    Timeout,

    /// <summary>The connection broke, or what came was not SMTP.</summary>
    Lost,

    /// <summary>The gate before the final dot did not open: paused, cancelled or cut off.</summary>
    GateRefused,

    /// <summary>The mail is larger than the server's SIZE; checked by us before MAIL.</summary>
    TooLarge,

    /// <summary>The address has a non-ASCII local part and the server has no SMTPUTF8 (RFC 6531); checked by us.</summary>
    NeedsSmtpUtf8,

    /// <summary>STARTTLS is missing, or the handshake or the certificate failed.</summary>
    TlsFailed,

    /// <summary>The server offers no login method that we speak.</summary>
    AuthUnsupported,

    /// <summary>Connection refused, unreachable, or the name does not resolve.</summary>
    Refused,

    /// <summary>Aborted by us before the gate.</summary>
    Cancelled,

    /// <summary>The provider refused the OAuth refresh token.</summary>
    TokenRefused,

    /// <summary>Host, port or security is not allowed here; no packet was sent.</summary>
    NotAllowed,

    /// <summary>The address or the message cannot be written as SMTP; nothing was said to the server.</summary>
    Unsendable,
}

/// <summary>What is known about one attempt (or one failed opening of a session). Facts only; <see cref="SmtpVerdicts"/> judges.</summary>
/// <param name="Phase">Where the conversation stood.</param>
/// <param name="Dotted">Whether the gate had opened, so that the final dot may have left.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Code">The three-digit reply code, for <see cref="SmtpEnding.Reply"/>.</param>
/// <param name="Enhanced">The enhanced status code (RFC 3463), such as <c>5.7.26</c>, where the reply has one.</param>
/// <param name="Text">The reply's words without control characters, at most 500 characters. Untrusted.</param>
public sealed record AttemptReport(SmtpPhase Phase, bool Dotted, SmtpEnding Ending, int? Code, string? Enhanced, string? Text)
{
    /// <summary>
    /// Whether the session is still in a state both sides agree on: a clean reply inside a transaction, or nothing said at all.
    /// After anything else the connection must be discarded.
    /// </summary>
    public bool LeavesSessionDefined => Ending switch
    {
        SmtpEnding.Reply => Phase > SmtpPhase.Ready && (Code is >= 400 and < 600 and not 421 || (Dotted && Code is >= 200 and < 300)),
        SmtpEnding.TooLarge or SmtpEnding.NeedsSmtpUtf8 or SmtpEnding.Unsendable or SmtpEnding.GateRefused or SmtpEnding.Cancelled
            => Phase == SmtpPhase.Ready && !Dotted,
        SmtpEnding.Timeout or SmtpEnding.Lost or SmtpEnding.TlsFailed or SmtpEnding.AuthUnsupported or SmtpEnding.Refused
            or SmtpEnding.TokenRefused or SmtpEnding.NotAllowed => false,
    };
}
