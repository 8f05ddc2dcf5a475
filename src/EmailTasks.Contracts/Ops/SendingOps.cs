using System.Text.Json.Serialization;

namespace EmailTasks.Contracts;

public sealed record SendTask(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("Whoever has not got it by then is not mailed: ISO 8601 with a whole-hour offset.", Format = WireFormat.Instant)] string? SendUntil,
    [property: Wire("true: let the same content go to people who had it within 7 days; a person's key only.")] bool? AllowRepeat,
    [property: Wire("true: mail also people whom the bounce guard holds; a person's key only.")] bool? AllowHeld);

public sealed record ScheduleTask(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("When it starts: ISO 8601 with a whole-hour offset, 1 minute to 365 days ahead.", Format = WireFormat.Instant)] string PlanSendAt,
    [property: Wire("Whoever has not got it by then is not mailed: ISO 8601 with a whole-hour offset.", Format = WireFormat.Instant)] string? SendUntil,
    [property: Wire("true: let the same content go to people who had it within 7 days; a person's key only.")] bool? AllowRepeat,
    [property: Wire("true: mail also people whom the bounce guard holds; a person's key only.")] bool? AllowHeld);

public sealed record PauseTask([property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId);

public sealed record ResumeTask([property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId);

public sealed record CancelTask([property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId);

/// <summary>A reason for or against sending.</summary>
public sealed record PlanNote(string Code, long Count, string Problem,
    [property: Wire("Some of them.", Told = Told.Beginning, First = 3)] IReadOnlyList<string> Sample, string Fix);

/// <summary>Who is left out, and why.</summary>
public sealed record ExcludedView(long Suppressed,
    [property: Wire("Some of them.", Told = Told.Beginning, First = 3)] IReadOnlyList<string> SuppressedSample, long Duplicate, long AlreadySettled);

/// <summary>Who was mailed by another task in the last 30 days.</summary>
public sealed record SeenBeforeView(
    long Count,
    [property: Wire("How many of them replied; null when nobody listened.")] long? Replied,
    [property: Wire("When the last of those mails left.")] DateTimeOffset? LastMailedAt,
    [property: Wire("When the last of them replied.")] DateTimeOffset? LastRepliedAt,
    [property: Wire("Some of them; all with recipients list --has seen_before.", Told = Told.Beginning, First = 3)] IReadOnlyList<string> Sample);

/// <summary>Mails of one day.</summary>
public sealed record DayView(
    [property: Wire("The day, yyyy-MM-dd.")] string Date,
    long Mails);

/// <summary>When it would leave.</summary>
public sealed record TimingView(
    [property: Wire("The instant in UTC; now for a send.")] DateTimeOffset Instant,
    [property: Wire("The offset as given.")] string? GivenOffset,
    [property: Wire("The mailbox's zone.")] string? MailboxZone,
    [property: Wire("When the first mail would begin; null when none would.")] DateTimeOffset? FirstAt,
    [property: Wire("When the last mail would be through, at 1 s a mail and session and if the mailbox works for this task alone; null when it would take more than 2 years.")] DateTimeOffset? LastAt,
    [property: Wire("Mails by day in the mailbox's zone (UTC without a window), in order.", Told = Told.Beginning, First = 14)] IReadOnlyList<DayView> PerDay,
    [property: Wire("What it waits for longest: window, minute_limit, hour_limit, day_limit, warm_up, spacing or nothing.")] string LimitedBy,
    DateTimeOffset? SendUntil);

public sealed record DomainCount(string Domain, long Count);

/// <summary>One value that recipients bring.</summary>
public sealed record PlanValue(
    [property: Wire("The value, cut after 80 characters.")] string Value,
    [property: Wire("How many recipients have it.", Told = Told.WhenFull)] long Count,
    [property: Wire("The first of them.")] string EmailAddress);

/// <summary>What recipients bring for one variable of the content: the odd ones show here.</summary>
public sealed record PlanVariable(
    string Name,
    [property: Wire("How many different values there are.")] long Distinct,
    [property: Wire("True: there are more, and rarest is the first value of the rarest kind."), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? DistinctIsLowerBound,
    [property: Wire("How many recipients bring none.")] long Missing,
    PlanValue? Rarest,
    [property: Wire("The shortest value; left out where it is the rarest.")] PlanValue? Shortest,
    [property: Wire("The longest value; left out where it is the rarest.")] PlanValue? Longest);

/// <summary>What of the mails would point at this server.</summary>
public sealed record PlanTrackingView(
    [property: Wire("Whether the HTML ends with an open pixel.")] bool Opens,
    [property: Wire("Whether the HTML's web links lead through this server.")] bool Clicks,
    [property: Wire("Where recipients reach this server; null: nothing points at it.")] string? PublicUrl,
    [property: Wire("Whether mail programs may unsubscribe with one POST (RFC 8058).")] bool OneClick);

/// <summary>What would leave, to whom, from whom, when; and what speaks against it.</summary>
public sealed record PlanView(
    [property: Wire("ready, refused or needs_approval.")] string Verdict,
    [property: Wire("Stands for all that decides what leaves; give it (or its first 12 characters) as --plan.")] string PlanDigest,
    long MailsToSend,
    [property: Wire("smtp or files.")] string? Delivery,
    NextStepView? Next,
    IReadOnlyList<PlanNote> Refusals, IReadOnlyList<PlanNote> Warnings,
    ExcludedView Excluded, SeenBeforeView SeenBefore, SenderView? Sender, TimingView Timing,
    [property: Wire("Where they are, the most first; up to 50.", Told = Told.Beginning, First = 3)] IReadOnlyList<DomainCount> Domains,
    IReadOnlyList<ProductCardView> Products, PlanTrackingView Tracking,
    [property: Wire("Messages that tell most; their text_body is what mail programs show: the HTML as text, where there is HTML. --samples n for more of them.", Told = Told.Beginning, First = 1)] IReadOnlyList<PreviewMessage> Samples,
    [property: Wire("yes, changed since or never: whether this content was sent as a test.")] string TestedContent,
    string TaskId, long Version,
    [property: Wire("The values recipients bring, by variable.")] IReadOnlyList<PlanVariable> Variables);

public sealed record TestTask(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("Where the test goes: a member's or a mailbox's own address.", Min = 1, Max = Limits.AddressCharacters)] string To,
    [property: Wire("Whose message it is: a recipient's id or address; the first one unless told.", Min = 1, Max = Limits.AddressCharacters)] string? Recipient);

/// <summary>A test mail that the mail server took.</summary>
public sealed record TestSent(
    string TaskId, string To, string RecipientId, string Subject,
    [property: Wire("smtp, or files: it was written to a folder.")] string Delivery,
    int ContentVersion, bool Changed);

public static class SendingOps
{
    public static readonly Op<SendTask, TaskView> Send = new("email send", "POST /v1/email-tasks/{task_id}/send", Effect.Send, Role.Operator,
        "Show the plan; with --force start sending exactly that.", static j => j.SendTask, static j => j.TaskView)
    {
        Example = """{"send_until":"2027-12-31T18:00:00+01:00"}""",
        Tells = ["plan_digest"],
        BodyOptional = true,
        TakesPlan = true,
        DryRunOutputOf = static j => j.PlanView,
    };

    public static readonly Op<ScheduleTask, TaskView> Schedule = new("email schedule", "POST /v1/email-tasks/{task_id}/schedule", Effect.Send, Role.Operator,
        "Show the plan; with --force start sending exactly that at the planned time.", static j => j.ScheduleTask, static j => j.TaskView)
    {
        Example = """{"plan_send_at":"2027-03-01T09:00:00+08:00"}""",
        Tells = ["plan_digest"],
        BodyOptions = [new("--at", "plan_send_at", false, Alone: true)],
        TakesPlan = true,
        DryRunOutputOf = static j => j.PlanView,
    };

    public static readonly Op<PauseTask, TaskView> Pause = new("email pause", "POST /v1/email-tasks/{task_id}/pause", Effect.Change, Role.Operator,
        "Hold a task that is being sent: nobody further is mailed until it is resumed.", static j => j.PauseTask, static j => j.TaskView)
    { Stops = true };

    public static readonly Op<ResumeTask, TaskView> Resume = new("email resume", "POST /v1/email-tasks/{task_id}/resume", Effect.Send, Role.Operator,
        "Lift the holds of a paused task that you may lift; it goes on when none is left.", static j => j.ResumeTask, static j => j.TaskView)
    { TakesPlan = true, Tells = ["plan_digest"] };

    public static readonly Op<CancelTask, TaskView> Cancel = new("email cancel", "POST /v1/email-tasks/{task_id}/cancel", Effect.Send, Role.Operator,
        "Stop a task: nobody further is mailed; the receipt says who was.", static j => j.CancelTask, static j => j.TaskView)
    { Stops = true };

    public static readonly Op<TestTask, TestSent> Test = new("email test", "POST /v1/email-tasks/{task_id}/test", Effect.Send, Role.Operator,
        "Send one recipient's message to yourself: a member's or a mailbox's own address.", static j => j.TestTask, static j => j.TestSent)
    {
        Example = """{"to":"mia@brand.example","recipient":"ana@creators.example"}""",
        BodyOptions = [new("--to", "to", false), new("--recipient", "recipient", false)],
    };
}
