using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>
/// Holds a task, and lets it go on. Holds are a set: a pause is added whatever holds the task already, so that nobody who
/// lifts theirs lifts this one; the task goes on when the set is empty. Each is safe to repeat.
/// </summary>
internal static class Pause
{
    public static Task<Outcome<TaskView>> Handle(PauseTask input, Call call, CancellationToken ct) => call.Change<TaskView>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var ruling = TaskDecisions.Decide(TaskCommand.Pause, task.Status, task.Id, everHanded: true);
        if (!ruling.Allowed) return Refusal.State(ruling.Problem, ruling.Fix);
        var changed = await TaskHolds.Add(db, task.Id, Hold.Pause(call.Key.Who));
        db.AfterCommit(() => call.App.Signals.TaskStopped(task.Id));
        var view = await Tasks.Get.View(db, (await TaskRows.Load(db, call.Account, task.Id))!, changed);
        return Outcome<TaskView>.Done(view, PausedSentence(view, task, changed), NextStep.Of(TaskOps.Get, task.Id), task.Id, undo: NextStep.Of(SendingOps.Resume, task.Id)).With(changed: changed);
    });

    public static async Task<Outcome<TaskView>> Resume(ResumeTask input, Call call, CancellationToken ct)
    {
        // Nobody enters a task that was started, so what a snapshot says of its domains still holds in the change.
        var foreign = await call.Read(async db => await TaskRows.Load(db, call.Account, input.TaskId) is { } task ? await GoRows.Foreign(db, task.SetId, call.Key.Go.Domains) : ForeignDomains.None);
        return await call.Change<TaskView>(db => Resume(db, input, call, foreign));
    }

    private static async ValueTask<Outcome<TaskView>> Resume(Db db, ResumeTask input, Call call, ForeignDomains foreign)
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var ruling = TaskDecisions.Decide(TaskCommand.Resume, task.Status, task.Id, everHanded: true);
        if (!ruling.Allowed) return Refusal.State(ruling.Problem, ruling.Fix);
        if (call.Plan is { } plan && task.PlanDigest?.StartsWith(plan, StringComparison.Ordinal) != true) return OtherPlan(task);
        if (ruling.Changes && task.Doubt != TaskDoubt.None) return Refusal.State("Mails of this task may have left that the database does not know of.", "Settle that first: noxinfluencer data accept-restore");
        IReadOnlyList<Hold> left = [];
        if (ruling.Changes)
        {
            var holds = await HoldRows.Of(db, task.Id);
            var mine = holds.Select(h => h.Hold).Where(h => HoldRules.MayLift(h, call.Key.Who)).ToList();
            if (mine.Count == 0 && holds.Count > 0) return Holding.NotYours("task", holds);
            if (mine.Count == holds.Count && await KeyLimits.LetGo(db, call, task, foreign) is { } bound) return bound;
            left = await TaskHolds.Lift(db, task, mine);
            db.AfterCommit(call.App.Signals.TaskResumed);
        }
        var view = await Tasks.Get.View(db, (await TaskRows.Load(db, call.Account, task.Id))!, ruling.Changes);
        return Outcome<TaskView>.Done(view, ResumedSentence(view, task, left, ruling.Changes, db.Now), NextStep.Of(TaskOps.Get, task.Id), task.Id, undo: NextStep.Of(SendingOps.Pause, task.Id)).With(changed: ruling.Changes);
    }

    private static Said PausedSentence(TaskView view, TaskRow was, bool changed)
    {
        var (sent, total, flight) = (view.Counts.SentCount, view.Counts.RecipientCount, view.Counts.HandedCount);
        var said = !changed ? Said.Already($"It is paused already: {sent} of {total} sent.")
            : was.Status == MailTaskStatus.Paused ? Said.Of($"Your pause is added; it was held already: {sent} of {total} had been sent.", $"Your pause would be added; it is held already: {sent} of {total} sent so far.")
            : Said.Of($"Paused: {sent} of {total} had been sent.", $"The task would be paused: {sent} of {total} sent so far.");
        return said.And(flight > 0, $"{flight} were being handed over and settle now.", $"{flight} are being handed over and would settle.");
    }

    private static Said ResumedSentence(TaskView view, TaskRow was, IReadOnlyList<Hold> left, bool changed, long now)
    {
        if (!changed) return Said.Already("The task is not paused.");
        if (left.Count > 0) return Holding.StillHeld("task", left);
        if (was.SendUntil <= now) return Said.Of($"Resumed, but send_until has passed: {Plural.Of(view.Counts.PendingCount, "recipient")} expire now.", $"The task would be resumed, but send_until has passed: {Plural.Of(view.Counts.PendingCount, "recipient")} would expire.");
        return Said.Of($"Sending goes on: {view.Counts.PendingCount} of {view.Counts.RecipientCount} are still to be mailed.", $"Sending would go on: {view.Counts.PendingCount} of {view.Counts.RecipientCount} are still to be mailed.");
    }

    private static Refusal OtherPlan(TaskRow task) => new(ErrorCodes.PlanChanged, "The task runs by another plan than the one you name.")
    {
        Problems = [new("plan", "changed", "The task runs by another plan than the one you name.", $"Read the task: plan_digest is that of the running plan. {NextStep.Of(TaskOps.Get, task.Id)}")],
        Action = new("fix", null, $"Read it: {NextStep.Of(TaskOps.Get, task.Id)}"),
    };
}
