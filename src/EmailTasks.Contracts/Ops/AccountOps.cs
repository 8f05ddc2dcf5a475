using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

public sealed record GetAccount;

public sealed record BounceGuardInput(
    [property: Wire("The share of results, 0.001 to 1, at which a task stops: refused for good, of sent and failed.")] double Share,
    [property: Wire("Results before it judges.", Min = 1, Max = 1_000_000)] int Minimum);

public sealed record TrackingInput(
    [property: Wire("Whether opens are looked for, by a pixel; left out: the default, which is the account's or, there, yes but for Gmail.")] bool? Opens,
    [property: Wire("Whether clicks are, by links through this server; left out: the default.")] bool? Clicks);

/// <summary>null: nobody said, so the default holds. Without --public-url nothing is tracked.</summary>
public sealed record TrackingView(bool? Opens, bool? Clicks);

public sealed record BounceGuardView(double Share, int Minimum);

[Members(AtLeastOne = ["company", "postal_address", "country", "time_zone", "require_plan", "compliance", "bounce_guard", "tracking"])]
public sealed record UpdateAccount(
    [property: Wire("The company's name; stands above the postal address in the footer. null clears it.", Min = 1, Max = 120, SingleLine = true), JsonConverter(typeof(PatchConverter<string>))] Patch<string> Company,
    [property: Wire("The postal address, one or more lines: {{ postal_address }}, and the footer where content names none. null clears it.", Min = 1, Max = 500), JsonConverter(typeof(PatchConverter<string>))] Patch<string> PostalAddress,
    [property: Wire("Where the company is: two capital letters of ISO 3166-1. null clears it.", Min = 2, Max = 2, SingleLine = true, Format = WireFormat.Country), JsonConverter(typeof(PatchConverter<string>))] Patch<string> Country,
    [property: Wire("The account's IANA zone, e.g. Europe/Berlin.", Min = 1, Max = 60, Format = WireFormat.TimeZone)] string? TimeZone,
    [property: Wire("true: every forced send must name its plan, a person's too. Agents always must.")] bool? RequirePlan,
    [property: Wire("warn: a plan without postal address is warned about. strict: it is refused.", Values = ["warn", "strict"])] string? Compliance,
    [property: Wire("Pauses a task when too many of its recipients are refused for good, until a person has looked; 0.1 after 20 results unless told. null switches it off."), JsonConverter(typeof(PatchConverter<BounceGuardInput>))] Patch<BounceGuardInput> BounceGuard,
    [property: Wire("What is tracked of mails, unless a task says otherwise; null: the default, which is both, but neither through Gmail."), JsonConverter(typeof(PatchConverter<TrackingInput>))] Patch<TrackingInput> Tracking);

public sealed record AccountView(
    string AccountId, string? Company, string? PostalAddress, string? Country, string TimeZone, bool RequirePlan, string Compliance,
    [property: Wire("null when it is off.")] BounceGuardView? BounceGuard, TrackingView Tracking,
    [property: Wire("Many opt-outs at once that nothing proves but a sender's address; null without. Gone once they are taken back, or a week after the last.")] OptOutAlert? Alert,
    DateTimeOffset CreatedAt, DateTimeOffset? UpdatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Changed);

/// <summary>More opt-outs in an hour than people send, each by a mail that anybody can write.</summary>
/// <param name="Count">How many stand.</param>
/// <param name="Since">From when on.</param>
public sealed record OptOutAlert(
    long Count, DateTimeOffset Since, string Problem, string Fix,
    [property: Wire("The command that lists them.")] string Review,
    [property: Wire("The command that takes them all back; a person's.")] string Undo);

public sealed record ListAudit(
    [property: Wire("Only entries of this member.", In = WireIn.Query, Id = "usr")] string? Uid,
    [property: Wire("Only entries of this key.", In = WireIn.Query, Id = "key")] string? KeyId,
    [property: Wire("Only entries of this command.", In = WireIn.Query, Max = 60, SingleLine = true)] string? Command,
    [property: Wire("Only entries about this object.", In = WireIn.Query, Max = 60, SingleLine = true)] string? ObjectId,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1, up to row 10,000; beyond it use the cursor.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

/// <summary>One effect: who, with which key, when, on what. Never an address, a body or a key.</summary>
public sealed record AuditView(
    [property: Wire("Its place in the account's chain, from 1.")] long Seq,
    DateTimeOffset At, string Uid, string KeyId,
    [property: Wire("person or agent; scheduler for a start at its planned time.")] string Actor,
    string Command, string? ObjectId, string RequestId, string Summary,
    [property: Wire("SHA-256 over this entry and the hash before it.")] string Hash);

public static class AccountOps
{
    public static readonly Op<GetAccount, AccountView> Get = new("account get", "GET /v1/account", Effect.Read, Role.Viewer,
        "Read the account's settings.", static j => j.GetAccount, static j => j.AccountView);

    public static readonly Op<UpdateAccount, AccountView> Update = new("account update", "PATCH /v1/account", Effect.Change, Role.Admin,
        "Change the account's settings; running tasks keep what they were approved with.", static j => j.UpdateAccount, static j => j.AccountView)
    {
        Example = """{"company":"Brand GmbH","postal_address":"1 Main Street\n10115 Berlin","country":"DE","time_zone":"Europe/Berlin","compliance":"strict","bounce_guard":{"share":0.1,"minimum":20},"tracking":{"opens":false,"clicks":true}}""",
        BodyOptions = [new("--company", "company", false), new("--postal-address", "postal_address", false), new("--country", "country", false), new("--time-zone", "time_zone", false), new("--compliance", "compliance", false)],
        PersonOnly = true,
    };

    public static readonly Op<ListAudit, Page<AuditView>> Audit = new("audit list", "GET /v1/audit", Effect.Read, Role.Admin,
        "List what was done, by whom and with which key, newest first.", static j => j.ListAudit, static j => j.PageAuditView);
}
