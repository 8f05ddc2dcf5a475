using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>Changes names and variables; variables are merged, null removes one.</summary>
internal static class Update
{
    public static Task<Outcome<RecipientsUpdated>> Handle(UpdateRecipients input, Call call, CancellationToken ct) => call.Change<RecipientsUpdated>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        if (task.Copying) return Tasks.Copy.Busy(task.Id);
        var ruling = TaskDecisions.Decide(TaskCommand.Edit, task.Status, task.Id, everHanded: false);
        if (!ruling.Allowed) return Refusal.State(ruling.Problem, ruling.Fix);
        var problems = new List<Problem>();
        var updated = 0;
        for (var i = 0; i < input.Recipients.Count && problems.Count < Limits.ProblemsListed; i++)
        {
            var change = input.Recipients[i];
            var path = $"$.recipients[{i}].{(change.RecipientId is null ? "email_address" : "recipient_id")}";
            if (await Lookup.Find(db, task, change.RecipientId, change.EmailAddress) is not { } row)
                problems.Add(new(path, "not_found", "The task has no such recipient.", "List them: noxinfluencer email recipients list " + task.Id));
            else if (Merge(row, change, $"$.recipients[{i}].variables", problems) is { } merged && await Apply(db, row, merged)) updated++;
        }
        if (problems.Count > 0) return problems.TrueForAll(p => p.Code == "not_found") ? new Refusal(ErrorCodes.NotFound, problems[0].Text) { Problems = problems } : Refusal.Invalid(problems);
        if (updated > 0) await TaskRows.Edited(db, task);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var total = (await CounterRows.Sum(db, task.SetId)).Total;
        var answer = new RecipientsUpdated(task.Id, TaskDecisions.Word(now!.Status), now.Version, updated, input.Recipients.Count - updated, total, updated > 0);
        return Outcome<RecipientsUpdated>.Done(answer, $"{Plural.Of(updated, "recipient")} updated.", $"noxinfluencer email recipients list {task.Id}", task.Id).With(changed: updated > 0);
    });

    private static (string? Name, string? Variables)? Merge(RecipientRow row, RecipientChange change, string path, List<Problem> problems)
    {
        var values = new Dictionary<string, string>(row.Values ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var (name, value) in change.Variables ?? [])
        {
            if (value is null) values.Remove(name);
            else values[name] = value;
        }
        if (values.Count > Limits.VariablesPerRecipient)
        {
            problems.Add(new(path, "too_many", $"The recipient would have {values.Count} variables; at most {Limits.VariablesPerRecipient} are allowed.", "Remove some with null."));
            return null;
        }
        var given = change.Name.Or(row.Name);
        return (string.IsNullOrWhiteSpace(given) ? null : given.Trim(), Variables.Stored(values));
    }

    private static async ValueTask<bool> Apply(Db db, RecipientRow row, (string? Name, string? Variables) merged)
    {
        if (merged.Name == row.Name && merged.Variables == row.Variables) return false;
        await RecipientRows.Change(db, row.SetId, row.Seq, merged.Name, merged.Variables, Search.Fold(row.AddressKey, merged.Name));
        return true;
    }
}

/// <summary>Finds a task's recipient by id or address.</summary>
internal static class Lookup
{
    /// <summary>The row, or null; an id of another task's set is not found.</summary>
    public static async ValueTask<RecipientRow?> Find(Db db, TaskRow task, string? recipientId, string? address)
    {
        if (recipientId is not null)
            return RecipientIds.Parse(recipientId) is { } key && key.SetId == task.SetId ? await RecipientRows.Load(db, key.SetId, key.Seq) : null;
        return address is not null && EmailAddress.TryParse(address, out _) is { } parsed ? await RecipientRows.ByAddress(db, task.SetId, parsed.Key) : null;
    }
}
