using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

public sealed record OAuthInput(
    [property: Wire("", Values = ["google", "microsoft"])] string Provider,
    [property: Wire("", Min = 1, Max = 300, SingleLine = true)] string ClientId,
    [property: Wire("", Min = 1, Max = 2000, SingleLine = true, Secret = true)] string ClientSecret,
    [property: Wire("", Min = 1, Max = 4000, SingleLine = true, Secret = true)] string RefreshToken);

public sealed record SmtpInput(
    [property: Wire("", Min = 1, Max = 253, SingleLine = true)] string Host,
    [property: Wire("25, 465, 587 or 2525; others only with --allow-private-hosts.", Min = 1, Max = 65535)] int Port,
    [property: Wire("none: only to loopback.", Values = ["starttls", "tls", "none"])] string Security,
    [property: Wire("The address unless told.", Min = 1, Max = 254, SingleLine = true)] string? Username,
    [property: Wire("Or oauth.", Min = 1, Max = 1000, SingleLine = true, Secret = true)] string? Password,
    [property: Wire("")] OAuthInput? Oauth);

public sealed record InboundInput(
    [property: Wire("How replies and bounces are read.", Values = ["imap", "maildir", "none"])] string Kind,
    [property: Wire("IMAP server name.", Min = 1, Max = 253, SingleLine = true)] string? Host,
    [property: Wire("IMAP port: 143 or 993.", Min = 1, Max = 65535)] int? Port,
    [property: Wire("tls, starttls or none (only to loopback).", Values = ["starttls", "tls", "none"])] string? Security,
    [property: Wire("Login name.", Min = 1, Max = 254, SingleLine = true)] string? Username,
    [property: Wire("Or oauth.", Min = 1, Max = 1000, SingleLine = true, Secret = true)] string? Password,
    [property: Wire("For maildir: a folder below the account's files folder.", Min = 1, Max = 200, SingleLine = true)] string? Path,
    [property: Wire("The name your mail server signs Authentication-Results with (RFC 8601); learnt unless told. Without one nobody's sender authentication is believed.", Min = 1, Max = 253, SingleLine = true)] string? AuthservId = null);

public sealed record ListMailboxes(
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record GetMailbox([property: Wire("The mailbox.", In = WireIn.Path, Id = "mbx")] string SenderId);

public sealed record ConnectMailbox(
    [property: Wire("gmail: presets; enterprise: any SMTP server; pickup: files, nothing leaves this machine.", Values = ["gmail", "enterprise", "pickup"])] string Kind,
    [property: Wire("The From address.", Min = 3, Max = Limits.AddressCharacters, Format = WireFormat.Email)] string Address,
    [property: Wire("The From name.", Max = 120, SingleLine = true)] string? DisplayName,
    [property: Wire("The member it belongs to; the caller unless told.", Id = "usr")] string? OwnerUid,
    [property: Wire("The SMTP server; needed for enterprise.")] SmtpInput? Smtp,
    [property: Wire("For gmail: an app password.", Min = 1, Max = 1000, SingleLine = true, Secret = true)] string? Password,
    [property: Wire("For gmail: OAuth instead of an app password.")] OAuthInput? Oauth,
    [property: Wire("For pickup: a folder below the account's files folder.", Min = 1, Max = 200, SingleLine = true)] string? Path,
    [property: Wire("How replies and bounces are read.")] InboundInput? Inbound,
    [property: Wire("Limits; what is stored is enforced.")] LimitsInput? Limits,
    [property: Wire("When mail may leave; always unless told.")] WindowInput? Window,
    [property: Wire("s= in the DKIM-Signature of a sent mail.", Min = 1, Max = 63, SingleLine = true)] string? DkimSelector,
    [property: Wire("true: save without logging in first.", In = WireIn.Query)] bool? SkipCheck);

public sealed record UpdateMailbox(
    [property: Wire("The mailbox.", In = WireIn.Path, Id = "mbx")] string SenderId,
    [property: Wire("A new From name; null clears it.", Max = 120, SingleLine = true), JsonConverter(typeof(PatchConverter<string>))] Patch<string> DisplayName,
    [property: Wire("Another owner.", Id = "usr")] string? OwnerUid,
    [property: Wire("A new SMTP server, whole; the secret must be given again.")] SmtpInput? Smtp,
    [property: Wire("For gmail: a new app password.", Min = 1, Max = 1000, SingleLine = true, Secret = true)] string? Password,
    [property: Wire("For gmail: new OAuth credentials.")] OAuthInput? Oauth,
    [property: Wire("A new way to read replies; null stops reading."), JsonConverter(typeof(PatchConverter<InboundInput>))] Patch<InboundInput> Inbound,
    [property: Wire("New limits, whole; null takes them away."), JsonConverter(typeof(PatchConverter<LimitsInput>))] Patch<LimitsInput> Limits,
    [property: Wire("A new window; null takes it away."), JsonConverter(typeof(PatchConverter<WindowInput>))] Patch<WindowInput> Window,
    [property: Wire("A new DKIM selector; null clears it.", Min = 1, Max = 63, SingleLine = true), JsonConverter(typeof(PatchConverter<string>))] Patch<string> DkimSelector,
    [property: Wire("true: save without logging in first.", In = WireIn.Query)] bool? SkipCheck);

public sealed record DisconnectMailbox([property: Wire("The mailbox.", In = WireIn.Path, Id = "mbx")] string SenderId);

public sealed record PauseMailbox([property: Wire("The mailbox.", In = WireIn.Path, Id = "mbx")] string SenderId);

public sealed record ResumeMailbox([property: Wire("The mailbox.", In = WireIn.Path, Id = "mbx")] string SenderId);

public sealed record CheckMailbox([property: Wire("The mailbox.", In = WireIn.Path, Id = "mbx")] string SenderId);

/// <summary>Whether a login works.</summary>
public sealed record LoginCheck(
    [property: Wire("true: it works; false: it does not; null: there is nothing to log in to.")] bool? Ok,
    [property: Wire("A stable word for what is wrong; null when it works.")] string? Code,
    string? Problem, string? Fix);

/// <summary>What a DNS record is good for.</summary>
public sealed record DnsCheck(
    [property: Wire("pass; warning: valid, but weak; none: there is none; permerror: it cannot work; temperror: the name server did not answer; unknown: not looked up.")] string Result,
    [property: Wire("A stable word for what is wrong; ok for a pass.")] string Code,
    [property: Wire("The record as it stands in the domain's zone: text from outside.")] string? Record,
    string? Problem, string? Fix);

/// <summary>What the DKIM key is good for, and how it was found.</summary>
public sealed record DkimKeyCheck(
    [property: Wire("As for spf; unknown when no selector is known.")] string Result,
    [property: Wire("A stable word for what is wrong; ok for a pass.")] string Code,
    [property: Wire("The record as it stands in the domain's zone: text from outside.")] string? Record,
    string? Problem, string? Fix,
    [property: Wire("The selector the key was looked up at; null when none is known.")] string? Selector,
    [property: Wire("given: the mailbox's dkim_selector; sent_mail: the signature of a mail in the Sent folder; own_mail: of a mail in the inbox from this address.")] string? SelectorFrom);

/// <summary>What a check of a mailbox found.</summary>
public sealed record MailboxCheck(string SenderId, string Address, LoginCheck Smtp, LoginCheck Inbound, DnsCheck Spf, DkimKeyCheck Dkim, DnsCheck Dmarc,
    [property: Wire("Whether the server signs List-Unsubscribe and List-Unsubscribe-Post, which an unsubscribe button needs (RFC 8058).")] LoginCheck ListHeaders,
    [property: Wire("The name its server gives Authentication-Results (RFC 8601), by which forged replies and opt-outs are told; null while none is known.")] string? AuthservId,
    DateTimeOffset CheckedAt);

public sealed record SmtpView(string Host, int Port, string Security, string Username, [property: Wire("password, oauth or none.")] string Login);

public sealed record InboundView(
    string Kind, string? Host, int? Port, string? Security, string? Username, string? Path,
    [property: Wire("listening, failing or not_listening (nothing was read yet).")] string Status,
    [property: Wire("Up to when it is read.")] DateTimeOffset? SyncedAt,
    string? Problem, string? Fix,
    [property: Wire("The name the mail server gives its Authentication-Results; null while none is known: then no sender authentication is believed.")] string? AuthservId,
    [property: Wire("given or learnt; null without an authserv_id.")] string? AuthservIdFrom,
    [property: Wire("Messages that could not be read and are tried no more; null when there is none.")] SetAsideView? SetAside);

/// <summary>Messages that could not be taken in. They lie where they lay; reading went on behind them.</summary>
/// <param name="Count">How many, ever.</param>
public sealed record SetAsideView(
    long Count,
    [property: Wire("Where the last of them lies.")] string Folder,
    [property: Wire("Its number there; in a maildir, its name.")] string Uid,
    [property: Wire("What was wrong with it: words of ours.")] string Problem,
    DateTimeOffset At);

/// <summary>A ramp and where it stands.</summary>
public sealed record WarmUpView(
    int Start, int Step, int Ceiling,
    [property: Wire("When its first day began.")] DateTimeOffset Since,
    [property: Wire("Which day it is, from 1; a day has 24 hours.")] long Day,
    [property: Wire("Mails in 24 hours that it allows today.")] int Today,
    [property: Wire("When it rises next; null at its ceiling.", Told = Told.WhenRead)] DateTimeOffset? RisesAt);

/// <summary>Irregular pauses.</summary>
public sealed record SpacingView(int MinSeconds, int MaxSeconds);

public sealed record LimitsView(
    int? PerMinute, int? PerHour, int? PerDay, int Connections, WarmUpView? WarmUp, SpacingView? Spacing,
    [property: Wire("Mails in 24 hours that hold now: per_day or the ramp, whichever is less; null without either.")] int? PerDayNow);

public sealed record WindowView(IReadOnlyList<string> Days, string From, string To, string Zone);

/// <summary>How a mailbox does.</summary>
public sealed record HealthView(
    [property: Wire("ok, failing or paused.")] string State,
    string? Reason, DateTimeOffset? Since, DateTimeOffset? NextTryAt, string? Problem, string? Fix);

public sealed record MailboxView(
    string SenderId, string Kind, string Address, string? DisplayName,
    [property: Wire("The member it belongs to.", Told = Told.WhenRead)] string OwnerUid,
    [property: Wire("smtp: mail leaves; files: nothing leaves this machine.")] string Delivery,
    [property: Wire("For pickup: the folder, as given.")] string? Path,
    [property: Wire("For pickup: the folder, whole.", Told = Told.WhenRead)] string? Folder,
    [property: Wire("How mail leaves.", Told = Told.WhenRead)] SmtpView? Smtp,
    [property: Wire("How replies and bounces are read.", Told = Told.WhenRead)] InboundView? Inbound,
    [property: Wire("How much may leave.", Told = Told.WhenRead)] LimitsView Limits,
    [property: Wire("When mail may leave.", Told = Told.WhenRead)] WindowView? Window,
    [property: Wire("Where its DKIM key is.", Told = Told.WhenRead)] string? DkimSelector,
    [property: Wire("Whether its server's DKIM signature covers both List headers, as a test mail that came back showed; null while none has.", Told = Told.WhenRead)] bool? ListHeadersSigned,
    HealthView Health,
    [property: Wire("Mails that are being handed over now.")] int InFlight,
    long Version,
    [property: Wire("When it was connected.", Told = Told.WhenRead)] DateTimeOffset CreatedAt,
    [property: Wire("When it was changed last.", Told = Told.WhenRead)] DateTimeOffset UpdatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Changed)
{
    /// <summary>What holds it; not in lists.</summary>
    [Wire("What holds it; mail begins when there is nothing.", Told = Told.WhenRead), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<HoldView>? Holds { get; init; }
}

public sealed record ListSenders(
    [property: Wire("Mark the mailbox this task sends through.", In = WireIn.Query, Id = "tsk")] string? TaskId,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record SenderOption(
    string SenderId, string Kind, string Address, string? DisplayName, string OwnerUid, string Delivery, HealthView Health, LimitsView Limits,
    [property: Wire("True when the task asked about sends through it.")] bool Selected);

public sealed record UpdateSender(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("The mailbox to send through.", Id = "mbx")] string SenderId,
    [property: Wire("A From name for this task; the mailbox's own unless told.", Min = 1, Max = 120, SingleLine = true)] string? FromName,
    [property: Wire("Where replies go, if elsewhere.", Min = 3, Max = Limits.AddressCharacters, Format = WireFormat.Email)] string? ReplyTo);

public static class MailboxOps
{
    public static readonly Op<ListMailboxes, Page<MailboxView>> List = new("mailbox list", "GET /v1/mailboxes", Effect.Read, Role.Viewer,
        "List connected mailboxes with their limits and health.", static j => j.ListMailboxes, static j => j.PageMailboxView);

    public static readonly Op<GetMailbox, MailboxView> Get = new("mailbox get", "GET /v1/mailboxes/{sender_id}", Effect.Read, Role.Viewer,
        "Read one mailbox.", static j => j.GetMailbox, static j => j.MailboxView);

    public static readonly Op<ConnectMailbox, MailboxView> Connect = new("mailbox connect", "POST /v1/mailboxes", Effect.Change, Role.Admin,
        "Connect a mailbox: logs in before it saves.", static j => j.ConnectMailbox, static j => j.MailboxView)
    {
        Example = """{"kind":"enterprise","address":"me@brand.example","display_name":"Mia from Brand","smtp":{"host":"smtp.brand.example","port":587,"security":"starttls","username":"me@brand.example","password":"secret"},"limits":{"per_minute":20,"per_day":500,"connections":2,"warm_up":{"start":20,"step":10,"ceiling":500},"spacing":{"min_seconds":20,"max_seconds":90}},"window":{"days":["mon","tue","wed","thu","fri"],"from":"09:00","to":"17:00","zone":"Europe/Berlin"}}""",
        Tells = ["limits"],
        PersonOnly = true,
        LocalOptions = [("--secret-stdin", "Read the password from standard input.")],
    };

    public static readonly Op<UpdateMailbox, MailboxView> Update = new("mailbox update", "PATCH /v1/mailboxes/{sender_id}", Effect.Change, Role.Admin,
        "Change a mailbox; another server or user needs the secret again.", static j => j.UpdateMailbox, static j => j.MailboxView)
    {
        Example = """{"display_name":"Mia","limits":{"per_minute":10,"connections":1}}""",
        Tells = ["limits"],
        PersonOnly = true,
        LocalOptions = [("--secret-stdin", "Read the password from standard input.")],
    };

    public static readonly Op<DisconnectMailbox, MailboxDeleted> Disconnect = new("mailbox disconnect", "DELETE /v1/mailboxes/{sender_id}", Effect.Destroy, Role.Admin,
        "Disconnect a mailbox that no running task sends through.", static j => j.DisconnectMailbox, static j => j.MailboxDeleted)
    { PersonOnly = true };

    public static readonly Op<PauseMailbox, MailboxView> Pause = new("mailbox pause", "POST /v1/mailboxes/{sender_id}/pause", Effect.Change, Role.Operator,
        "Stop sending through a mailbox until it is resumed.", static j => j.PauseMailbox, static j => j.MailboxView)
    { Stops = true };

    public static readonly Op<ResumeMailbox, MailboxView> Resume = new("mailbox resume", "POST /v1/mailboxes/{sender_id}/resume", Effect.Send, Role.Operator,
        "Send through a paused or failing mailbox again.", static j => j.ResumeMailbox, static j => j.MailboxView);

    public static readonly Op<CheckMailbox, MailboxCheck> Check = new("mailbox check", "GET /v1/mailboxes/{sender_id}/check", Effect.Read, Role.Viewer,
        "Log in to SMTP and IMAP once, and look SPF, DKIM and DMARC of the domain up.", static j => j.CheckMailbox, static j => j.MailboxCheck);

    public static readonly Op<ListSenders, Page<SenderOption>> ListSenders = new("email sender list", "GET /v1/senders", Effect.Read, Role.Viewer,
        "List the mailboxes a task may send through.", static j => j.ListSenders, static j => j.PageSenderOption)
    { OptionalArgument = "task_id" };

    public static readonly Op<UpdateSender, TaskView> UpdateSender = new("email sender update", "PUT /v1/email-tasks/{task_id}/sender", Effect.Change, Role.Operator,
        "Choose the mailbox a task sends through; the task keeps a copy.", static j => j.UpdateSender, static j => j.TaskView)
    {
        Example = """{"sender_id":"mbx_example","from_name":"Mia from Brand","reply_to":"mia@brand.example"}""",
        OptionalArgument = "sender_id",
        Tells = ["sender"],
    };
}
