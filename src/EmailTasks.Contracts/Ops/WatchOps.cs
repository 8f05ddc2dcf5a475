namespace EmailTasks.Contracts;

public sealed record WatchTask([property: Wire("The task.", In = WireIn.Path, Id = "tsk")] string TaskId);

/// <summary>How a task stands at one moment; one comes with each change.</summary>
public sealed record TaskEvent(
    string TaskId, string Status,
    [property: Wire("True when every recipient of a started task has its final state.")] bool Settled,
    CountsView Counts,
    DateTimeOffset? PlanSendAt, bool Overdue,
    WaitingView? Waiting,
    DateTimeOffset? NextMailAt,
    [property: Wire("When the last mail leaves at the mailbox's limits and window; null without limits.")] DateTimeOffset? LastMailAt,
    [property: Wire("user, mailbox, guard or restore.")] string? PausedBy,
    [property: Wire("When this was so.")] DateTimeOffset At);

public static class WatchOps
{
    public static readonly Op<WatchTask, TaskEvent> Watch = new("email watch", "GET /v1/email-tasks/{task_id}/events", Effect.Read, Role.Viewer,
        "Follow a task until it is settled: one event with each change; exit 0 when it ended as sent.", static j => j.WatchTask, static j => j.TaskEvent)
    {
        Carries = Carries.Events,
    };
}
