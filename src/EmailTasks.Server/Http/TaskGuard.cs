using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>Whether a command may touch a task now. Every slice asks here, so none can forget a copy that still runs.</summary>
internal static class TaskGuard
{
    /// <summary>Why not, or null.</summary>
    public static Refusal? Problem(TaskRow task, TaskCommand command)
    {
        if (task.Copying) return Copying(task.Id);
        var ruling = TaskDecisions.Decide(command, task.Status, task.Id, everHanded: task.FirstHandedAt is not null);
        return ruling.Allowed ? null : Refusal.State(ruling.Problem, ruling.Fix);
    }

    /// <summary>What an edit adds to its sentence where it took back a schedule: who edits must not believe that the task still leaves by itself.</summary>
    public static Said BackToDraft(Said said, TaskRow was, bool changed) =>
        said.And(changed && was.Status == MailTaskStatus.Scheduled, "The task was scheduled and is a draft again.", "The task is scheduled and would be a draft again.");

    /// <summary>The task's recipients are still on their way into it.</summary>
    public static Refusal Copying(string id) => new(ErrorCodes.AsyncNotReady, "The task's recipients are still being copied.")
    {
        RetryAfterSeconds = 1,
        Action = new("retry", null, $"Ask until copying is false: {NextStep.Of(TaskOps.Get, id)}"),
    };

    /// <summary>Somebody else edited the task between the reading and the writing.</summary>
    public static Refusal EditedMeanwhile() => new(ErrorCodes.AsyncNotReady, "The task was edited by somebody else at the same moment; nothing was changed.")
    {
        RetryAfterSeconds = 1,
        Action = new("retry", null, "Repeat the call."),
    };
}
