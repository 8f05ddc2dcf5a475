using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A task as it is kept.</summary>
public sealed class TaskRow
{
    public required string Id { get; init; }
    public long No { get; init; }
    public required string Account { get; init; }
    public required string OwnerUid { get; init; }
    public required string Name { get; init; }
    public string? Note { get; init; }
    public MailTaskStatus Status { get; init; }
    public long Version { get; init; }
    public bool Settled { get; init; }
    public long Reopened { get; init; }
    public string? Mailbox { get; init; }
    public string? Sender { get; init; }
    public long? SenderVersion { get; init; }
    public int ContentVersion { get; init; }
    public long SetId { get; init; }
    public long NextSeq { get; init; }
    /// <summary>Who planned the start of a scheduled task.</summary>
    public string? ScheduledActor { get; init; }
    public string? ScheduledKey { get; init; }
    public string? ScheduledUid { get; init; }

    /// <summary>When it, or the task it was copied from, was planned to start before somebody took that back, and by whom.</summary>
    public long? WasScheduledFor { get; init; }
    public string? WasScheduledActor { get; init; }
    public string? WasScheduledUid { get; init; }

    /// <summary>Who was the last to change what would leave.</summary>
    public string? EditedActor { get; init; }
    public string? EditedKey { get; init; }
    public string? EditedUid { get; init; }
    public string? CreatedActor { get; init; }

    /// <summary>Who cancelled it.</summary>
    public string? CancelledActor { get; init; }

    /// <summary>A copy of whom a stopped task had not mailed: letting it go is a person's.</summary>
    public bool FromStopped { get; init; }

    /// <summary>What is known of who last decided about it.</summary>
    public TaskTrust Trust => new((Status == MailTaskStatus.Scheduled ? ScheduledActor : WasScheduledActor) == Who.Person, FromStopped, EditedActor == Who.Agent);
    public int PlanNo { get; init; }
    public string? PlanDigest { get; init; }
    public long? PlanSendAt { get; init; }
    public bool Overdue { get; init; }
    public long? SendUntil { get; init; }
    public string? PausedBy { get; init; }
    public string? PausedReason { get; init; }
    public string? PausedProblem { get; init; }
    public string? PausedFix { get; init; }
    public long GuardResults { get; init; }
    public long GuardHard { get; init; }
    public TaskDoubt Doubt { get; init; }
    public long? CutoffAt { get; init; }
    public string? SourceTaskId { get; init; }
    public bool Copying { get; init; }
    public long? CopySet { get; init; }
    public string? CopyFilter { get; init; }
    public long? CopyCursor { get; init; }
    public long? SkipRepliedSet { get; init; }
    public bool? TrackOpens { get; init; }
    public bool? TrackClicks { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public long? StartedAt { get; init; }
    public long? FirstHandedAt { get; init; }
    public long? FinishedAt { get; init; }
}
