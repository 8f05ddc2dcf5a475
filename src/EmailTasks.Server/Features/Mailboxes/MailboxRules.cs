using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Mailboxes;

/// <summary>What a mailbox's settings must be, beyond their shape.</summary>
internal static class MailboxRules
{
    /// <summary>What Google lets a consumer account and a Workspace account send in 24 hours.</summary>
    private const int GmailPerDay = 500;
    private const int WorkspacePerDay = 2_000;

    /// <summary>Sessions at once unless told: most submission servers take a few.</summary>
    private const int DefaultConnections = 4;

    /// <summary>All that is wrong with a new mailbox.</summary>
    public static List<Problem> Problems(ConnectMailbox m)
    {
        var problems = new List<Problem>();
        void Need(bool ok, string path, string problem, string fix)
        {
            if (!ok) problems.Add(new(path, "kind", problem, fix));
        }
        Need(m.Kind != "enterprise" || m.Smtp is not null, "$.smtp", "An enterprise mailbox needs smtp.", "Give host, port and security.");
        Need(m.Kind == "enterprise" || m.Smtp is null, "$.smtp", $"A {m.Kind} mailbox takes no smtp.", "Leave it out.");
        Need(m.Kind == "gmail" || (m.Password is null && m.Oauth is null), m.Password is null ? "$.oauth" : "$.password", $"A {m.Kind} mailbox takes no top-level login.", "Put the login into smtp.");
        Need(m.Kind != "gmail" || (m.Password is null) != (m.Oauth is null), "$.password", "A gmail mailbox needs an app password or oauth.", "Give one of them.");
        Need((m.Kind == "pickup") == (m.Path is not null), "$.path", m.Kind == "pickup" ? "A pickup mailbox needs a path." : $"A {m.Kind} mailbox takes no path.", m.Kind == "pickup" ? "Give a folder name, e.g. outbox." : "Leave it out.");
        if (m.Path is { } path) PathProblem(path, "$.path", problems);
        Common(m.Kind, m.Address, m.Smtp, m.Inbound, m.Limits, problems);
        return problems;
    }

    /// <summary>All that is wrong with an update.</summary>
    public static List<Problem> Problems(MailboxRow present, UpdateMailbox m)
    {
        var problems = new List<Problem>();
        if (present.Kind != "enterprise" && m.Smtp is not null) problems.Add(new("$.smtp", "kind", $"A {present.Kind} mailbox takes no smtp.", "Leave it out."));
        if (present.Kind != "gmail" && (m.Password is not null || m.Oauth is not null))
            problems.Add(new(m.Password is null ? "$.oauth" : "$.password", "kind", $"A {present.Kind} mailbox takes no top-level login.", "Give smtp whole, with its secret."));
        if (present.Kind == "gmail" && m.Password is not null && m.Oauth is not null) problems.Add(new("$.password", "exclusive", "An app password and oauth don't go together.", "Keep one of them."));
        var smtp = present.Smtp is null ? null : JsonSerializer.Deserialize(present.Smtp, StoredJson.Default.SmtpSetting);
        if (m.Smtp is { Password: null, Oauth: null } && smtp is { Login: not "none" })
            problems.Add(new("$.smtp.password", "secret_needed", "Another server, port, security or user needs the secret again.", "Give smtp.password or smtp.oauth."));
        Common(present.Kind, present.Address, m.Smtp, m.Inbound.Value, m.Limits.Value, problems);
        return problems;
    }

    /// <summary>Limits with the presets of the kind. A ramp begins now, unless it is the one that runs already.</summary>
    public static PaceLimits Limits(string kind, LimitsInput? given, WarmUp? present, long now)
    {
        var limits = kind == "gmail"
            ? new PaceLimits(given?.PerMinute ?? 10, given?.PerHour ?? 60, given?.PerDay ?? 200, given?.Connections ?? 1)
            : new PaceLimits(given?.PerMinute, given?.PerHour, given?.PerDay, given?.Connections ?? DefaultConnections);
        var ramp = given?.WarmUp.Value is { } w ? new WarmUp(w.Start, w.Step, w.Ceiling, now) : null;
        return limits with
        {
            WarmUp = ramp is not null && present == ramp with { Since = present?.Since ?? now } ? present : ramp,
            Spacing = given?.Spacing.Value is { } s ? new Spacing(s.MinSeconds, s.MaxSeconds) : null,
        };
    }

    private static void Common(string kind, string address, SmtpInput? smtp, InboundInput? inbound, LimitsInput? limits, List<Problem> problems)
    {
        var most = address.EndsWith("@gmail.com", StringComparison.OrdinalIgnoreCase) ? GmailPerDay : WorkspacePerDay;
        if (kind == "gmail" && limits?.PerDay > most) problems.Add(new("$.limits.per_day", "too_large", $"Google lets this account send {most} a day.", $"Give {most} or less."));
        if (limits?.WarmUp.Value is { } ramp && ramp.Ceiling < ramp.Start) problems.Add(new("$.limits.warm_up.ceiling", "too_small", "The ramp ends below its start.", $"Give {ramp.Start} or more."));
        if (limits?.Spacing.Value is { } spacing && spacing.MaxSeconds < spacing.MinSeconds)
            problems.Add(new("$.limits.spacing.max_seconds", "too_small", "The longest pause is shorter than the least.", $"Give {spacing.MinSeconds} or more."));
        if (smtp is { Password: not null, Oauth: not null }) problems.Add(new("$.smtp.password", "exclusive", "A password and oauth don't go together.", "Keep one of them."));
        if (inbound is not null && inbound.Kind == "imap" && (inbound.Host is null || inbound.Port is null || inbound.Security is null))
            problems.Add(new("$.inbound", "missing", "IMAP needs host, port and security.", "Give them."));
        if (inbound is { Kind: "maildir", Path: null }) problems.Add(new("$.inbound.path", "missing", "A maildir needs a path.", "Give a folder below the account's files folder."));
        if (inbound?.Path is { } path) PathProblem(path, "$.inbound.path", problems);
    }

    /// <summary>Relative, plain, below the account's folder: a path from a body must not reach anything else.</summary>
    private static void PathProblem(string path, string at, List<Problem> problems)
    {
        var parts = path.Split('/');
        var plain = parts.All(p => p.Length > 0 && p[0] != '.' && p.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
        if (!plain) problems.Add(new(at, "bad_path", "The path must be relative, of letters, digits, -, _ and ., without .. or hidden parts.", "Write a folder name, e.g. outbox."));
    }
}

/// <summary>Settings as they are stored.</summary>
internal static class MailboxSettings
{
    /// <summary>The SMTP server and the secrets for it; both null for pickup.</summary>
    public static (SmtpSetting? Smtp, SecretSetting? Secret) Smtp(string kind, string address, SmtpInput? smtp, string? password, OAuthInput? oauth)
    {
        if (kind == "pickup") return (null, null);
        smtp ??= new SmtpInput("smtp.gmail.com", 587, "starttls", address, password, oauth);
        var login = smtp.Oauth is not null ? "oauth" : smtp.Password is not null ? "password" : "none";
        var setting = new SmtpSetting(smtp.Host, smtp.Port, smtp.Security, smtp.Username ?? address, login, smtp.Oauth?.Provider, smtp.Oauth?.ClientId);
        return (setting, login == "none" ? null : new SecretSetting(smtp.Password, smtp.Oauth?.ClientSecret, smtp.Oauth?.RefreshToken));
    }

    public static InboundSetting? Inbound(InboundInput? i) => i is null or { Kind: "none" } ? null : new InboundSetting(i.Kind, i.Host, i.Port, i.Security, i.Username, i.Path, i.AuthservId);

    public static string? Window(WindowInput? w) => w is null ? null : JsonSerializer.Serialize(new WindowSetting(w.Days, w.From, w.To, w.Zone), StoredJson.Default.WindowSetting);

    /// <summary>The row with its owner and times.</summary>
    public static MailboxRow With(this MailboxRow m, string owner, long now) => new()
    {
        Id = m.Id, Account = m.Account, Kind = m.Kind, Address = m.Address, AddressKey = m.AddressKey, DisplayName = m.DisplayName, OwnerUid = owner, Path = m.Path, Smtp = m.Smtp, Secret = m.Secret,
        Inbound = m.Inbound, InboundSecret = m.InboundSecret, PerMinute = m.PerMinute, PerHour = m.PerHour, PerDay = m.PerDay, Connections = m.Connections,
        WarmUpStart = m.WarmUpStart, WarmUpStep = m.WarmUpStep, WarmUpCeiling = m.WarmUpCeiling, WarmUpSince = m.WarmUpSince, SpacingMin = m.SpacingMin, SpacingMax = m.SpacingMax,
        SendWindow = m.SendWindow, DkimSelector = m.DkimSelector, Health = m.Health, Version = m.Version, CreatedAt = m.CreatedAt == 0 ? now : m.CreatedAt, UpdatedAt = now,
    };
}
