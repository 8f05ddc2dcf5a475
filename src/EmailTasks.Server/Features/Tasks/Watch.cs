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
        if (first.Event.Status == TaskStatusWords.Draft) return Refusal.State("The task is a draft; nothing happens to it by itself.", $"Send it first: {NextStep.Of(SendingOps.Send, first.Event.TaskId)}");
        return Outcome<EventStream<TaskEvent>>.Done(new EventStream<TaskEvent>(Changes(first, call, ct), End), "");
    }

    /// <summary>Ends with the settled state, or with the draft a schedule was taken back to.</summary>
    private static async IAsyncEnumerable<TaskEvent?> Changes(Seen first, Call call, [EnumeratorCancellation] CancellationToken ct)
    {
        var outlook = new Outlook(call.App.Time);
        yield return outlook.On(first);
        for (var last = first.Event; !IsOver(last);)
        {
            await Task.Delay(LookEvery, call.App.Time, ct);
            var now = await call.Read(db => Read(db, call, last.TaskId));
            if (now is null) yield break; // deleted: it was a draft before
            yield return Same(now.Event, last) ? null : outlook.On(now);
            last = now.Event;
        }
    }

    private static bool IsOver(TaskEvent e) => e.Settled || e.Status == TaskStatusWords.Draft;

    /// <summary>A forecast moves with every look; alone it is no change.</summary>
    private static bool Same(TaskEvent a, TaskEvent b) => a with { At = b.At, LastMailAt = b.LastMailAt, NextMailAt = b.NextMailAt } == b;

    private static Outcome<TaskEvent> End(TaskEvent e)
    {
        var c = e.Counts;
        if (e.Status == TaskStatusWords.Sent)
            return Outcome<TaskEvent>.Done(e, $"Sent: {Standing.Sent(c, "accepted by the mail server")}", NextStep.Of(ReportOps.Report, e.TaskId));
        var (problem, fix) = e.Status == TaskStatusWords.Cancelled
            ? ($"The task was cancelled: {Standing.Sent(c, "had been sent")}", $"See what happened: {NextStep.Of(ReportOps.Report, e.TaskId)}")
            : ("The task is a draft again; nothing was sent.", $"Send it: {NextStep.Of(SendingOps.Send, e.TaskId)}");
        return Refusal.State(problem, fix) with { Data = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(e, WireJson.Readable.TaskEvent) };
    }

    private static async ValueTask<Seen?> Read(Db db, Call call, string id)
    {
        if (await TaskRows.Load(db, call.Account, id) is not { } task) return null;
        var mailbox = task.Mailbox is null ? null : await MailboxRows.LoadAny(db, task.Mailbox);
        var counts = await CounterRows.Sum(db, task.SetId);
        var waits = await Waits.Of(db, task, mailbox, counts);
        var told = new TaskEvent(
            task.Id, TaskDecisions.Word(task.Status), task.Settled, Get.Counts(counts), Micros.At(task.PlanSendAt), waits.Overdue, waits.Why, waits.NextMailAt,
            null, task.PausedBy, Micros.At(db.Now));
        return new Seen(told, await Ahead(db, task, mailbox, counts));
    }

    /// <summary>What is still to leave, for a forecast; null when nothing will by itself.</summary>
    private static async ValueTask<ForecastAsk?> Ahead(Db db, TaskRow task, MailboxRow? mailbox, CounterSum counts)
    {
        if (mailbox is null || task.Status is not (MailTaskStatus.Sending or MailTaskStatus.Scheduled)) return null;
        var start = task.Status == MailTaskStatus.Scheduled ? Math.Max(task.PlanSendAt ?? db.Now, db.Now) : db.Now;
        return MailboxWindow.Forecast(mailbox, await MailboxRows.Usage(db, mailbox.Id), counts.Pending + counts.Handed, Micros.At(start));
    }

    /// <summary>A task as it was read, and what a forecast of its end would start from.</summary>
    private sealed record Seen(TaskEvent Event, ForecastAsk? Ahead);

    /// <summary>The forecast of one watcher. A million mails take a second to run through, so it is made now and then, and outside the read.</summary>
    private sealed class Outlook(TimeProvider time)
    {
        private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

        private long _madeAt;
        private DateTimeOffset? _last;

        public TaskEvent On(Seen seen)
        {
            // While the mailbox is refused, or somebody must act, no forecast holds.
            if (seen.Ahead is null || seen.Event.Waiting is { Reason: "backoff" or "mailbox_paused" } or { Who: not WaitingWho.Wait }) return seen.Event;
            if (_madeAt == 0 || time.GetElapsedTime(_madeAt) > Every) (_madeAt, _last) = (time.GetTimestamp(), Forecasting.Of(seen.Ahead).LastAt);
            return seen.Event with { LastMailAt = _last };
        }
    }
}
