using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

/// <summary>The status words of a task.</summary>
public static class TaskStatusWords
{
    public const string Draft = "draft";
    public const string Scheduled = "scheduled";
    public const string Sending = "sending";
    public const string Paused = "paused";
    public const string Sent = "sent";
    public const string Cancelled = "cancelled";
}

public sealed record ListTasks(
    [property: Wire("Only tasks whose name or note holds this text; case does not matter.", In = WireIn.Query, Max = 120)] string? Keyword,
    [property: Wire("Only tasks in these statuses, comma-separated.", In = WireIn.Query, Csv = true, Values = [TaskStatusWords.Draft, TaskStatusWords.Scheduled, TaskStatusWords.Sending, TaskStatusWords.Paused, TaskStatusWords.Sent, TaskStatusWords.Cancelled])] string? Status,
    [property: Wire("Only tasks of this member.", In = WireIn.Query, Id = "usr")] string? OwnerUid,
    [property: Wire("Only tasks that send through this mailbox.", In = WireIn.Query, Id = "mbx")] string? SenderId,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1, up to row 10,000; beyond it use the cursor.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record ListDrafts(
    [property: Wire("Only drafts whose name or note holds this text; case does not matter.", In = WireIn.Query, Max = 120)] string? Keyword,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1, up to row 10,000; beyond it use the cursor.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

public sealed record GetTask(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("settled: answer when every recipient has its final state, else ASYNC_NOT_READY.", In = WireIn.Query, Values = ["settled"])] string? Wait);

public sealed record CreateTask(
    [property: Wire("What the task is called; for your team, recipients never see it.", Min = 1, Max = 120, SingleLine = true)] string Name,
    [property: Wire("A note for your team.", Max = 2000)] string? Note,
    [property: Wire("The member the task counts for; an admin may name another than the caller.", Id = "usr")] string? OwnerUid,
    [property: Wire("What is tracked of its mails; the account's settings unless told.")] TrackingInput? Tracking);

[Members(AtLeastOne = ["name", "note", "owner_uid", "tracking"])]
public sealed record UpdateTask(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("A new name.", Min = 1, Max = 120, SingleLine = true)] string? Name,
    [property: Wire("A new note; null clears it.", Max = 2000), JsonConverter(typeof(PatchConverter<string>))] Patch<string> Note,
    [property: Wire("The member the task counts for; admins only.", Id = "usr")] string? OwnerUid,
    [property: Wire("What is tracked of its mails; null: the account's settings. Only before it is sent, and brings a scheduled task back to draft."), JsonConverter(typeof(PatchConverter<TrackingInput>))] Patch<TrackingInput> Tracking);

public sealed record CopyTask(
    [property: Wire("The task to copy.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("The copy's name; \"Copy of …\" unless told.", Min = 1, Max = 120, SingleLine = true)] string? Name,
    [property: Wire("Whom to take along: none, all, not_sent (pending, cancelled, expired; never uncertain), not_replied (sent, and no reply, bounce, unsubscribe or complaint since).", Values = ["none", "all", "not_sent", "not_replied"])] string? Recipients);

public sealed record DeleteTask([property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId);

/// <summary>The mailbox a task sends through, as copied when it was set.</summary>
public sealed record SenderView(
    string SenderId,
    [property: Wire("The From address.")] string Address,
    [property: Wire("The From name.")] string? FromName,
    [property: Wire("Where replies go, if elsewhere.")] string? ReplyTo,
    [property: Wire("smtp: mail leaves; files: it is written to a folder and nothing leaves this machine.")] string Delivery,
    [property: Wire("True when the mailbox changed since it was copied.", Told = Told.WhenRead)] bool Stale);

/// <summary>Approved content. What was saved is cleaned HTML: what you read back is what leaves.</summary>
public sealed record ContentView(
    string Subject,
    [property: Wire("Cleaned HTML.", Told = Told.Digest), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? HtmlBody,
    [property: Wire("Plain text; derived from the HTML when none was given.", Told = Told.Digest), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TextBody,
    [property: Wire("True when the plain text is derived from the HTML.", Told = Told.WhenRead)] bool TextDerived,
    [property: Wire("The line behind the subject.", Told = Told.WhenRead)] string? Preheader,
    int ContentVersion,
    [property: Wire("SHA-256 over all of it.", Told = Told.WhenRead)] string ContentDigest,
    [property: Wire("The variables that recipients must bring.", Told = Told.Beginning, First = 10)] IReadOnlyList<string> VariablesUsed,
    [property: Wire("What cleaning took out of the HTML.", Told = Told.Beginning, First = 4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Removed);

/// <summary>Recipients by state; they always sum to <c>recipient_count</c>.</summary>
public sealed record CountsView(
    [property: Wire("All of them.", Told = Told.Always)] long RecipientCount,
    long PendingCount, long HandedCount, long SentCount, long FailedCount, long UncertainCount,
    long SuppressedCount, long CancelledCount, long ExpiredCount,
    [property: Wire("The part of pending that waits for another attempt.")] long RetryingCount);

/// <summary>Why a started task does not move.</summary>
public sealed record WaitingView(
    [property: Wire("window, minute_limit, hour_limit, day_limit, warm_up, spacing, mailbox_paused, backoff, approval, overloaded or restore; of a task that the guard paused bounce_guard, too_large, content_refused or cannot_be_written.")] string Reason,
    DateTimeOffset? Until, string Fix)
{
    /// <summary>Who ends it; one of <see cref="WaitingWho"/>.</summary>
    [Wire("Who ends it: person, agent, or wait: nobody need act.")]
    public string Who { get; init; } = WaitingWho.Of(Reason, Until);
}

/// <summary>Who must act when a task waits.</summary>
public static class WaitingWho
{
    /// <summary>Somebody with a person's key.</summary>
    public const string Person = "person";

    /// <summary>Whoever may change the task, an agent too.</summary>
    public const string Agent = "agent";

    /// <summary>Nobody: it goes on by itself.</summary>
    public const string Wait = "wait";

    /// <summary>Who ends a wait for this reason; what nobody has thought of waits for a person.</summary>
    public static string Of(string reason, DateTimeOffset? until) => reason switch
    {
        "window" or "minute_limit" or "hour_limit" or "day_limit" or "warm_up" or "spacing" or "backoff" or "overloaded" => Wait,
        "mailbox_paused" when until is not null => Wait,
        _ => Person,
    };
}

/// <summary>One reason why a task or a mailbox stands still; mail leaves when there is none.</summary>
public sealed record HoldView(
    [property: Wire("person, key (an agent's), guard (the machine), canary, approval or restore.")] string Kind,
    [property: Wire("The key that paused it."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? KeyId,
    [property: Wire("person or agent."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Actor,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Uid,
    DateTimeOffset At,
    [property: Wire("A stable word: asked, bounce_guard, restore …")] string Reason,
    [property: Wire("When it lifts itself."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Until);

/// <summary>Who last changed what would leave.</summary>
public sealed record EditedByView([property: Wire("person or agent.")] string Actor, string? KeyId, string? Uid);

/// <summary>A planned start that somebody took back, of this task or of the one it was copied from.</summary>
/// <param name="By">person: only a person lets it go.</param>
public sealed record WasScheduledView(
    DateTimeOffset At,
    [property: Wire("person or agent: who had planned it. Only a person lets go what a person planned.")] string By,
    string? Uid);

/// <summary>What a cancel stopped. Sums to <c>total</c>; <c>in_flight</c> settles within the attempt deadline.</summary>
public sealed record CancelReceipt(
    DateTimeOffset CutoffAt, long Total, long Sent, long Failed, long Suppressed, long Uncertain, long InFlight, long NeverSent,
    [property: Wire("True when nothing of it can change any more.")] bool Final);

public sealed record TaskView(
    string TaskId, string Name,
    [property: Wire("A note for your team.", Told = Told.Digest, First = 200), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Note,
    [property: Wire("Always 3: an email task.", Told = Told.WhenRead)] int TaskType,
    string Status,
    [property: Wire("True when every recipient of a started task has its final state.")] bool Settled,
    [property: Wire("The member it counts for.", Told = Told.WhenRead)] string OwnerUid,
    [property: Wire("What it is sent as.", Told = Told.WhenRead)] SenderView? Sender,
    [property: Wire("What is sent.", Told = Told.WhenRead)] ContentView? Content,
    [property: Wire("Its product cards.", Told = Told.WhenRead)] IReadOnlyList<ProductCardView> Products,
    [property: Wire("Recipients by state.", Told = Told.NotZero)] CountsView Counts,
    DateTimeOffset? PlanSendAt,
    [property: Wire("Too late to start by itself.", Told = Told.WhenRead)] bool Overdue,
    [property: Wire("The digest of the plan that runs or ran.", Told = Told.WhenRead)] string? PlanDigest,
    WaitingView? Waiting,
    [property: Wire("When its next mail leaves; null when it is now, or nobody knows.", Told = Told.WhenRead)] DateTimeOffset? NextMailAt,
    [property: Wire("user, guard, canary or restore: the gravest of holds.")] string? PausedBy,
    string? SourceTaskId,
    [property: Wire("What the task says of tracking; null: as the account says.", Told = Told.WhenRead)] TrackingView Tracking,
    [property: Wire("True while recipients are still being copied.", Told = Told.WhenRead)] bool Copying,
    [property: Wire("Raised by every edit.")] long Version,
    CancelReceipt? CancelReceipt,
    [property: Wire("What holds it; it goes on when there is nothing.", Told = Told.Beginning, First = 2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<HoldView>? Holds,
    [property: Wire("Who last changed what would leave; after an agent a person's forced send must name the plan.", Told = Told.WhenRead), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EditedByView? LastEditedBy,
    [property: Wire("The start that was planned before somebody took it back."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] WasScheduledView? WasScheduledFor,
    [property: Wire("When it was made.", Told = Told.WhenRead)] DateTimeOffset CreatedAt,
    [property: Wire("When it was edited last.", Told = Told.WhenRead)] DateTimeOffset UpdatedAt,
    [property: Wire("When it started.", Told = Told.WhenRead)] DateTimeOffset? StartedAt,
    [property: Wire("When its first mail was sent.", Told = Told.WhenRead)] DateTimeOffset? FirstSentAt,
    [property: Wire("When its last mail was sent.", Told = Told.WhenRead)] DateTimeOffset? LastSentAt,
    [property: Wire("When it ended.", Told = Told.WhenRead)] DateTimeOffset? FinishedAt,
    [property: Wire("False when the call found everything as asked."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Changed);

public static class TaskOps
{
    public static readonly Op<ListTasks, Page<TaskView>> List = new("email list", "GET /v1/email-tasks", Effect.Read, Role.Viewer,
        "List email tasks, newest first.", static j => j.ListTasks, static j => j.PageTaskView);

    public static readonly Op<ListDrafts, Page<TaskView>> Drafts = new("email drafts", "GET /v1/email-tasks/drafts", Effect.Read, Role.Viewer,
        "List email tasks that are drafts, newest first.", static j => j.ListDrafts, static j => j.PageTaskView);

    public static readonly Op<GetTask, TaskView> Get = new("email get", "GET /v1/email-tasks/{task_id}", Effect.Read, Role.Viewer,
        "Read one email task whole: sender, content, products, counts, status.", static j => j.GetTask, static j => j.TaskView);

    public static readonly Op<CreateTask, TaskView> Create = new("email create", "POST /v1/email-tasks", Effect.Change, Role.Operator,
        "Create an email task as a draft.", static j => j.CreateTask, static j => j.TaskView)
    {
        Example = """{"name":"Spring shoes","note":"First wave, running creators"}""",
        Tells = ["owner_uid"],
    };

    public static readonly Op<UpdateTask, TaskView> Update = new("email update", "PATCH /v1/email-tasks/{task_id}", Effect.Change, Role.Operator,
        "Change an email task's name, note or owner in any status, or what is tracked before it is sent.", static j => j.UpdateTask, static j => j.TaskView)
    {
        Example = """{"name":"Spring shoes, wave 1","note":null}""",
        Tells = ["owner_uid", "tracking"],
    };

    public static readonly Op<CopyTask, TaskView> Copy = new("email copy", "POST /v1/email-tasks/{task_id}/copy", Effect.Change, Role.Operator,
        "Copy an email task as a new draft, with or without recipients.", static j => j.CopyTask, static j => j.TaskView)
    {
        Example = """{"name":"Spring shoes, wave 2","recipients":"not_sent"}""",
        BodyOptional = true,
        BodyOptions = [new("--name", "name", false), new("--recipients", "recipients", false)],
        Aliases = [],
        Tells = ["copying", "tracking"],
    };

    public static readonly Op<DeleteTask, TaskDeleted> Delete = new("email delete", "DELETE /v1/email-tasks/{task_id}", Effect.Destroy, Role.Operator,
        "Delete a draft, or a cancelled task of which nothing was ever handed over.", static j => j.DeleteTask, static j => j.TaskDeleted);
}
