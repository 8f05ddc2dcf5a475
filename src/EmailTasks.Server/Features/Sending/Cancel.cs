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
        return Outcome<TaskView>.Done(view, Sentence(view, ruling), $"noxinfluencer email get {task.Id}", task.Id).With(dryRunSummary: notYet, changed: ruling.Changes);
    }

    private static string Sentence(TaskView view, Ruling ruling)
    {
        if (view.CancelReceipt is not { } r) return "The task is no longer scheduled; it is a draft again.";
        var flight = r.InFlight > 0 ? $" {r.InFlight} were being handed over and settle now." : "";
        return $"{(ruling.Changes ? "Stopped" : "It was stopped already")}: {r.Sent} of {r.Total} had been sent, {r.NeverSent} never will be.{flight}";
    }
}
