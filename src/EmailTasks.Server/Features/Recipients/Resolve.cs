using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>A person settles what the machine does not know. All rows or none; each names the attempt that is judged.</summary>
internal static class Resolve
{
    public static async Task<Outcome<RecipientsResolved>> Handle(ResolveRecipients input, Call call, CancellationToken ct)
    {
        var outcome = input.Outcome switch { "sent" => ResolveOutcome.Sent, "not_sent" => ResolveOutcome.NotSent, _ => ResolveOutcome.Retry };
        if (Judged.Twice(input.Recipients) is { } twice) return twice;
        return await call.Change<RecipientsResolved>(db => Apply(db, input, outcome, call));
    }

    private static async ValueTask<Outcome<RecipientsResolved>> Apply(Db db, ResolveRecipients input, ResolveOutcome outcome, Call call)
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var (rows, missing) = await Judged.Rows(db, task, input.Recipients);
        if (missing.Count > 0) return new Refusal(ErrorCodes.NotFound, missing[0].Text) { Problems = missing };
        var mailbox = task.Mailbox is null ? null : await MailboxRows.Load(db, call.Account, task.Mailbox);
        if (ResolveRules.OfTask(task.Status, outcome, task.Id, mailbox is null, task.SendUntil <= db.Now) is { } refused) return Refusal.State(refused.Problem, refused.Fix);
        var problems = await Problems(db, task, input, rows, outcome, call);
        if (problems.Count > 0) return new Refusal(ErrorCodes.InvalidState, problems[0].Text) { Problems = problems, Action = new("fix", null, problems[0].Fix) };
        if (outcome == ResolveOutcome.Retry && await Unbound(db, task, rows, call) is { } bound) return bound;
        await Write(db, rows, outcome, $"{input.Outcome} by {call.Uid}: {input.Reason}");
        if (outcome == ResolveOutcome.Retry)
        {
            await TaskRows.Reopen(db, task);
            db.AfterCommit(call.App.Signals.TaskStarted);
        }
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var view = await Tasks.Get.View(db, now!);
        var answer = new RecipientsResolved(task.Id, view.Status, view.Version, input.Outcome, rows.Count, view.Counts, Changed: true);
        return Outcome<RecipientsResolved>.Done(answer, Sentence(rows.Count, outcome, task.Status), NextStep.Of(TaskOps.Get, task.Id), task.Id);
    }

    /// <summary>To mail again is to start mails: a key's bounds hold as for a send, and its day is counted.</summary>
    private static async ValueTask<Refusal?> Unbound(Db db, TaskRow task, List<RecipientRow> rows, Call call)
    {
        var bounds = await KeyLimits.OfStart(db, call.Key, task, rows.Select(r => r.Domain).Distinct(StringComparer.Ordinal), rows.Count, rows.Count, db.Now);
        return bounds.Count > 0 ? bounds[0].At("$.recipients") : await KeyLimits.Spend(db, call, task, rows.Count, db.Now);
    }

    private static async ValueTask<List<Problem>> Problems(Db db, TaskRow task, ResolveRecipients input, List<RecipientRow> rows, ResolveOutcome outcome, Call call)
    {
        var plan = outcome == ResolveOutcome.Retry ? await PlanRows.Load(db, task.Id, task.PlanNo) : null;
        var suppressed = plan is null ? [] : (await SuppressionRows.Among(db, task.Account, task.SetId, rows.ConvertAll(r => r.Seq), plan.SuppressionPos)).ToHashSet();
        var problems = new List<Problem>();
        for (var i = 0; i < rows.Count && problems.Count < Limits.ProblemsListed; i++)
        {
            var row = rows[i];
            var judged = new JudgedRow(row.State, row.Attempt, row.BegunAt, call.App.Signals.Attempts.Has(row.SetId, row.Seq, row.Attempt), suppressed.Contains(row.Seq));
            if (ResolveRules.OfRow(judged, input.Recipients[i].Attempt, outcome, db.Now) is { } no)
                problems.Add(new($"$.recipients[{i}]", "invalid_state", $"{input.Recipients[i].RecipientId}: {no.Problem}", no.Fix));
        }
        return problems;
    }

    private static async ValueTask Write(Db db, List<RecipientRow> rows, ResolveOutcome outcome, string said)
    {
        var tally = new TallyByShard();
        foreach (var row in rows)
        {
            var next = outcome switch { ResolveOutcome.Sent => RecipientState.Sent, ResolveOutcome.NotSent => RecipientState.Failed, ResolveOutcome.Retry => RecipientState.Pending };
            var wrote = outcome == ResolveOutcome.Retry
                ? await ResolveRows.Retry(db, row, ResolveRules.Retried)
                : await ResolveRows.Settle(db, row, next, outcome == ResolveOutcome.Sent ? ResolveRules.Sent : FinishRules.ResolvedNotSent);
            if (wrote == 1) tally.Move(row.SetId, row.Seq, RecipientState.Uncertain, false, next, outcome == ResolveOutcome.Retry);
            if (wrote == 1 && next == RecipientState.Sent) tally.Left(row.SetId, row.Seq, row.BegunAt ?? db.Now); // it left when the attempt began, whenever somebody says so
            await ResolveRows.Event(db, row, said);
        }
        await tally.Write(db);
    }

    private static Said Sentence(int count, ResolveOutcome outcome, MailTaskStatus was) => outcome switch
    {
        ResolveOutcome.Sent => Said.Of(Plural.Of(count, "recipient"), "resolved", " as sent."),
        ResolveOutcome.NotSent => Said.Of($"{Plural.Of(count, "recipient")} resolved as not sent; they count as failed.", $"{Plural.Of(count, "recipient")} would be resolved as not sent and would count as failed."),
        ResolveOutcome.Retry => Said.Of($"{Plural.Of(count, "recipient")} will be mailed again: the mail may arrive twice.", $"{Plural.Of(count, "recipient")} would be mailed again: the mail may arrive twice.")
            .And(was == MailTaskStatus.Sent, "The task is sending again.", "The task would be sending again."),
    };
}
