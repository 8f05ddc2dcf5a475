using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

/// <summary>The scope words. Every operation needs exactly one; a key without scopes has all of them.</summary>
public static class ScopeWords
{
    /// <summary>Everything that only reads.</summary>
    public const string Read = "read";

    /// <summary>Changes that operators and approvers may make.</summary>
    public const string Write = "write";

    /// <summary>What lets mail leave, or stops it.</summary>
    public const string Send = "send";

    /// <summary>Changes that are for admins or about keys: team, keys, account, mailboxes.</summary>
    public const string Manage = "manage";
}

/// <summary>What a key may at most; enforced by the server, in the transaction of the change.</summary>
public sealed record KeyBounds(
    [property: Wire("Only these commands; the beginning of commands counts for all of them (\"email recipients\").", Min = 1, Max = 100, MaxEach = 60, SingleLine = true)] List<string>? Commands,
    [property: Wire("Most recipients of a task this key adds to or sends.", Min = 1, Max = Limits.RecipientsPerTask)] int? RecipientsPerTask,
    [property: Wire("Most mails this key starts in any 24 hours; counted when a send starts, and not given back by a cancel.", Min = 1, Max = 100_000_000)] int? RecipientsPerDay,
    [property: Wire("Only these mailboxes.", Min = 1, Max = 100, Id = "mbx")] List<string>? SenderIds,
    [property: Wire("Only recipients at these domains, each written whole.", Min = 1, Max = 1000, MaxEach = 253, SingleLine = true)] List<string>? Domains,
    [property: Wire("Only these reply_to addresses. Without it an agent's key may use the mailbox's own domain and members' addresses.", Min = 1, Max = 100, MaxEach = Limits.AddressCharacters, SingleLine = true)] List<string>? ReplyTo = null,
    [property: Wire("Only these from_name texts, beside the mailbox's own.", Min = 1, Max = 100, MaxEach = 120, SingleLine = true)] List<string>? FromName = null,
    [property: Wire("Only tasks that these members own.", Min = 1, Max = 100, Id = "usr")] List<string>? TasksOf = null);

public sealed record WhoAmI;

public sealed record ListKeys(
    [property: Wire("Only keys of this member; without it your own, or for an admin everybody's.", In = WireIn.Query, Id = "usr")] string? Uid,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record CreateKey(
    [property: Wire("The member it acts for; the caller unless told. Admins may name another.", Id = "usr")] string? Uid,
    [property: Wire("What it is for.", Min = 1, Max = 120, SingleLine = true)] string Name,
    [property: Wire("person, or agent: a program that decides by itself. An agent's key never manages people, keys, mailboxes or settings, and always names the plan it sends.", Values = ["person", "agent"])] string Actor,
    [property: Wire("read: everything that only reads. write: prepare tasks, content, recipients, products. send: let mail leave, or stop it. manage: people, keys, mailboxes, settings. All of them unless told.", Min = 1, Max = 4, Values = [ScopeWords.Read, ScopeWords.Write, ScopeWords.Send, ScopeWords.Manage])] List<string>? Scopes,
    [property: Wire("What it may at most; no bounds unless told.")] KeyBounds? Bounds,
    [property: Wire("true: a forced send must name its plan. Agents' keys always must.")] bool? RequirePlan,
    [property: Wire("When it stops working: ISO 8601 with a whole-hour offset; never unless told.", Format = WireFormat.Instant)] string? ExpiresAt);

public sealed record RevokeKey(
    [property: Wire("The key's id; never the key itself.", In = WireIn.Path, Id = "key")] string KeyId,
    [property: Wire("true: also pause what is being sent under it.", In = WireIn.Query)] bool? Pause);

/// <summary>A task that a key or a member set going.</summary>
public sealed record SetGoingTask(string TaskId, string Name, string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? PlanSendAt);

/// <summary>What ending a right leaves behind.</summary>
public sealed record SetGoingView(
    long ScheduledCount,
    [property: Wire("The first 20 of them.")] IReadOnlyList<SetGoingTask> Scheduled,
    [property: Wire("True: they wait for a person now. False: they start as planned.")] bool ScheduledWaits,
    long SendingCount,
    [property: Wire("The first 20 of them.")] IReadOnlyList<SetGoingTask> Sending,
    [property: Wire("How many of those were paused by this call.")] long PausedCount);

public sealed record KeyView(
    string KeyId, string Uid, string Name,
    [property: Wire("person or agent.")] string Actor,
    [property: Wire("The member's present role; the key never has more.")] string Role,
    [property: Wire("Null: all scopes.")] IReadOnlyList<string>? Scopes,
    [property: Wire("Null: no bounds.")] KeyBounds? Bounds,
    [property: Wire("True: a forced send must name its plan.")] bool RequirePlan,
    [property: Wire("Mails this key started in the last 24 hours.")] long RecipientsLastDay,
    DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Changed)
{
    /// <summary>What was planned or is being sent under a key that was just revoked.</summary>
    [Wire("When revoked: what is scheduled and being sent under it."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SetGoingView? SetGoing { get; init; }
}

public sealed record KeyCreated(
    string KeyId, string Uid, string Name, string Actor, [property: Wire("The member's present role.", Told = Told.WhenRead)] string Role, IReadOnlyList<string>? Scopes, KeyBounds? Bounds, bool RequirePlan,
    [property: Wire("Mails it started in the last 24 hours.", Told = Told.WhenRead)] long RecipientsLastDay,
    DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, [property: Wire("When it was made.", Told = Told.WhenRead)] DateTimeOffset CreatedAt, bool? Changed,
    [property: Wire("The key, shown this once; null in a dry run and in a repeated answer.", Told = Told.Always)] string? Key);

public sealed record WhoAmIView(
    string AccountId, string? Company, string Uid, string Name, string? Email,
    [property: Wire("The member's role.")] string Role,
    [property: Wire("The key of this call.")] KeyView Key,
    [property: Wire("The commands this key may run.")] IReadOnlyList<string> Commands);

public static class KeyOps
{
    public static readonly Op<WhoAmI, WhoAmIView> WhoAmI = new("whoami", "GET /v1/whoami", Effect.Read, Role.Viewer,
        "Show whose key this is and what it may do.", static j => j.WhoAmI, static j => j.WhoAmIView)
    { AnyKey = true };

    public static readonly Op<ListKeys, Page<KeyView>> List = new("key list", "GET /v1/keys", Effect.Read, Role.Viewer,
        "List your API keys, or as an admin everybody's; never the keys themselves.", static j => j.ListKeys, static j => j.PageKeyView)
    { PersonOnly = true };

    public static readonly Op<CreateKey, KeyCreated> Create = new("key create", "POST /v1/keys", Effect.Change, Role.Viewer,
        "Make an API key, no wider than the one that makes it; it is shown once.", static j => j.CreateKey, static j => j.KeyCreated)
    {
        Example = """{"name":"Outreach agent","actor":"agent","scopes":["read","write","send"],"bounds":{"commands":["email","product list"],"recipients_per_task":200,"recipients_per_day":500,"domains":["creators.example"]},"expires_at":"2099-12-31T00:00:00Z"}""",
        PersonOnly = true,
    };

    public static readonly Op<RevokeKey, KeyView> Revoke = new("key revoke", "POST /v1/keys/{key_id}/revoke", Effect.Destroy, Role.Viewer,
        "End an API key, your own or as an admin anybody's; it stops working at once.", static j => j.RevokeKey, static j => j.KeyView)
    { PersonOnly = true };
}
