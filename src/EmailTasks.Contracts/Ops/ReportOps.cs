namespace EmailTasks.Contracts;

public sealed record GetReport([property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId);

/// <summary>Whether anybody reads this mailbox's replies.</summary>
public sealed record InboundStatus(string Status, DateTimeOffset? SyncedAt);

/// <summary>What happened to one task.</summary>
public sealed record ReportView(
    string TaskId, string Name, string Status, bool Settled,
    long RecipientCount, long PendingCount, long HandedCount,
    [property: Wire("Accepted by your mail server; no proof of delivery.")] long SentCount,
    long FailedCount,
    [property: Wire("Handed over, and no answer came; never retried by the machine.")] long UncertainCount,
    long SuppressedCount, long CancelledCount, long ExpiredCount, long RetryingCount,
    [property: Wire("Sent recipients with a hard bounce; null when nobody reads bounces.")] long? BounceCount,
    [property: Wire("Null when tracking is off.")] long? OpenCount, long? MachineOpenCount, long? ClickCount, long? MachineClickCount,
    [property: Wire("Email tracking replies: sent recipients whose mail got at least one reply; null when nobody listens.")] long? ReplyCount,
    [property: Wire("Creators who replied: distinct persons behind those.")] long? RepliedCreatorCount,
    [property: Wire("Inbound messages: every reply message.")] long? InboundMessageCount,
    [property: Wire("Recipients with an automatic answer (RFC 3834).")] long? AutoReplyCount,
    long? UnsubscribeCount, long? ComplaintCount,
    double? ReplyRate, double? OpenRate, double? ClickRate, double? BounceRate,
    DateTimeOffset? FirstSentAt, DateTimeOffset? LastSentAt,
    [property: Wire("smtp: mail left; files: nothing left this machine.")] string? Delivery,
    InboundStatus Inbound);

public static class ReportOps
{
    public static readonly Op<GetReport, ReportView> Report = new("email report", "GET /v1/email-tasks/{task_id}/report", Effect.Read, Role.Viewer,
        "Report what happened to a task's recipients.", static j => j.GetReport, static j => j.ReportView);
}
