using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

/// <summary>The state words of a recipient.</summary>
public static class RecipientStateWords
{
    public const string Pending = "pending";
    public const string Handed = "handed";
    public const string Sent = "sent";
    public const string Failed = "failed";
    public const string Uncertain = "uncertain";
    public const string Suppressed = "suppressed";
    public const string Cancelled = "cancelled";
    public const string Expired = "expired";
}

public sealed record RecipientInput(
    [property: Wire("The address. Without it the address comes from creator_id or platform and channel_id among the account's creators.", Max = Limits.AddressCharacters)] string? EmailAddress,
    [property: Wire("The person's name, for the To header and {{ name }}.", Max = 120, SingleLine = true)] string? Name,
    [property: Wire("The person, for the reports.", Min = 1, Max = 120, SingleLine = true)] string? CreatorId,
    [property: Wire("The platform, e.g. youtube.", Min = 1, Max = 40, SingleLine = true)] string? Platform,
    [property: Wire("The channel on that platform.", Min = 1, Max = 200, SingleLine = true)] string? ChannelId,
    [property: Wire("Values for the content's variables, up to 50 of 2,000 characters.", Max = Limits.VariablesPerRecipient, MaxEach = Limits.VariableCharacters, VariableKeys = true)] Dictionary<string, string>? Variables);

public sealed record ListRecipients(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("Only recipients in these states, comma-separated.", In = WireIn.Query, Csv = true, Values = [RecipientStateWords.Pending, RecipientStateWords.Handed, RecipientStateWords.Sent, RecipientStateWords.Failed, RecipientStateWords.Uncertain, RecipientStateWords.Suppressed, RecipientStateWords.Cancelled, RecipientStateWords.Expired])] string? State,
    [property: Wire("Only recipients with all of these facts, comma-separated.", In = WireIn.Query, Csv = true, Values = ["bounced", "replied", "opened", "clicked", "unsubscribed", "complained", "accepted_before_retry", "seen_before"])] string? Has,
    [property: Wire("Only recipients with none of these facts, comma-separated.", In = WireIn.Query, Csv = true, Values = ["bounced", "replied", "opened", "clicked", "unsubscribed", "complained", "accepted_before_retry", "seen_before"])] string? Not,
    [property: Wire("With seen_before: mailed by another task in so many days, e.g. 30d, up to 365d; 30d unless told.", In = WireIn.Query, Max = 4, Format = WireFormat.Days)] string? SeenWithin,
    [property: Wire("Only recipients whose address or name holds this text; case does not matter.", In = WireIn.Query, Max = 120)] string? Keyword,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1, up to row 10,000; beyond it use the cursor.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record RecipientView(
    string RecipientId, string EmailAddress, string? CreatorId, string? Platform, string? ChannelId, string? Name,
    IReadOnlyDictionary<string, string> Variables,
    string State,
    [property: Wire("Why it is in this state; a stable word.")] string? Reason,
    DateTimeOffset? StateAt, int Attempts, DateTimeOffset? NextAttemptAt, string? MessageId,
    DateTimeOffset? BouncedAt, DateTimeOffset? RepliedAt, DateTimeOffset? OpenedAt, DateTimeOffset? ClickedAt,
    DateTimeOffset? UnsubscribedAt, DateTimeOffset? ComplainedAt,
    [property: Wire("An earlier attempt turned out accepted after a person asked for another.")] bool AcceptedBeforeRetry,
    [property: Wire("When another task mailed this person last; only with seen_before."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? SeenMailedAt,
    [property: Wire("When this person replied to another task last; only with seen_before."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? SeenRepliedAt)
{
    /// <summary>What somebody proposed of an uncertain recipient.</summary>
    [Wire("What somebody proposed as the outcome; a person decides."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProposalView? Proposal { get; init; }
}

public sealed record AddRecipients(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("1 to 10,000 a call, 1,000,000 a task.", Min = 1, Max = Limits.RecipientsPerCall)] List<RecipientInput> Recipients);

public sealed record ReplaceRecipients(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("Everybody the task is to have; 1 to 10,000. Add more with `email recipients add`.", Min = 1, Max = Limits.RecipientsPerCall)] List<RecipientInput> Recipients);

/// <summary>A recipient that was not taken, by its place in the call.</summary>
public sealed record RejectedRecipient(int Index, string Problem);

public sealed record RecipientsAdded(
    string TaskId, string Status, long Version,
    int Added,
    [property: Wire("Addresses the task had already, or that stand twice in the call; the first one stays.")] int Duplicates,
    [property: Wire("How many of those added are on the suppression list and will be left out.")] int Suppressed,
    [property: Wire("Rows whose address is no address.")] int RejectedCount,
    [property: Wire("The first 100 of them.", Told = Told.Beginning, First = 5)] IReadOnlyList<RejectedRecipient> Rejected,
    [property: Wire("Recipients the task has now.")] long Total,
    bool Changed);

[Members(ExactlyOne = ["recipient_id", "email_address"])]
public sealed record RecipientChange(
    [property: Wire("The recipient.", Id = "rcp")] string? RecipientId,
    [property: Wire("Or its address.", Max = Limits.AddressCharacters)] string? EmailAddress,
    [property: Wire("A new name; null clears it.", Max = 120, SingleLine = true), JsonConverter(typeof(PatchConverter<string>))] Patch<string> Name,
    [property: Wire("Values to set; null removes one; the others stay.", Max = Limits.VariablesPerRecipient, MaxEach = Limits.VariableCharacters, VariableKeys = true, NullableValues = true)] Dictionary<string, string?>? Variables);

public sealed record UpdateRecipients(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("1 to 10,000 changes.", Min = 1, Max = Limits.RecipientsPerCall)] List<RecipientChange> Recipients);

public sealed record RecipientsUpdated(string TaskId, string Status, long Version, int Updated, int Unchanged, long Total, bool Changed);

[Members(ExactlyOne = ["recipient_ids", "email_addresses", "all", "seen_within_days"])]
public sealed record DeleteRecipients(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("Up to 10,000 recipients.", Min = 1, Max = Limits.RecipientsPerCall, Id = "rcp")] List<string>? RecipientIds,
    [property: Wire("Up to 10,000 addresses.", Min = 1, Max = Limits.RecipientsPerCall, MaxEach = Limits.AddressCharacters)] List<string>? EmailAddresses,
    [property: Wire("true: everybody.")] bool? All,
    [property: Wire("Who was mailed by another task in so many days; up to 10,000 a call.", Min = 1, Max = 365)] int? SeenWithinDays);

public sealed record RecipientsDeleted(string TaskId, string Status, long Version, long Deleted, long Total, bool Changed);

/// <summary>The attempt a person judges: if another one has begun since, they judged something else.</summary>
public sealed record JudgedAttempt(
    [property: Wire("The recipient.", Id = "rcp")] string RecipientId,
    [property: Wire("Its attempts, as recipients list shows them.", Min = 1)] int Attempt);

public sealed record ResolveRecipients(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("1 to 10,000 uncertain recipients, each with the attempt that is judged.", Min = 1, Max = Limits.RecipientsPerCall)] List<JudgedAttempt> Recipients,
    [property: Wire("sent: it arrived; not_sent: it did not; retry: mail them again, which may arrive twice (a person, 30 minutes after the attempt began).", Values = ["sent", "not_sent", "retry"])] string Outcome,
    [property: Wire("How you know; kept with the recipient.", Min = 1, Max = 500, SingleLine = true)] string Reason);

public sealed record RecipientsResolved(string TaskId, string Status, long Version, string Outcome, int Resolved, CountsView Counts, bool Changed);

public sealed record ProposeOutcome(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("1 to 10,000 uncertain recipients, each with the attempt that is judged.", Min = 1, Max = Limits.RecipientsPerCall)] List<JudgedAttempt> Recipients,
    [property: Wire("sent, not_sent or retry, as `email recipients resolve` takes them.", Values = ["sent", "not_sent", "retry"])] string Outcome,
    [property: Wire("How you know; shown to the person who decides.", Min = 1, Max = 500, SingleLine = true)] string Reason);

public sealed record OutcomesProposed(string TaskId, string Outcome, int Proposed, bool Changed);

/// <summary>What somebody thinks became of an uncertain recipient.</summary>
public sealed record ProposalView(string Outcome, string Reason, ProposedByView By, DateTimeOffset At);

public sealed record ProposedByView([property: Wire("person or agent.")] string Actor, string KeyId, string Uid);

public static class RecipientOps
{
    public static readonly Op<ListRecipients, Page<RecipientView>> List = new("email recipients list", "GET /v1/email-tasks/{task_id}/recipients", Effect.Read, Role.Viewer,
        "List a task's recipients in their order, with state and facts.", static j => j.ListRecipients, static j => j.PageRecipientView);

    public static readonly Op<AddRecipients, RecipientsAdded> Add = new("email recipients add", "POST /v1/email-tasks/{task_id}/recipients", Effect.Change, Role.Operator,
        "Add recipients to a draft task; an address the task has already stays as it is.", static j => j.AddRecipients, static j => j.RecipientsAdded)
    {
        Example = """{"recipients":[{"email_address":"ana@creators.example","name":"Ana","creator_id":"cr_1001","platform":"youtube","channel_id":"UC123","variables":{"video":"10 km in the rain"}}]}""",
    };

    public static readonly Op<UpdateRecipients, RecipientsUpdated> Update = new("email recipients update", "PATCH /v1/email-tasks/{task_id}/recipients", Effect.Change, Role.Operator,
        "Change names and variables of recipients; variables are merged.", static j => j.UpdateRecipients, static j => j.RecipientsUpdated)
    {
        Example = """{"recipients":[{"email_address":"ana@creators.example","variables":{"video":"Trail running in May"}}]}""",
    };

    public static readonly Op<ReplaceRecipients, RecipientsAdded> Replace = new("email recipients replace", "PUT /v1/email-tasks/{task_id}/recipients", Effect.Destroy, Role.Operator,
        "Replace all recipients of a draft task.", static j => j.ReplaceRecipients, static j => j.RecipientsAdded)
    {
        Example = """{"recipients":[{"email_address":"ben@creators.example","name":"Ben"}]}""",
    };

    public static readonly Op<DeleteRecipients, RecipientsDeleted> Delete = new("email recipients delete", "POST /v1/email-tasks/{task_id}/recipients/delete", Effect.Destroy, Role.Operator,
        "Delete some or all recipients of a draft task.", static j => j.DeleteRecipients, static j => j.RecipientsDeleted)
    {
        Example = """{"email_addresses":["ben@creators.example"]}""",
    };

    public static readonly Op<ResolveRecipients, RecipientsResolved> Resolve = new("email recipients resolve", "POST /v1/email-tasks/{task_id}/recipients/resolve", Effect.Send, Role.Approver,
        "Say what became of uncertain recipients: sent, not sent, or mail them again.", static j => j.ResolveRecipients, static j => j.RecipientsResolved)
    {
        Example = """{"recipients":[{"recipient_id":"rcp_1x1","attempt":1}],"outcome":"not_sent","reason":"not in the mailbox's sent folder"}""",
        PersonOnly = true,
    };

    public static readonly Op<ProposeOutcome, OutcomesProposed> Propose = new("email recipients propose", "POST /v1/email-tasks/{task_id}/recipients/proposals", Effect.Change, Role.Operator,
        "Propose what became of uncertain recipients; a person decides. Changes no state.", static j => j.ProposeOutcome, static j => j.OutcomesProposed)
    {
        Example = """{"recipients":[{"recipient_id":"rcp_1x1","attempt":1}],"outcome":"sent","reason":"they answered it"}""",
    };
}
