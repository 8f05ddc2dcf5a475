namespace EmailTasks.Contracts;

/// <summary>The numbers of reports, each defined once. What nobody observes is null, not 0.</summary>
public abstract record Figures
{
    [Wire("All recipients; the counts by state add up to it.")]
    public long RecipientCount { get; init; }

    [Wire("Not handed over yet.")]
    public long PendingCount { get; init; }

    [Wire("Being handed over now.")]
    public long HandedCount { get; init; }

    [Wire("Accepted by your mail server; no proof of delivery.")]
    public long SentCount { get; init; }

    [Wire("Refused for good by a mail server.")]
    public long FailedCount { get; init; }

    [Wire("Handed over, and no answer came; never retried by the machine.")]
    public long UncertainCount { get; init; }

    [Wire("Left out because the address is suppressed.")]
    public long SuppressedCount { get; init; }

    [Wire("Never sent because the task was cancelled.")]
    public long CancelledCount { get; init; }

    [Wire("Never sent because send_until passed, or after 48 hours of temporary refusals.")]
    public long ExpiredCount { get; init; }

    [Wire("The part of pending_count that waits for another attempt.")]
    public long RetryingCount { get; init; }

    [Wire("Sent recipients with a hard bounce; null when nobody reads bounces.")]
    public long? BounceCount { get; init; }

    [Wire("Sent recipients whose mail a person opened; null when opens are not tracked.")]
    public long? OpenCount { get; init; }

    [Wire("Sent recipients whose mail only a proxy or scanner opened.")]
    public long? MachineOpenCount { get; init; }

    [Wire("Sent recipients of whom a person followed a link; null when clicks are not tracked.")]
    public long? ClickCount { get; init; }

    [Wire("Sent recipients of whom only a scanner followed a link.")]
    public long? MachineClickCount { get; init; }

    [Wire("Email tracking replies: sent recipients whose mail got at least one reply; null when nobody listens.")]
    public long? ReplyCount { get; init; }

    [Wire("Creators who replied: distinct persons behind those.")]
    public long? RepliedCreatorCount { get; init; }

    [Wire("Inbound messages: every reply message.")]
    public long? InboundMessageCount { get; init; }

    [Wire("Sent recipients with an automatic answer (RFC 3834), which is no reply.")]
    public long? AutoReplyCount { get; init; }

    [Wire("Sent recipients who opted out; null when nothing could tell.")]
    public long? UnsubscribeCount { get; init; }

    [Wire("Sent recipients who called it spam; null when nobody listens.")]
    public long? ComplaintCount { get; init; }

    [Wire("reply_count over sent_count; null when that is 0.")]
    public double? ReplyRate { get; init; }

    [Wire("open_count over sent_count; null when that is 0.")]
    public double? OpenRate { get; init; }

    [Wire("click_count over sent_count; null when that is 0.")]
    public double? ClickRate { get; init; }

    [Wire("bounce_count over sent_count; null when that is 0.")]
    public double? BounceRate { get; init; }

    public DateTimeOffset? FirstSentAt { get; init; }

    public DateTimeOffset? LastSentAt { get; init; }
}

public sealed record GetReport(
    [property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId,
    [property: Wire("List the recipients and messages behind this number, up to 1,000.", In = WireIn.Query, Values =
    [
        "pending_count", "handed_count", "sent_count", "failed_count", "uncertain_count", "suppressed_count", "cancelled_count", "expired_count", "retrying_count",
        "bounce_count", "open_count", "machine_open_count", "click_count", "machine_click_count", "reply_count", "replied_creator_count", "inbound_message_count",
        "auto_reply_count", "unsubscribe_count", "complaint_count",
    ])] string? Explain);

/// <summary>Whether anybody reads this mailbox's replies.</summary>
/// <param name="Status">listening, failing, partly (some mailboxes of the answer) or not_listening.</param>
/// <param name="SyncedAt">Up to when it is read.</param>
public sealed record InboundStatus(string Status, DateTimeOffset? SyncedAt);

/// <summary>What happened from one instant on, for an hour, or a day when the whole is longer than 90 days.</summary>
public sealed record TimelineEntry(DateTimeOffset At, long Sent, long? Opens, long? Clicks, long? Replies);

/// <summary>A recipient behind a number.</summary>
/// <param name="At">When it began to count.</param>
public sealed record ExplainedRecipient(
    string RecipientId, string EmailAddress, string? CreatorId, DateTimeOffset? At,
    [property: Wire("Messages from this recipient that are of the number's kind; read them with message get.")] IReadOnlyList<string> MessageIds);

/// <summary>What is behind a number.</summary>
public sealed record Explained(string Number, long? Count, IReadOnlyList<ExplainedRecipient> Recipients, [property: Wire("True when there are more than are listed.")] bool Truncated);

/// <summary>What happened to one task.</summary>
public sealed record ReportView(
    string TaskId, string Name, string Status, bool Settled,
    [property: Wire("smtp: mail left; files: nothing left this machine.")] string? Delivery,
    InboundStatus Inbound,
    [property: Wire("Hours in which something happened, in order; days when they span more than 90.")] IReadOnlyList<TimelineEntry> Timeline,
    Explained? Explained) : Figures;

public sealed record GetTeamSummary(
    [property: Wire("Tasks, comma-separated; all of the account's in from and to when there are none.", In = WireIn.Query, Max = 8_000)] string? TaskIds,
    [property: Wire("Only tasks of these members, comma-separated.", In = WireIn.Query, Max = 8_000)] string? Uids,
    [property: Wire("Only tasks whose first mail left on this day or later, in the account's time zone: 2026-11-01.", In = WireIn.Query, Max = 10)] string? From,
    [property: Wire("Only tasks whose first mail left on this day or earlier.", In = WireIn.Query, Max = 10)] string? To);

/// <summary>What happened to some tasks together.</summary>
public sealed record TeamSummaryView(
    [property: Wire("Tasks that are counted.")] long TaskCount,
    [property: Wire("The first instant of from, and the first after to.")] DateTimeOffset? FromAt, DateTimeOffset? ToAt,
    InboundStatus Inbound, IReadOnlyList<TimelineEntry> Timeline) : Figures;

public sealed record GetTeamBreakdown(
    [property: Wire("Tasks, comma-separated; all of the account's in from and to when there are none.", In = WireIn.Query, Max = 8_000)] string? TaskIds,
    [property: Wire("Only tasks of these members, comma-separated.", In = WireIn.Query, Max = 8_000)] string? Uids,
    [property: Wire("Only tasks whose first mail left on this day or later, in the account's time zone: 2026-11-01.", In = WireIn.Query, Max = 10)] string? From,
    [property: Wire("Only tasks whose first mail left on this day or earlier.", In = WireIn.Query, Max = 10)] string? To,
    [property: Wire("Rows a page, 1-100; 20 unless told.", In = WireIn.Query, Min = 1, Max = Limits.PageSizeMax)] int? PageSize,
    [property: Wire("Page number from 1.", In = WireIn.Query, Min = 1)] int? PageNum,
    [property: Wire("next_cursor of the page before; not together with page_num.", In = WireIn.Query, Max = 200)] string? Cursor);

/// <summary>What happened to the tasks of one member.</summary>
public sealed record TeamMemberFigures(
    [property: Wire("The owner of the tasks.")] string Uid, string Name, long TaskCount, InboundStatus Inbound) : Figures;

public static class ReportOps
{
    public static readonly Op<GetReport, ReportView> Report = new("email report", "GET /v1/email-tasks/{task_id}/report", Effect.Read, Role.Viewer,
        "Report what happened to a task's recipients.", static j => j.GetReport, static j => j.ReportView)
    {
        LocalOptions = [("--output <file>", "Write it to a file: x.html (a page with charts), x.csv (all recipients) or x.xlsx (numbers, timeline, recipients).")],
    };

    public static readonly Op<GetTeamSummary, TeamSummaryView> TeamSummary = new("email team-summary", "GET /v1/email-reports/team-summary", Effect.Read, Role.Viewer,
        "Report what happened to several tasks together.", static j => j.GetTeamSummary, static j => j.TeamSummaryView);

    public static readonly Op<GetTeamBreakdown, Page<TeamMemberFigures>> TeamBreakdown = new("email team-breakdown", "GET /v1/email-reports/team-breakdown", Effect.Read, Role.Viewer,
        "Report what happened to several tasks, member by member.", static j => j.GetTeamBreakdown, static j => j.PageTeamMemberFigures);
}
