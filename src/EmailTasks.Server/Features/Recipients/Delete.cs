using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>Deletes some or all recipients. All is a fresh set: the same cost for ten and for a million.</summary>
internal static class Delete
{
    public static Task<Outcome<RecipientsDeleted>> Handle(DeleteRecipients input, Call call, CancellationToken ct) => call.Change<RecipientsDeleted>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        if (input.All == false) return Refusal.Invalid("$.all", "unknown_value", "$.all must be true.", "Write true, or name recipients.");
        if (task.Copying) return Tasks.Copy.Busy(task.Id);
        var ruling = TaskDecisions.Decide(TaskCommand.Edit, task.Status, task.Id, everHanded: false);
        if (!ruling.Allowed) return Refusal.State(ruling.Problem, ruling.Fix);
        var had = (await CounterRows.Sum(db, task.SetId)).Total;
        var (deleted, problems) = input.All == true ? (await Everybody(db, call, task, had), []) : await Some(db, task, input);
        if (problems.Count > 0) return new Refusal(ErrorCodes.NotFound, problems[0].Text) { Problems = problems };
        if (deleted > 0) await TaskRows.Edited(db, task);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var answer = new RecipientsDeleted(task.Id, TaskDecisions.Word(now!.Status), now.Version, deleted, had - deleted, deleted > 0);
        return Outcome<RecipientsDeleted>.Done(answer, $"{Plural.Of(deleted, "recipient")} deleted; {answer.Total} remain.", objectId: task.Id).With(changed: deleted > 0);
    });

    private static async ValueTask<long> Everybody(Db db, Call call, TaskRow task, long had)
    {
        if (had == 0) return 0;
        await TaskRows.NewSet(db, task);
        db.AfterCommit(call.App.Signals.SweepNow);
        return had;
    }

    private static async ValueTask<(long Deleted, List<Problem> Problems)> Some(Db db, TaskRow task, DeleteRecipients input)
    {
        var problems = new List<Problem>();
        var tally = new TallyByShard();
        var deleted = 0L;
        var (member, asked) = input.RecipientIds is { } ids ? ("recipient_ids", ids) : ("email_addresses", input.EmailAddresses!);
        for (var i = 0; i < asked.Count && problems.Count < Limits.ProblemsListed; i++)
        {
            var row = member == "recipient_ids" ? await Lookup.Find(db, task, asked[i], null) : await Lookup.Find(db, task, null, asked[i]);
            if (row is null) problems.Add(new($"$.{member}[{i}]", "not_found", $"The task has no recipient {TextCheck.Shown(asked[i])}.", "List them: noxinfluencer email recipients list " + task.Id));
            else if (await RecipientRows.Delete(db, row.SetId, row.Seq) == 1)
            {
                tally.Count(row.SetId, row.Seq, RecipientState.Pending, -1);
                deleted++;
            }
        }
        if (problems.Count == 0) await tally.Write(db);
        return (deleted, problems);
    }
}
