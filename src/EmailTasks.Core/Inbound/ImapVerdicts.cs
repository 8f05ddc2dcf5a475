using EmailTasks.Core.Dispatch;

namespace EmailTasks.Core.Inbound;

/// <summary>Why replies cannot be read, in our words.</summary>
/// <param name="Code">A stable word for programs.</param>
/// <param name="Problem">One sentence.</param>
/// <param name="Fix">What to do.</param>
public sealed record InboundProblem(string Code, string Problem, string Fix);

/// <summary>
/// From a failed IMAP login to words. IMAP has no reply codes: providers tell apart by response code and text, so the words
/// they use are looked for, the most telling first; the last line of each ending holds always.
/// </summary>
public static class ImapVerdicts
{
    private const string ConnectOAuth = "Connect the mailbox with OAuth";

    private static readonly (string Words, InboundProblem Problem)[] Refusals =
    [
        ("application-specific password|app password|app-specific password|invalidsecondfactor", new("auth_app_password",
            "The provider wants an app password for this mailbox, not the normal password.", $"Create an app password in the account's security settings and give it, or {Lower(ConnectOAuth)}.")),
        ("web login required|via your web browser|log in via a browser|webloginrequired", new("auth_web_login",
            "The provider wants a person to sign in with a browser before it accepts this login.", "Sign in to the mailbox with a browser, confirm that it was you, then run the check again.")),
        ("not enabled for imap|imap access is disabled|imap is disabled|imap4 is disabled|imap service is disabled|imap access disabled", new("imap_off",
            "IMAP is switched off for this mailbox.", "Switch IMAP on in the mailbox's settings; in Google Workspace and Microsoft 365 the administrator may have to allow it.")),
        ("basicauthblocked|basic authentication is disabled|logondenied-basicauth|basic auth", new("auth_basic_off",
            "Microsoft has switched off password login over IMAP.", $"{ConnectOAuth}; passwords are not taken any more.")),
        ("disabled by your administrator|domain policy|disabled for your domain|not enabled for your", new("auth_policy",
            "A policy of the organisation forbids this login.", $"Ask the administrator of the mail domain to allow IMAP for this mailbox, or {Lower(ConnectOAuth)}.")),
        ("authenticated but not connected", new("not_connected",
            "The login is right, but the provider does not open this mailbox over IMAP.", "Ask the administrator whether the mailbox has a licence and IMAP is allowed for it.")),
        ("too many simultaneous|too many connections|maximum number of connections", new("connection_limit",
            "The mail server takes no more connections to this mailbox at the moment.", "Close other mail programs that read it, then run the check again.")),
        ("[unavailable]|[inuse]|[serverbug]|temporary authentication failure|try again later|system error|internal error|backend error", new("auth_temporary",
            "The mail server cannot check logins at the moment.", "Run the check again later.")),
        ("[expired]|password expired|password has expired", new("auth_expired",
            "The password of this mailbox has expired.", "Set a new password at the provider and give it with `mailbox update`.")),
        ("[privacyrequired]", new("privacy_required",
            "The mail server takes no login without encryption.", "Use tls on port 993, or starttls on port 143.")),
    ];

    /// <summary>Judges one failed login; never throws, and never repeats what the server said.</summary>
    /// <param name="phase">How far it came.</param>
    /// <param name="ending">How it ended.</param>
    /// <param name="text">What the server said, with its response code in brackets. Untrusted.</param>
    public static InboundProblem Judge(SmtpPhase phase, SmtpEnding ending, string? text) => ending switch
    {
        SmtpEnding.NotAllowed => new("host_not_allowed", "This mail server address, port or unencrypted connection is not allowed on this server.", "Use a public IMAP server on port 993 with tls, or start the server with --allow-private-hosts."),
        SmtpEnding.Refused => new("connect_refused", "The IMAP server cannot be reached: its name does not resolve or it refuses connections.", "Check host and port of inbound; most providers have 993 with tls."),
        SmtpEnding.TlsFailed => new("tls_failed", "No safe (TLS) connection to the IMAP server could be made.", "Check that the host name is the one on the server's certificate and that security matches the port: 993 tls, 143 starttls."),
        SmtpEnding.TokenRefused => new("oauth_refused", "The mail provider no longer accepts the stored sign-in (OAuth refresh token), or it does not cover reading mail.", "Connect the mailbox again, and allow reading mail (IMAP) when the provider asks."),
        SmtpEnding.AuthUnsupported => new("auth_unsupported", "The IMAP server offers no way to log in that is supported here.", "Check host, port and security of inbound; a server without encryption often offers none."),
        SmtpEnding.Timeout => new("connect_timeout", "The IMAP server did not answer in time.", "Check host, port and firewall, then run the check again."),
        SmtpEnding.Reply when phase == SmtpPhase.Auth => Refusals.FirstOrDefault(r => Says(text, r.Words)).Problem
            ?? new("auth_failed", "The IMAP server refused the user name or password.", "Give the right ones with `mailbox update`; Gmail needs an app password or OAuth."),
        SmtpEnding.Reply when phase > SmtpPhase.Auth => new("inbox_closed", "The login works, but the inbox cannot be opened.", "Ask the provider or administrator whether this mailbox may be read over IMAP."),
        SmtpEnding.Reply or SmtpEnding.Lost or SmtpEnding.GateRefused or SmtpEnding.TooLarge or SmtpEnding.NeedsSmtpUtf8 or SmtpEnding.Unsendable or SmtpEnding.Cancelled =>
            new("connection_lost", "The IMAP server closed the connection, or what answers there does not speak IMAP.", "Check host, port and security of inbound: 993 tls, 143 starttls."),
    };

    private static bool Says(string? text, string words) => text is not null && words.Split('|').Any(w => text.Contains(w, StringComparison.OrdinalIgnoreCase));

    private static string Lower(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];
}
