using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Reports;

/// <summary>What happened to one task, from counters: constant time at any size.</summary>
internal static class Report
{
    public static async Task<Outcome<ReportView>> Handle(GetReport input, Call call, CancellationToken ct) => await call.Read<Outcome<ReportView>>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var counters = await CounterRows.Sum(db, task.SetId);
        var seen = Numbers.Of(await ReportRows.Tasks(db, call.Account, new ReportScope([task.Id], null, null, null)));
        var bare = new ReportView(task.Id, task.Name, TaskDecisions.Word(task.Status), task.Settled, Tasks.Get.Sender(task, null)?.Delivery, seen.Inbound,
            Numbers.Timeline(await HourRows.Of(db, [task.SetId]), seen), null);
        var view = Numbers.On(bare, counters, seen, counters.RepliedCreators);
        if (input.Explain is { } number) view = view with { Explained = await Explaining.Of(db, task.SetId, number, view) };
        return Outcome<ReportView>.Done(view, Sentence(view));
    });

    private static string Sentence(ReportView r)
    {
        if (r.Status is TaskStatusWords.Draft) return "Nothing has been sent yet.";
        var text = $"{r.SentCount} of {r.RecipientCount} sent";
        if (r.FailedCount > 0) text += $", {r.FailedCount} failed";
        if (r.SuppressedCount > 0) text += $", {r.SuppressedCount} suppressed";
        if (r.CancelledCount + r.ExpiredCount > 0) text += $", {r.CancelledCount + r.ExpiredCount} never sent";
        if (r.PendingCount + r.HandedCount > 0) text += $", {r.PendingCount + r.HandedCount} to go";
        text += CameBack(r) + "." + Tasks.Standing.Uncertain(r.UncertainCount);
        if (r.Delivery == "files") return text + " Written to files; nothing left this machine.";
        return text + (r.ReplyCount is null ? " Nobody reads this mailbox's replies, so reply numbers are null." : "");
    }

    /// <summary>What came back, as far as anybody would know; opt-outs and complaints decide whether there is a next mail.</summary>
    public static string CameBack(Figures f)
    {
        var parts = new List<string>();
        if (f.ReplyCount is { } replies) parts.Add($"{Plural.Of(replies, "reply", "replies")} from {Plural.Of(f.RepliedCreatorCount ?? 0, "creator")}");
        if (f.BounceCount is { } bounces) parts.Add(Plural.Of(bounces, "bounce"));
        if (f.UnsubscribeCount is { } left) parts.Add(Plural.Of(left, "opt-out"));
        if (f.ComplaintCount is { } complaints) parts.Add(Plural.Of(complaints, "complaint"));
        return parts.Count == 0 ? "" : "; " + string.Join(", ", parts);
    }
}
