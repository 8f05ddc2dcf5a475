using System.Security.Cryptography.X509Certificates;

namespace EmailTasks.Server.Wire;

/// <summary>How the connection to a mail server is protected.</summary>
public enum WireSecurity
{
    /// <summary>Not at all; only to loopback.</summary>
    None,

    /// <summary>STARTTLS, required: a server without it is refused.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,
}

/// <summary>Everything needed to open a submission session; an IMAP session takes the same.</summary>
public sealed record SmtpSettings
{
    /// <summary>Host name; TLS verifies this name, whatever address it resolves to.</summary>
    public required string Host { get; init; }

    /// <summary>Port; see <see cref="HostGuard.Ports"/>.</summary>
    public required int Port { get; init; }

    /// <summary>How the connection is protected.</summary>
    public required WireSecurity Security { get; init; }

    /// <summary>User name for AUTH; null sends without login.</summary>
    public string? Username { get; init; }

    /// <summary>Password for AUTH, when there is no <see cref="AccessToken"/>.</summary>
    public string? Password { get; init; }

    /// <summary>Gives the OAuth access token for XOAUTH2; see <see cref="OAuthTokens.GetAsync"/>.</summary>
    public Func<CancellationToken, ValueTask<string>>? AccessToken { get; init; }

    /// <summary>The name given in EHLO; null lets the address literal stand (RFC 5321 §4.1.3).</summary>
    public string? LocalDomain { get; init; }

    /// <summary>Allows loopback, private, link-local and metadata addresses and any port.</summary>
    public bool AllowPrivateHosts { get; init; }

    /// <summary>Further roots that a server certificate may chain to, for private certificate authorities. The name must match all the same.</summary>
    public X509Certificate2Collection? ExtraRoots { get; init; }

    /// <summary>Who is asked for the host's addresses; null for the system.</summary>
    public NameLookups? Names { get; init; }

    /// <summary>Time limits.</summary>
    public SmtpTimeouts Timeouts { get; init; } = SmtpTimeouts.Standard;

    /// <summary>The clock for time limits and idleness.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Port} ({Security})";   // never the credentials
}

/// <summary>Time limits per phase: RFC 5321 §4.5.3.2 where it has one.</summary>
/// <param name="Connect">One TCP connection, name look-up included.</param>
/// <param name="Greeting">Greeting, EHLO and the TLS handshake together.</param>
/// <param name="Auth">The login, and the access token before it.</param>
/// <param name="Mail">The answer to MAIL.</param>
/// <param name="Rcpt">The answer to RCPT.</param>
/// <param name="Data">The answer to DATA.</param>
/// <param name="Block">Progress of at least one block of the body.</param>
/// <param name="Dot">The answer to the final dot.</param>
/// <param name="Aside">RSET and NOOP.</param>
/// <param name="Quit">QUIT.</param>
public sealed record SmtpTimeouts(
    TimeSpan Connect, TimeSpan Greeting, TimeSpan Auth, TimeSpan Mail, TimeSpan Rcpt, TimeSpan Data, TimeSpan Block, TimeSpan Dot, TimeSpan Aside, TimeSpan Quit)
{
    /// <summary>The RFC's limits; connecting 30 s, RSET and NOOP 15 s.</summary>
    public static SmtpTimeouts Standard { get; } = new(
        Connect: TimeSpan.FromSeconds(30),
        Greeting: TimeSpan.FromMinutes(5),
        Auth: TimeSpan.FromMinutes(2),
        Mail: TimeSpan.FromMinutes(5),
        Rcpt: TimeSpan.FromMinutes(5),
        Data: TimeSpan.FromMinutes(2),
        Block: TimeSpan.FromMinutes(3),
        Dot: TimeSpan.FromMinutes(10),
        Aside: TimeSpan.FromSeconds(15),
        Quit: TimeSpan.FromSeconds(2));

    /// <summary>For a login somebody waits for: a server that takes longer is said to be slow, and the command line waits 100 s.</summary>
    public static SmtpTimeouts Waited { get; } = Standard with { Connect = TimeSpan.FromSeconds(15), Greeting = TimeSpan.FromSeconds(20), Auth = TimeSpan.FromSeconds(30) };

    /// <summary>The same limit for every phase.</summary>
    public static SmtpTimeouts All(TimeSpan limit) => new(limit, limit, limit, limit, limit, limit, limit, limit, limit, limit);
}
