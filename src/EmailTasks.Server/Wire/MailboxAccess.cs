using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Wire;

/// <summary>What a login before saving came to.</summary>
public sealed record LoginResult(Refusal? Refusal);

/// <summary>Opens what a mailbox row describes: its SMTP server, or its folder.</summary>
public sealed class MailboxAccess(Keyring keys, TimeProvider time, string dataFolder, bool allowPrivateHosts, Uri? tokenEndpoint = null) : IDisposable
{
    private readonly HttpClient _http = OAuthTokens.NewClient();
    private readonly ConcurrentDictionary<(string Mailbox, long Version), OAuthTokens> _tokens = new();

    /// <summary>Time limits; shorter in tests.</summary>
    public SmtpTimeouts Timeouts { get; init; } = SmtpTimeouts.Standard;

    /// <summary>Told when a provider replaced a refresh token: mailbox and its secrets, sealed again. The old token may stop working at once.</summary>
    public Action<string, long, byte[]>? SecretReplaced { get; set; }

    /// <summary>Where a pickup mailbox writes.</summary>
    public string Folder(MailboxRow mailbox) => Path.Combine(Root(mailbox), mailbox.Path!);

    /// <summary>What can be said against a mailbox without asking anybody: hosts, ports, security.</summary>
    public async Task<Refusal?> Problem(MailboxRow mailbox, CancellationToken ct)
    {
        if (Setting(mailbox) is { } smtp && await Problem("$.smtp", smtp.Host, smtp.Port, smtp.Security, "465, 587, 2525 or 25", ct) is { } refused) return refused;
        var inbound = mailbox.Inbound is null ? null : JsonSerializer.Deserialize(mailbox.Inbound, StoredJson.Default.InboundSetting);
        return inbound is { Kind: "imap", Host: { } host, Port: { } port, Security: { } security } ? await Problem("$.inbound", host, port, security, "993 or 143", ct) : null;
    }

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

    /// <summary>Logs in once, and turns a refusal into words.</summary>
    public async Task<LoginResult> LogIn(MailboxRow mailbox, CancellationToken ct)
    {
        var (session, failure) = await OpenAsync(mailbox, ct);
        if (session is not null)
        {
            await session.DisposeAsync();
            return new LoginResult(null);
        }
        var verdict = SmtpVerdicts.Judge(failure!);
        var code = ErrorCodes.Upstream + (failure!.Code?.ToString() ?? verdict.Reason.ToUpperInvariant());
        var path = failure.Phase == SmtpPhase.Auth ? "$.smtp.password" : "$.smtp.host";
        return new LoginResult(new Refusal(code, verdict.Problem) { Problems = [new(path, verdict.Reason, verdict.Problem, verdict.Fix)], Action = new("fix", null, verdict.Fix) });
    }

    /// <summary>A session, or the report of why there is none.</summary>
    public async Task<(IMailSession? Session, AttemptReport? Failure)> OpenAsync(MailboxRow mailbox, CancellationToken ct)
    {
        if (mailbox.Kind == "pickup") return OpenFolder(mailbox);
        var opening = await SmtpSession.OpenAsync(Settings(mailbox), ct);
        // A provider may revoke an access token before its time: the next try asks for a fresh one.
        if (opening.Failure is { Phase: SmtpPhase.Auth } && _tokens.TryGetValue((mailbox.Id, mailbox.Version), out var tokens)) tokens.Invalidate();
        return (opening.Session, opening.Failure);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tokens in _tokens.Values) tokens.Dispose();
        _http.Dispose();
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

    private SmtpSettings Settings(MailboxRow mailbox)
    {
        var smtp = Setting(mailbox)!;
        var secret = mailbox.Secret is null ? null : JsonSerializer.Deserialize(keys.Open(mailbox.Id, mailbox.Secret), StoredJson.Default.SecretSetting);
        return new SmtpSettings
        {
            Host = smtp.Host, Port = smtp.Port, AllowPrivateHosts = allowPrivateHosts, Time = time, Timeouts = Timeouts,
            Security = smtp.Security switch { "none" => WireSecurity.None, "starttls" => WireSecurity.StartTls, _ => WireSecurity.Tls },
            Username = smtp.Login == "none" ? null : smtp.Username,
            Password = secret?.Password,
            AccessToken = smtp.Login == "oauth" ? Tokens(mailbox, smtp, secret!).GetAsync : null,
        };
    }

    private OAuthTokens Tokens(MailboxRow mailbox, SmtpSetting smtp, SecretSetting secret) => _tokens.GetOrAdd((mailbox.Id, mailbox.Version), _ => new OAuthTokens(
        _http, new OAuthSettings(smtp.Provider == "google" ? OAuthProvider.Google : OAuthProvider.Microsoft, smtp.ClientId!, secret.ClientSecret, secret.RefreshToken!, tokenEndpoint), time)
    {
        RefreshTokenReplaced = token => SecretReplaced?.Invoke(
            mailbox.Id, mailbox.Version, keys.Seal(mailbox.Id, JsonSerializer.SerializeToUtf8Bytes(secret with { RefreshToken = token }, StoredJson.Default.SecretSetting))),
    });
}
