using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>
/// What somebody thinks became of uncertain recipients. It is shown to the person who decides and changes no state: an agent
/// that says "not sent, mail again" too easily would mail somebody twice.
/// </summary>
internal static class Propose
{
    public static async Task<Outcome<OutcomesProposed>> Handle(ProposeOutcome input, Call call, CancellationToken ct)
    {
        if (Judged.Twice(input.Recipients) is { } twice) return twice;
        return await call.Change<OutcomesProposed>(async db =>
        {
            if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
            var (rows, missing) = await Judged.Rows(db, task, input.Recipients);
            if (missing.Count > 0) return new Refusal(ErrorCodes.NotFound, missing[0].Text) { Problems = missing };
            var problems = rows.Select((row, i) => Problem(row, input.Recipients[i], i)).OfType<Problem>().Take(Limits.ProblemsListed).ToList();
            if (problems.Count > 0) return new Refusal(ErrorCodes.InvalidState, problems[0].Text) { Problems = problems, Action = new("fix", null, problems[0].Fix) };
            var proposal = new ProposalCopy(input.Outcome, input.Reason, call.Key.Who.Actor, call.Key.Id, call.Uid, db.Now);
            foreach (var row in rows) await ResolveRows.Propose(db, row, proposal);
            return Outcome<OutcomesProposed>.Done(new OutcomesProposed(task.Id, input.Outcome, rows.Count, true), Said.Of(Plural.Of(rows.Count, "recipient"), "proposed", $" as {input.Outcome}; a person decides."),
                NextStep.Of(RecipientOps.List, task.Id).With("state", RecipientStateWords.Uncertain), task.Id);
        });
    }

    /// <summary>A row's proposal as it is shown, while there is something to decide.</summary>
    public static ProposalView? View(RecipientRow row)
    {
        if (row.Proposal is null || row.State != RecipientState.Uncertain) return null;
        var p = JsonSerializer.Deserialize(row.Proposal, StoredJson.Default.ProposalCopy)!;
        return new ProposalView(p.Outcome, p.Reason, new ProposedByView(p.Actor, p.KeyId, p.Uid), Micros.At(p.At));
    }

    private static Problem? Problem(RecipientRow row, JudgedAttempt judged, int i)
    {
        var path = $"$.recipients[{i}]";
        if (row.State != RecipientState.Uncertain) return new(path, "invalid_state", $"{judged.RecipientId} is {RecipientStates.Word(row.State)}, not uncertain.", "Propose only for uncertain recipients.");
        return row.Attempt == judged.Attempt ? null : new(path, "invalid_state", $"{judged.RecipientId} is at attempt {row.Attempt}; you judge another.", "Look at it again, then propose.");
    }
}
