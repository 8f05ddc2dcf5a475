using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>Shows the plan; forced, starts exactly that and nothing else. A scheduled task starts now, by the plan shown now.</summary>
internal static class Send
{
    public static Task<Outcome<TaskView>> Handle(SendTask input, Call call, CancellationToken ct)
    {
        var terms = new SendTerms(input.SendUntil is null ? null : Micros.Of(Instants.Parse(input.SendUntil)), input.AllowRepeat == true) { AllowHeld = input.AllowHeld == true };
        return PlannedStart.Run(call, input.TaskId, TaskCommand.Send, terms, (db, task, approved) => Start(db, call, task, approved));
    }

    private static async ValueTask<Outcome<TaskView>> Start(Db db, Call call, TaskRow task, ApprovedPlan approved)
    {
        var (_, terms, digest, _, view) = approved;
        if (await TaskRows.Start(db, task, digest, terms.SendUntil) == 0) return PlannedStart.ChangedMeanwhile();
        await PlannedStart.Write(db, call, task, approved, task.PlanNo + 1);
        db.AfterCommit(call.App.Signals.TaskStarted);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var where = view.Delivery == "files" ? " They are written to files; nothing leaves this machine." : "";
        var said = Said.Of($"Sending has started: {PlanDays.Mails(view)}.{where}",
            $"{PlanDays.Mails(view)} would be sent{(view.Delivery == "files" ? " to files" : "")}, as {view.Sender?.Address}.");
        return Outcome<TaskView>.Done(await Tasks.Get.View(db, now!, changed: true), said, NextStep.Of(TaskOps.Get, task.Id), task.Id, undo: NextStep.Of(SendingOps.Cancel, task.Id))
            .With(view, plan: digest);
    }
}
