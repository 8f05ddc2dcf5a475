using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Reports;

/// <summary>What happened to one task, from counters: constant time at any size. What nobody observes is null, not 0.</summary>
internal static class Report
{
    public static async Task<Outcome<ReportView>> Handle(GetReport input, Call call, CancellationToken ct) => await call.Read<Outcome<ReportView>>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var c = await CounterRows.Sum(db, task.SetId);
        var sender = Tasks.Get.Sender(task, null);
        var view = new ReportView(
            task.Id, task.Name, TaskDecisions.Word(task.Status), task.Settled,
            c.Total, c.Pending, c.Handed, c.Sent, c.Failed, c.Uncertain, c.Suppressed, c.Cancelled, c.Expired, c.Retrying,
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
            Micros.At(c.FirstSentAt), Micros.At(c.LastSentAt), sender?.Delivery, new InboundStatus("not_listening", null));
        return Outcome<ReportView>.Done(view, Sentence(view));
    });

    private static string Sentence(ReportView r)
    {
        if (r.Status is TaskStatusWords.Draft) return "Nothing has been sent yet.";
        var text = $"{r.SentCount} of {r.RecipientCount} sent";
        if (r.FailedCount > 0) text += $", {r.FailedCount} failed";
        if (r.UncertainCount > 0) text += $", {r.UncertainCount} uncertain (never retried by the machine)";
        if (r.SuppressedCount > 0) text += $", {r.SuppressedCount} suppressed";
        if (r.CancelledCount + r.ExpiredCount > 0) text += $", {r.CancelledCount + r.ExpiredCount} never sent";
        if (r.PendingCount + r.HandedCount > 0) text += $", {r.PendingCount + r.HandedCount} to go";
        return text + (r.Delivery == "files" ? ". Written to files; nothing left this machine." : ". Replies are not read yet, so reply numbers are null.");
    }
}
