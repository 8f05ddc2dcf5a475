using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>Holds a task, and lets it go on. Each is one committed row, and safe to repeat.</summary>
internal static class Pause
{
    private const string ByUser = "user";

    public static Task<Outcome<TaskView>> Handle(PauseTask input, Call call, CancellationToken ct) => call.Change<TaskView>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var ruling = TaskDecisions.Decide(TaskCommand.Pause, task.Status, task.Id, everHanded: true);
        if (!ruling.Allowed) return Refusal.State(ruling.Problem, ruling.Fix);
        if (ruling.Changes)
        {
            if (await TaskRows.Pause(db, task.Id, ByUser) == 0) return TaskGuard.EditedMeanwhile();
            db.AfterCommit(() => call.App.Signals.TaskStopped(task.Id));
        }
        var view = await Tasks.Get.View(db, (await TaskRows.Load(db, call.Account, task.Id))!, ruling.Changes);
        return Outcome<TaskView>.Done(view, PausedSentence(view, ruling.Changes), NextStep.Of(TaskOps.Get, task.Id), task.Id, undo: NextStep.Of(SendingOps.Resume, task.Id)).With(changed: ruling.Changes);
    });

    public static Task<Outcome<TaskView>> Resume(ResumeTask input, Call call, CancellationToken ct) => call.Change<TaskView>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var ruling = TaskDecisions.Decide(TaskCommand.Resume, task.Status, task.Id, everHanded: true);
        if (!ruling.Allowed) return Refusal.State(ruling.Problem, ruling.Fix);
        if (ruling.Changes && task.Doubt != TaskDoubt.None) return Refusal.State("Mails of this task may have left that the database does not know of.", "Settle that first: noxinfluencer data accept-restore");
        if (ruling.Changes && task.PausedBy is "guard" or "restore" && !call.IsPerson) return PersonNeeded(task.PausedBy);
        if (ruling.Changes)
        {
            if (await TaskRows.Resume(db, task) == 0) return TaskGuard.EditedMeanwhile();
            db.AfterCommit(call.App.Signals.TaskResumed);
        }
        var view = await Tasks.Get.View(db, (await TaskRows.Load(db, call.Account, task.Id))!, ruling.Changes);
        return Outcome<TaskView>.Done(view, ResumedSentence(view, task, ruling.Changes, db.Now), NextStep.Of(TaskOps.Get, task.Id), task.Id, undo: NextStep.Of(SendingOps.Pause, task.Id)).With(changed: ruling.Changes);
    });

    private static Said PausedSentence(TaskView view, bool changed)
    {
        var (sent, total, flight) = (view.Counts.SentCount, view.Counts.RecipientCount, view.Counts.HandedCount);
        var said = changed
            ? Said.Of($"Paused: {sent} of {total} had been sent.", $"The task would be paused: {sent} of {total} sent so far.")
            : Said.Already($"It is paused already: {sent} of {total} sent.");
        return said.And(flight > 0, $"{flight} were being handed over and settle now.", $"{flight} are being handed over and would settle.");
    }

    private static Said ResumedSentence(TaskView view, TaskRow was, bool changed, long now)
    {
        if (!changed) return Said.Already("The task is not paused.");
        if (was.SendUntil <= now) return Said.Of($"Resumed, but send_until has passed: {Plural.Of(view.Counts.PendingCount, "recipient")} expire now.", $"The task would be resumed, but send_until has passed: {Plural.Of(view.Counts.PendingCount, "recipient")} would expire.");
        return Said.Of($"Sending goes on: {view.Counts.PendingCount} of {view.Counts.RecipientCount} are still to be mailed.", $"Sending would go on: {view.Counts.PendingCount} of {view.Counts.RecipientCount} are still to be mailed.");
    }

    /// <summary>The guard and a restore hold a task because something is wrong with the world: no agent may decide that it is right again.</summary>
    private static Refusal PersonNeeded(string pausedBy)
    {
        var why = pausedBy == "guard" ? "The guard paused this task because its mails were refused" : "This task was paused because the database was restored or copied";
        var problem = $"{why}; only a person's key may resume it.";
        const string fix = "Ask a person to look at it and to resume it with their own key.";
        return new Refusal(ErrorCodes.ScopeRequired, problem) { Problems = [new("", "person", problem, fix)], Action = new("approve", null, fix) };
    }
}
