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
    /// <summary>Somebody may edit between the reading and the writing; then it is read again, this often.</summary>
    private const int Reads = 3;

    /// <summary>Finds and merges on a read snapshot, and only then writes: ten thousand look-ups must not hold the writer.</summary>
    public static async Task<Outcome<RecipientsUpdated>> Handle(UpdateRecipients input, Call call, CancellationToken ct)
    {
        for (var read = 1; ; read++)
        {
            var (task, changes, refusal) = await call.Read(db => Merged(db, input, call));
            if (refusal is not null) return refusal;
            var outcome = await call.Change<RecipientsUpdated>(db => Write(db, call, task!, changes, input.Recipients.Count));
            if (outcome.Refusal is not { Code: ErrorCodes.AsyncNotReady } || read == Reads) return outcome;
        }
    }

    private static async ValueTask<(TaskRow? Task, List<RecipientEdit> Edits, Refusal? Refusal)> Merged(Db db, UpdateRecipients input, Call call)
    {
        var edits = new List<RecipientEdit>();
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return (null, edits, Refusal.NotFound("task", input.TaskId, "task_id"));
        if (TaskGuard.Problem(task, TaskCommand.Edit) is { } refused) return (task, edits, refused);
        var problems = new List<Problem>();
        var merged = new Dictionary<long, RecipientRow>();
        for (var i = 0; i < input.Recipients.Count && problems.Count < Limits.ProblemsListed; i++)
        {
            var change = input.Recipients[i];
            var path = $"$.recipients[{i}].{(change.RecipientId is null ? "email_address" : "recipient_id")}";
            if (await Lookup.Find(db, task, change.RecipientId, change.EmailAddress) is not { } row)
                problems.Add(new(path, "not_found", "The task has no such recipient.", $"List them: {NextStep.Of(RecipientOps.List, task.Id)}"));
            else if (!merged.TryAdd(row.Seq, row)) problems.Add(new(path, "duplicate", "This recipient stands twice.", "Name each recipient once."));
            else if (Merge(row, change, $"$.recipients[{i}].variables", problems) is { } m && (m.Name != row.Name || m.Variables != row.Variables))
                edits.Add(new RecipientEdit(row.Seq, m.Name, m.Variables, Search.Fold(row.AddressKey, m.Name)));
        }
        if (problems.Count == 0) return (task, edits, null);
        return (task, edits, problems.TrueForAll(p => p.Code == "not_found") ? new Refusal(ErrorCodes.NotFound, problems[0].Text) { Problems = problems } : Refusal.Invalid(problems));
    }

    private static async ValueTask<Outcome<RecipientsUpdated>> Write(Db db, Call call, TaskRow read, List<RecipientEdit> edits, int asked)
    {
        var task = await TaskRows.Load(db, call.Account, read.Id);
        if (task is null || task.Version != read.Version) return TaskGuard.EditedMeanwhile();
        await RecipientRows.Change(db, task.SetId, edits);
        if (edits.Count > 0) await TaskRows.Edited(db, task);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var total = (await CounterRows.Sum(db, task.SetId)).Total;
        var answer = new RecipientsUpdated(task.Id, TaskDecisions.Word(now!.Status), now.Version, edits.Count, asked - edits.Count, total, edits.Count > 0);
        return Outcome<RecipientsUpdated>.Done(answer, TaskGuard.BackToDraft(Said.Of(Plural.Of(edits.Count, "recipient"), "updated", "."), task, edits.Count > 0), NextStep.Of(RecipientOps.List, task.Id), task.Id).With(changed: edits.Count > 0);
    }

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
