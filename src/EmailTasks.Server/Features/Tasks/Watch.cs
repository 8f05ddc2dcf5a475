using System.Runtime.CompilerServices;
using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Tasks;

/// <summary>Follows a task: its state first, then one event with each change, until it is settled. Reads rows, so any node can tell.</summary>
internal static class Watch
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(300);

    public static async Task<Outcome<EventStream<TaskEvent>>> Handle(WatchTask input, Call call, CancellationToken ct)
    {
        var first = await call.Read(db => Read(db, call, input.TaskId));
        if (first is null) return Refusal.NotFound("task", input.TaskId, "task_id");
        if (first.Status == TaskStatusWords.Draft) return Refusal.State("The task is a draft; nothing happens to it by itself.", $"Send it first: noxinfluencer email send {first.TaskId}");
        return Outcome<EventStream<TaskEvent>>.Done(new EventStream<TaskEvent>(Changes(first, call, ct), End), "");
    }

    /// <summary>Ends with the settled state, or with the draft a schedule was taken back to.</summary>
    private static async IAsyncEnumerable<TaskEvent?> Changes(TaskEvent first, Call call, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return first;
        for (var last = first; !IsOver(last);)
        {
            await Task.Delay(LookEvery, call.App.Time, ct);
            var now = await call.Read(db => Read(db, call, last.TaskId));
            if (now is null) yield break; // deleted: it was a draft before
            yield return Same(now, last) ? null : now;
            last = now;
        }
    }

    private static bool IsOver(TaskEvent e) => e.Settled || e.Status == TaskStatusWords.Draft;

    /// <summary>A forecast moves with every look; alone it is no change.</summary>
    private static bool Same(TaskEvent a, TaskEvent b) => a with { At = b.At, LastMailAt = b.LastMailAt, NextMailAt = b.NextMailAt } == b;

    private static Outcome<TaskEvent> End(TaskEvent e)
    {
        var c = e.Counts;
        if (e.Status == TaskStatusWords.Sent)
            return Outcome<TaskEvent>.Done(e, $"Sent: {c.SentCount} of {c.RecipientCount} accepted by the mail server{Trouble(c)}.", $"noxinfluencer email report {e.TaskId}");
        var (problem, fix) = e.Status == TaskStatusWords.Cancelled
            ? ($"The task was cancelled: {c.SentCount} of {c.RecipientCount} had been sent{Trouble(c)}.", $"See what happened: noxinfluencer email report {e.TaskId}")
            : ("The task is a draft again; nothing was sent.", $"Send it: noxinfluencer email send {e.TaskId}");
        return Refusal.State(problem, fix) with { Data = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(e, WireJson.Readable.TaskEvent) };
    }

    private static string Trouble(CountsView c) => (c.FailedCount > 0 ? $", {c.FailedCount} failed" : "") + (c.UncertainCount > 0 ? $", {c.UncertainCount} uncertain" : "");

    private static async ValueTask<TaskEvent?> Read(Db db, Call call, string id)
    {
        if (await TaskRows.Load(db, call.Account, id) is not { } task) return null;
        var mailbox = task.Mailbox is null ? null : await MailboxRows.LoadAny(db, task.Mailbox);
        var counts = await CounterRows.Sum(db, task.SetId);
        var waits = await Waits.Of(db, task, mailbox, counts);
        return new TaskEvent(
            task.Id, TaskDecisions.Word(task.Status), task.Settled, Get.Counts(counts), Micros.At(task.PlanSendAt), waits.Overdue, waits.Why, waits.NextMailAt,
            LastMail(task, mailbox, counts, db.Now), task.PausedBy, Micros.At(db.Now));
    }

    private static DateTimeOffset? LastMail(TaskRow task, MailboxRow? mailbox, CounterSum counts, long now)
    {
        if (mailbox is null || task.Status is not (MailTaskStatus.Sending or MailTaskStatus.Scheduled)) return null;
        var start = task.Status == MailTaskStatus.Scheduled ? Math.Max(task.PlanSendAt ?? now, now) : now;
        return Pacing.Predict(mailbox.Limits, MailboxWindow.Of(mailbox), counts.Pending + counts.Handed, Micros.At(start)).LastAt;
    }
}
