using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Dns;
using EmailTasks.Core.Inbound;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Wire;

/// <summary>A login that failed: how far it came, the server's reply code if there was one, and what it means.</summary>
public sealed record SmtpTrouble(SmtpPhase Phase, int? Code, SmtpVerdict Verdict);

/// <summary>What a look at a mailbox's mail found.</summary>
/// <param name="Problem">What stands against reading it; null when nothing does.</param>
/// <param name="Selectors">The DKIM selectors of its own mails; null where nobody could look.</param>
/// <param name="AuthservId">The name its server gives Authentication-Results; null where that is not plain.</param>
public sealed record InboundLook(InboundProblem? Problem, IReadOnlyList<DkimSelector>? Selectors, string? AuthservId);

/// <summary>Opens what a mailbox row describes: its SMTP server, or its folder, and what reads its replies.</summary>
public sealed class MailboxAccess(Keyring keys, TimeProvider time, string dataFolder, bool allowPrivateHosts, Uri? tokenEndpoint = null) : IDisposable
{
    /// <summary>IMAP servers that belong to a submission server: the login of one is the login of the other.</summary>
    private static readonly (string Smtp, string Imap)[] OneLogin = [("smtp.gmail.com", "imap.gmail.com"), ("smtp.office365.com", "outlook.office365.com")];

    /// <summary>As a server answers who gives no right password: the mailbox pauses, and says what to do.</summary>
    private static readonly AttemptReport NoSecret = new(SmtpPhase.Auth, false, SmtpEnding.Reply, 535, null, null);

    private readonly HttpClient _http = OAuthTokens.NewClient();
    private readonly ConcurrentDictionary<(string Mailbox, long Version, bool ForReading), OAuthTokens> _tokens = new();

    /// <summary>Time limits; shorter in tests.</summary>
    public SmtpTimeouts Timeouts { get; init; } = SmtpTimeouts.Standard;

    /// <summary>Time limits of a login that somebody waits for.</summary>
    public SmtpTimeouts Waited { get; init; } = SmtpTimeouts.Waited;

    /// <summary>Who is asked about names.</summary>
    public NameLookups Names { get; init; } = new(null);

    /// <summary>Further roots that a server certificate may chain to; for tests.</summary>
    public X509Certificate2Collection? ExtraRoots { get; init; }

    /// <summary>Told when a provider replaced a refresh token: mailbox and its secrets, sealed again. The old token may stop working at once.</summary>
    public Action<string, long, byte[]>? SecretReplaced { get; set; }

    /// <summary>Where a pickup mailbox writes.</summary>
    public string Folder(MailboxRow mailbox) => Path.Combine(Root(mailbox), mailbox.Path!);

    /// <summary>What can be said against a mailbox without asking anybody: hosts, ports, security.</summary>
    public async Task<Refusal?> Problem(MailboxRow mailbox, CancellationToken ct)
    {
        if (Setting(mailbox) is { } smtp && await Problem("$.smtp", smtp.Host, smtp.Port, smtp.Security, "465, 587, 2525 or 25", ct) is { } refused) return refused;
        return Inbound(mailbox) is { Kind: "imap", Host: { } host, Port: { } port, Security: { } security } ? await Problem("$.inbound", host, port, security, "993 or 143", ct) : null;
    }

    /// <summary>The SMTP server's name, or null for files.</summary>
    public static string? SmtpHost(MailboxRow mailbox) => Setting(mailbox)?.Host;

    /// <summary>Logs in once while somebody waits: what the server said, judged, or null when it works.</summary>
    /// <param name="stored">False for settings that are tried before they are saved: nothing of them is remembered.</param>
    public async Task<SmtpTrouble?> TrySmtp(MailboxRow mailbox, bool stored, CancellationToken ct)
    {
        var (session, failure) = await OpenAsync(mailbox, Waited, stored, ct);
        if (session is null) return new SmtpTrouble(failure!.Phase, failure.Code, SmtpVerdicts.Judge(failure));
        await session.DisposeAsync();
        return null;
    }

    /// <summary>Looks once whether replies can be read; null when they can.</summary>
    /// <param name="stored">False for settings that are tried before they are saved: a maildir that is not there is made.</param>
    public Task<InboundProblem?> TryInbound(MailboxRow mailbox, bool stored, CancellationToken ct) => TryInbound(mailbox, stored, null, ct);

    /// <summary>The same for a stored mailbox; where it is read over IMAP, its own mails are also asked which DKIM selector signs them, and all of them under which name senders are judged.</summary>
    public async Task<InboundLook> LookInbound(MailboxRow mailbox, EmailAddress sender, CancellationToken ct)
    {
        (IReadOnlyList<DkimSelector>? Selectors, string? AuthservId) seen = (null, null);
        var problem = await TryInbound(mailbox, stored: true, async (client, settings) => seen = await SentSignatures.ReadAsync(client, settings, sender, ct), ct);
        return new InboundLook(problem, seen.Selectors, seen.AuthservId);
    }

    /// <summary>Logs in to the IMAP server and reads for as long as <paramref name="read"/> does; what ended it, or null when nothing did.</summary>
    public Task<InboundProblem?> ReadImap(MailboxRow mailbox, Func<WireImapClient, SmtpSettings, Task> read, CancellationToken ct) => TryInbound(mailbox, stored: true, read, ct);

    /// <summary>The maildir it is read from, or null when it is read over IMAP.</summary>
    public string? MaildirOf(MailboxRow mailbox) => Inbound(mailbox) is { Kind: "maildir", Path: { } path } ? Path.Combine(Root(mailbox), path) : null;

    /// <summary>A session, or the report of why there is none.</summary>
    public Task<(IMailSession? Session, AttemptReport? Failure)> OpenAsync(MailboxRow mailbox, CancellationToken ct) => OpenAsync(mailbox, Timeouts, stored: true, ct);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tokens in _tokens.Values) tokens.Dispose();
        _http.Dispose();
    }

    private async Task<InboundProblem?> TryInbound(MailboxRow mailbox, bool stored, Func<WireImapClient, SmtpSettings, Task>? look, CancellationToken ct) => Inbound(mailbox) switch
    {
        null => new("not_read", "Nobody reads this mailbox's replies and bounces.", "Give inbound (IMAP or a maildir) with `mailbox update`."),
        { Kind: "maildir" } maildir => MaildirFolder.Problem(Root(mailbox), Path.Combine(Root(mailbox), maildir.Path!), create: !stored),
        var imap when Login(mailbox, imap, stored) is { } settings => await ImapLogin.TryAsync(settings, ct, look is null ? null : client => look(client, settings)),
        _ => new("no_login", "There is no password to log in to the IMAP server with.", "Give inbound whole, with its password, with `mailbox update`."),
    };

    private async Task<Refusal?> Problem(string at, string host, int port, string security, string ports, CancellationToken ct)
    {
        if (!allowPrivateHosts && !HostGuard.Ports.Contains(port))
            return Refusal.Invalid($"{at}.port", "port", $"Port {port} is not a mail port.", $"Use {ports}; others only with serve --allow-private-hosts.");
        var loopback = host == "localhost";
        if (IPAddress.TryParse(host, out var address))
        {
            var check = await HostGuard.ResolveAsync(host, port, allowPrivateHosts, ct);
            if (check.Refusal is { } refused) return Refusal.Invalid($"{at}.host", "host", refused, "Name your provider's mail server.");
            loopback = IPAddress.IsLoopback(address);
        }
        return security == "none" && !loopback
            ? Refusal.Invalid($"{at}.security", "security", "Without encryption only to this machine itself.", "Use starttls or tls.")
            : null;
    }

    private async Task<(IMailSession? Session, AttemptReport? Failure)> OpenAsync(MailboxRow mailbox, SmtpTimeouts timeouts, bool stored, CancellationToken ct)
    {
        if (mailbox.Kind == "pickup") return OpenFolder(mailbox);
        if (Setting(mailbox) is { Login: not "none" } && Secret(mailbox) is null) return (null, NoSecret);
        var opening = await SmtpSession.OpenAsync(Settings(mailbox, stored) with { Timeouts = timeouts }, ct);
        // A provider may revoke an access token before its time: the next try asks for a fresh one.
        if (opening.Failure is { Phase: SmtpPhase.Auth } && _tokens.TryGetValue((mailbox.Id, mailbox.Version, false), out var tokens)) tokens.Invalidate();
        return (opening.Session, opening.Failure);
    }

    private string Root(MailboxRow mailbox) => Path.Combine(dataFolder, "files", mailbox.Account);

    private (IMailSession? Session, AttemptReport? Failure) OpenFolder(MailboxRow mailbox)
    {
        try
        {
            if (PickupSession.Prepare(Root(mailbox), Folder(mailbox)) is null) return (new PickupSession(Folder(mailbox), time), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Reported below: the folder can't be written.
        }
        return (null, new AttemptReport(SmtpPhase.Connect, false, SmtpEnding.Refused, null, null, null));
    }

    private static SmtpSetting? Setting(MailboxRow mailbox) =>
        mailbox.Smtp is null ? null : JsonSerializer.Deserialize(mailbox.Smtp, StoredJson.Default.SmtpSetting);

    private static InboundSetting? Inbound(MailboxRow mailbox) =>
        mailbox.Inbound is null ? null : JsonSerializer.Deserialize(mailbox.Inbound, StoredJson.Default.InboundSetting);

    /// <summary>Its secrets; null when there are none for this server and user. Without them nobody is spoken to.</summary>
    private SecretSetting? Secret(MailboxRow mailbox) =>
        mailbox.Secret is { } secret && Setting(mailbox) is { } smtp && Opened(SecretPlace.Of(mailbox.Id, smtp), secret) is { } open ? JsonSerializer.Deserialize(open, StoredJson.Default.SecretSetting) : null;

    private byte[]? Opened(SecretPlace place, byte[] secret)
    {
        try
        {
            return keys.Open(place, secret);
        }
        catch (CryptographicException)
        {
            return null; // the row names another server or user than it was sealed for
        }
    }

    private SmtpSettings Settings(MailboxRow mailbox, bool stored)
    {
        var smtp = Setting(mailbox)!;
        var secret = Secret(mailbox);
        return Server(smtp.Host, smtp.Port, smtp.Security) with
        {
            Username = smtp.Login == "none" ? null : smtp.Username,
            Password = secret?.Password,
            AccessToken = smtp.Login == "oauth" ? Tokens(mailbox, smtp, secret!, forReading: false, stored).GetAsync : null,
        };
    }

    /// <summary>
    /// How IMAP logs in: with its own password, else with the login of SMTP, but only at the server that login belongs to:
    /// naming another IMAP server must not carry the stored secret there.
    /// </summary>
    private SmtpSettings? Login(MailboxRow mailbox, InboundSetting imap, bool stored)
    {
        var smtp = Setting(mailbox);
        var settings = Server(imap.Host!, imap.Port!.Value, imap.Security!) with { Username = imap.Username ?? smtp?.Username ?? mailbox.Address };
        if (mailbox.InboundSecret is { } own) return Opened(SecretPlace.Of(mailbox.Id, imap), own) is { } password ? settings with { Password = Encoding.UTF8.GetString(password) } : null;
        if (smtp is null or { Login: "none" } || !IsOneLogin(smtp, imap) || Secret(mailbox) is not { } secret) return null;
        return smtp.Login == "oauth" ? settings with { AccessToken = Tokens(mailbox, smtp, secret, forReading: true, stored).GetAsync } : settings with { Password = secret.Password };
    }

    private static bool IsOneLogin(SmtpSetting smtp, InboundSetting imap) =>
        (smtp.Security == "none" || imap.Security != "none")
        && (smtp.Host.Equals(imap.Host, StringComparison.OrdinalIgnoreCase)
            || Array.Exists(OneLogin, p => p.Smtp.Equals(smtp.Host, StringComparison.OrdinalIgnoreCase) && p.Imap.Equals(imap.Host, StringComparison.OrdinalIgnoreCase)));

    private SmtpSettings Server(string host, int port, string security) => new()
    {
        Host = host, Port = port, AllowPrivateHosts = allowPrivateHosts, Time = time, Timeouts = Waited, ExtraRoots = ExtraRoots, Names = Names.IsOwn ? Names : null,
        Security = security switch { "none" => WireSecurity.None, "starttls" => WireSecurity.StartTls, _ => WireSecurity.Tls },
    };

    private OAuthTokens Tokens(MailboxRow mailbox, SmtpSetting smtp, SecretSetting secret, bool forReading, bool stored) =>
        stored ? _tokens.GetOrAdd((mailbox.Id, mailbox.Version, forReading), _ => NewTokens(mailbox, smtp, secret, forReading)) : NewTokens(mailbox, smtp, secret, forReading);

    private OAuthTokens NewTokens(MailboxRow mailbox, SmtpSetting smtp, SecretSetting secret, bool forReading) => new(
        _http, new OAuthSettings(smtp.Provider == "google" ? OAuthProvider.Google : OAuthProvider.Microsoft, smtp.ClientId!, secret.ClientSecret, secret.RefreshToken!, tokenEndpoint, forReading), time)
    {
        RefreshTokenReplaced = token => SecretReplaced?.Invoke(
            mailbox.Id, mailbox.Version, keys.Seal(SecretPlace.Of(mailbox.Id, smtp), JsonSerializer.SerializeToUtf8Bytes(secret with { RefreshToken = token }, StoredJson.Default.SecretSetting))),
    };
}
