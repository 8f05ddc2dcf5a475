using EmailTasks.Contracts;
using EmailTasks.Core.Planning;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>Deletes some or all recipients. All is a fresh set: the same cost for ten and for a million.</summary>
internal static class Delete
{
    /// <summary>Somebody may edit between the reading and the writing; then it is read again, this often.</summary>
    private const int Reads = 3;

    /// <summary>Finds whom to delete on a read snapshot, and only then writes: ten thousand look-ups must not hold the writer.</summary>
    public static async Task<Outcome<RecipientsDeleted>> Handle(DeleteRecipients input, Call call, CancellationToken ct)
    {
        if (input.All == false) return Refusal.Invalid("$.all", "unknown_value", "$.all must be true.", "Write true, or name recipients.");
        for (var read = 1; ; read++)
        {
            var (task, seqs, refusal) = await call.Read(db => Found(db, input, call)); // never the writer: a set may be long
            if (refusal is not null) return refusal;
            var outcome = await call.Change<RecipientsDeleted>(db => Write(db, call, task!, seqs, input.SeenWithinDays));
            if (outcome.Refusal is not { Code: ErrorCodes.AsyncNotReady } || read == Reads) return outcome;
        }
    }

    /// <summary>Whom it concerns; null for everybody.</summary>
    private static async ValueTask<(TaskRow? Task, IReadOnlyCollection<long>? Seqs, Refusal? Refusal)> Found(Db db, DeleteRecipients input, Call call)
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return (null, null, Refusal.NotFound("task", input.TaskId, "task_id"));
        if (TaskGuard.Problem(task, TaskCommand.Edit) is { } refused) return (task, null, refused);
        if (input.All == true) return (task, null, null);
        if (input.SeenWithinDays is { } days) return (task, await SeenRows.Find(db, task.SetId, db.Now - days * Lookback.DayMicros, Limits.RecipientsPerCall), null);
        var (member, asked) = input.RecipientIds is { } ids ? ("recipient_ids", ids) : ("email_addresses", input.EmailAddresses!);
        var problems = new List<Problem>();
        var seqs = new HashSet<long>();
        for (var i = 0; i < asked.Count && problems.Count < Limits.ProblemsListed; i++)
        {
            var row = member == "recipient_ids" ? await Lookup.Find(db, task, asked[i], null) : await Lookup.Find(db, task, null, asked[i]);
            if (row is not null) seqs.Add(row.Seq);
            else problems.Add(new($"$.{member}[{i}]", "not_found", $"The task has no recipient {TextCheck.Shown(asked[i])}.", $"List them: {NextStep.Of(RecipientOps.List, task.Id)}"));
        }
        return (task, seqs, problems.Count == 0 ? null : new Refusal(ErrorCodes.NotFound, problems[0].Text) { Problems = problems });
    }

    private static async ValueTask<Outcome<RecipientsDeleted>> Write(Db db, Call call, TaskRow read, IReadOnlyCollection<long>? seqs, int? seenWithin)
    {
        var task = await TaskRows.Load(db, call.Account, read.Id);
        if (task is null || task.Version != read.Version) return TaskGuard.EditedMeanwhile();
        var had = (await CounterRows.Sum(db, task.SetId)).Total;
        var deleted = seqs is null ? await Everybody(db, call, task, had) : await RecipientRows.Delete(db, task.SetId, seqs);
        if (deleted > 0) await TaskRows.Edited(db, task);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var answer = new RecipientsDeleted(task.Id, TaskDecisions.Word(now!.Status), now.Version, deleted, had - deleted, deleted > 0);
        var more = seenWithin is not null && deleted == Limits.RecipientsPerCall ? " That is as many as one call takes; repeat it until none is left." : "";
        return Outcome<RecipientsDeleted>.Done(answer, Sentence(deleted, answer.Total, more, task), objectId: task.Id).With(changed: deleted > 0);
    }

    private static Said Sentence(long deleted, long remain, string more, TaskRow was) => TaskGuard.BackToDraft(
        Said.Of($"{Plural.Of(deleted, "recipient")} deleted; {remain} remain.{more}", $"{Plural.Of(deleted, "recipient")} would be deleted; {remain} would remain.{more}"), was, deleted > 0);

    private static async ValueTask<long> Everybody(Db db, Call call, TaskRow task, long had)
    {
        if (had == 0) return 0;
        await TaskRows.NewSet(db, task);
        db.AfterCommit(call.App.Signals.SweepNow);
        return had;
    }
}
