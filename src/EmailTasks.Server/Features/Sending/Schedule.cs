using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>Shows the plan; forced, writes it down, and the task starts by itself at the planned time. Said again, it has a new time and a new plan.</summary>
internal static class Schedule
{
    public static async Task<Outcome<TaskView>> Handle(ScheduleTask input, Call call, CancellationToken ct)
    {
        var at = Instants.Parse(input.PlanSendAt);
        if (ScheduleRules.Problem(at, Micros.At(call.App.Store.Now)) is { } problem)
            return Refusal.Invalid("$.plan_send_at", "out_of_range", problem, "Give a time from 1 minute to 365 days ahead; to start at once use `email send`.");
        var terms = new SendTerms(input.SendUntil is null ? null : Micros.Of(Instants.Parse(input.SendUntil)), input.AllowRepeat == true, Micros.Of(at), input.PlanSendAt) { AllowHeld = input.AllowHeld == true };
        return await PlannedStart.Run(call, input.TaskId, TaskCommand.Schedule, terms, (db, task, approved) => Plan(db, call, task, approved));
    }

    private static async ValueTask<Outcome<TaskView>> Plan(Db db, Call call, TaskRow task, ApprovedPlan approved)
    {
        var (_, terms, digest, _, view) = approved;
        if (await ScheduleRows.Plan(db, task, digest, terms.SendAt!.Value, terms.SendUntil) == 0) return PlannedStart.ChangedMeanwhile();
        await PlannedStart.Write(db, call, task, approved, task.PlanNo + 1);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var when = $"{Micros.At(terms.SendAt.Value):yyyy-MM-dd HH:mm}Z (given as {terms.GivenAt})";
        var mails = PlanDays.Mails(view);
        var files = view.Delivery == "files" ? " They are written to files; nothing leaves this machine." : "";
        var said = Said.Of($"Scheduled: {mails}; it starts at {when}; nothing has been sent.{files}",
            $"{mails} would be sent{(view.Delivery == "files" ? " to files" : "")} as {view.Sender?.Address}, from {when} on.");
        return Outcome<TaskView>.Done(await Tasks.Get.View(db, now!, changed: true), said, NextStep.Of(TaskOps.Get, task.Id), task.Id, undo: NextStep.Of(SendingOps.Cancel, task.Id))
            .With(view, plan: digest, keepUntil: Micros.At(terms.SendAt.Value));
    }
}
