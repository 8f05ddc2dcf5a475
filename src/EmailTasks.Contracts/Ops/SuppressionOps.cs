using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

/// <summary>Why an address must not be mailed.</summary>
public static class SuppressionReasons
{
    public const string Unsubscribed = "unsubscribed";
    public const string Bounced = "bounced";
    public const string Complained = "complained";
    public const string Manual = "manual";

    /// <summary>They asked for it in a reply that the caller names.</summary>
    public const string AskedByReply = "asked_by_reply";
}

/// <summary>How well it is known that an address's owner said so.</summary>
public static class SuppressionStrengths
{
    /// <summary>A signed token of ours came with it: only who got the mail has it.</summary>
    public const string Token = "token";

    /// <summary>It answers, or returns, a mail of ours by its Message-ID.</summary>
    public const string Reference = "reference";

    /// <summary>The sender's address, and the mailbox's server says that the sender is who he says.</summary>
    public const string AddressVerified = "address_verified";

    /// <summary>The sender's address alone: anybody can write one.</summary>
    public const string AddressOnly = "address_only";
}

public sealed record ListSuppressions(
    [property: Wire("Only addresses that hold this text; case does not matter.", In = WireIn.Query, Max = 120)] string? Keyword,
    [property: Wire("Only entries with these reasons, comma-separated.", In = WireIn.Query, Csv = true, Values = [SuppressionReasons.Unsubscribed, SuppressionReasons.Bounced, SuppressionReasons.Complained, SuppressionReasons.Manual, SuppressionReasons.AskedByReply])] string? Reason,
    [property: Wire("Only entries known this well, comma-separated: token, reference, address_verified, address_only.", In = WireIn.Query, Csv = true, Values = [SuppressionStrengths.Token, SuppressionStrengths.Reference, SuppressionStrengths.AddressVerified, SuppressionStrengths.AddressOnly])] string? Strength,
    [property: Wire("Only entries from this instant on: ISO 8601 with a whole-hour offset.", In = WireIn.Query, Format = WireFormat.Instant)] string? Since,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1, up to row 10,000; beyond it use the cursor.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record CheckSuppression([property: Wire("The address.", In = WireIn.Path, Min = 1, Max = Limits.AddressCharacters)] string Address);

/// <summary>One entry of the log.</summary>
public sealed record SuppressionView(
    string EmailAddress,
    [property: Wire("unsubscribed, bounced, complained, manual or asked_by_reply.")] string Reason,
    [property: Wire("Who or what put it there: a member's uid, an agent's key with its member's uid, or the message that told.")] string Source,
    string? Note,
    [property: Wire("How well it is known that the address's owner said so: token, reference, address_verified or address_only; null where a member or a key said it.")] string? Strength,
    [property: Wire("Its place in the log; a plan names the place it was made at.")] long Position,
    DateTimeOffset SuppressedAt,
    [property: Wire("When it was taken back; null while it stands.")] DateTimeOffset? RemovedAt,
    string? RemovedReason)
{
    /// <summary>Who entered it: person or agent; null where a message did.</summary>
    [Wire("person or agent: whose key entered it."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Actor { get; init; }

    /// <summary>The key that entered it.</summary>
    [Wire("The key that entered it."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? KeyId { get; init; }
}

public sealed record SuppressionCheck(
    string EmailAddress,
    [property: Wire("True while an entry stands: this address is not mailed.")] bool Suppressed,
    [property: Wire("All entries of this address, newest first, also those taken back.")] IReadOnlyList<SuppressionView> Entries);

public sealed record AddSuppressions(
    [property: Wire("1 to 10,000 addresses a call.", Min = 1, Max = Limits.RecipientsPerCall, MaxEach = Limits.AddressCharacters)] List<string> Addresses,
    [property: Wire("Why; manual unless told.", Values = [SuppressionReasons.Unsubscribed, SuppressionReasons.Bounced, SuppressionReasons.Complained, SuppressionReasons.Manual, SuppressionReasons.AskedByReply])] string? Reason,
    [property: Wire("A note for your team.", Max = 500, SingleLine = true)] string? Note,
    [property: Wire("With asked_by_reply: the message of that address in which they asked.", Id = "msg")] string? MessageId);

/// <summary>An address or creator that was not taken, by its place in the call.</summary>
public sealed record RejectedRow(int Index, string Problem);

public sealed record SuppressionsAdded(
    int Added,
    [property: Wire("Addresses that were on the list already, or stand twice in the call. That somebody opted out or complained is entered also beside another reason.")] int Already,
    [property: Wire("Waiting recipients of running tasks that were taken out by this call.")] int TakenOut,
    int RejectedCount,
    [property: Wire("The first 100 rows that are no address.", Told = Told.Beginning, First = 5)] IReadOnlyList<RejectedRow> Rejected,
    [property: Wire("The log's last place now.")] long Position,
    bool Changed);

public sealed record RemoveSuppressions(
    [property: Wire("1 to 10,000 addresses.", Min = 1, Max = Limits.RecipientsPerCall, MaxEach = Limits.AddressCharacters)] List<string> Addresses,
    [property: Wire("Why they may be mailed again; kept in the log.", Min = 1, Max = 500, SingleLine = true)] string Reason);

public sealed record SuppressionsRemoved(
    int Removed,
    [property: Wire("Addresses that were not on the list.")] int NotListed,
    [property: Wire("The log's last place now. Plans made before it leave these addresses out all the same.")] long Position,
    bool Changed);

public sealed record UndoSuppressions(
    [property: Wire("Which entries: address_only, those known by nothing but a sender's address.", In = WireIn.Query, Values = [SuppressionStrengths.AddressOnly])] string Strength,
    [property: Wire("From this instant on: ISO 8601 with a whole-hour offset.", In = WireIn.Query, Format = WireFormat.Instant)] string Since);

public sealed record SuppressionsUndone(
    int Undone,
    [property: Wire("Entries of that kind that still stand since then; call again.")] long Left,
    [property: Wire("The first 100 addresses.")] IReadOnlyList<string> Addresses,
    [property: Wire("The log's last place now. Plans made before it leave these addresses out all the same.")] long Position,
    bool Changed);

public static class SuppressionOps
{
    public static readonly Op<ListSuppressions, Page<SuppressionView>> List = new("suppression list", "GET /v1/suppressions", Effect.Read, Role.Viewer,
        "List addresses that are not mailed, newest first.", static j => j.ListSuppressions, static j => j.PageSuppressionView);

    public static readonly Op<CheckSuppression, SuppressionCheck> Check = new("suppression check", "GET /v1/suppressions/{address}", Effect.Read, Role.Viewer,
        "Tell whether an address is on the suppression list, and its history there.", static j => j.CheckSuppression, static j => j.SuppressionCheck);

    public static readonly Op<AddSuppressions, SuppressionsAdded> Add = new("suppression add", "POST /v1/suppressions", Effect.Change, Role.Operator,
        "Put addresses on the suppression list; running tasks leave them out at once.", static j => j.AddSuppressions, static j => j.SuppressionsAdded)
    {
        Example = """{"addresses":["ana@creators.example"],"reason":"manual","note":"asked by phone"}""",
        LocalOptions = [("--file <path>", "Read the addresses from a CSV or Excel file."), ("--map <pairs>", "Which column is which member, e.g. email_address=E-mail.")],
    };

    public static readonly Op<RemoveSuppressions, SuppressionsRemoved> Remove = new("suppression remove", "POST /v1/suppressions/remove", Effect.Change, Role.Admin,
        "Take addresses off the suppression list; a person, with a reason.", static j => j.RemoveSuppressions, static j => j.SuppressionsRemoved)
    {
        Example = """{"addresses":["ana@creators.example"],"reason":"asked for it in writing"}""",
        PersonOnly = true,
    };

    public static readonly Op<UndoSuppressions, SuppressionsUndone> Undo = new("suppression undo", "POST /v1/suppressions/undo", Effect.Change, Role.Admin,
        "Take back opt-outs that nothing proves but a sender's address, since an instant; a person, after looking at them.", static j => j.UndoSuppressions, static j => j.SuppressionsUndone)
    {
        PersonOnly = true,
    };
}
