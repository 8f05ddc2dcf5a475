using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>Stops a task. One committed row: no mail begins afterwards, and no dot leaves. Safe to repeat.</summary>
internal static class Cancel
{
    /// <summary>A scheduler, a rename or a pause may be quicker; then the task is looked at again, this often. A stop must not be lost to them.</summary>
    private const int Looks = 5;

    public static Task<Outcome<TaskView>> Handle(CancelTask input, Call call, CancellationToken ct) => call.Change<TaskView>(async db =>
    {
        for (var look = 1; look <= Looks; look++)
        {
            if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
            var ruling = TaskDecisions.Decide(TaskCommand.Cancel, task.Status, task.Id, everHanded: true);
            if (!ruling.Allowed) return Refusal.State(ruling.Problem, ruling.Fix);
            if (!ruling.Changes || await Stop(db, call, task, ruling.Next)) return await Answer(db, call, task, ruling);
        }
        return TaskGuard.EditedMeanwhile();
    });

    private static async ValueTask<bool> Stop(Db db, Call call, TaskRow task, MailTaskStatus next)
    {
        if (next == MailTaskStatus.Draft) return await TaskRows.BackToDraft(db, task) == 1;
        if (await TaskRows.Cancel(db, task) == 0) return false;
        db.AfterCommit(() => call.App.Signals.TaskStopped(task.Id));
        return true;
    }

    private static async ValueTask<Outcome<TaskView>> Answer(Db db, Call call, TaskRow task, Ruling ruling)
    {
        var counts = await CounterRows.Sum(db, task.SetId);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var view = await Tasks.Get.View(db, now!, ruling.Changes);
        var notYet = task.Status == MailTaskStatus.Sending
            ? $"NOT STOPPED: {counts.Sent} of {counts.Total} sent, still sending. Add --force."
            : null;
        return Outcome<TaskView>.Done(view, Sentence(view, ruling), NextStep.Of(TaskOps.Get, task.Id), task.Id, undo: view.CancelReceipt is null ? NextStep.Of(SendingOps.Schedule, task.Id).WithBody() : null).With(dryRunSummary: notYet, changed: ruling.Changes);
    }

    private static Said Sentence(TaskView view, Ruling ruling)
    {
        if (view.CancelReceipt is not { } r) return Said.Of("The task is no longer scheduled; it is a draft again.", "The task would no longer be scheduled; it would be a draft again.");
        var said = ruling.Changes
            ? Said.Of($"Stopped: {r.Sent} of {r.Total} had been sent, {r.NeverSent} never will be.", $"The task would be stopped: {r.Sent} of {r.Total} sent so far, {r.NeverSent} never would be.")
            : Said.Already($"It is stopped already: {r.Sent} of {r.Total} sent, {r.NeverSent} never will be.");
        return said.And(r.InFlight > 0, $"{r.InFlight} were being handed over and settle now.", $"{r.InFlight} are being handed over and would settle.");
    }
}
