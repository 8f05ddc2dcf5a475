using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>Adds recipients, or replaces all of them: the same reading of rows, into the set there is or into a fresh one.</summary>
internal static class Add
{
    private const int RejectedShown = 100;

    public static Task<Outcome<RecipientsAdded>> Handle(AddRecipients input, Call call, CancellationToken ct) =>
        Take(input.TaskId, input.Recipients, call, replace: false);

    public static Task<Outcome<RecipientsAdded>> Replace(ReplaceRecipients input, Call call, CancellationToken ct) =>
        Take(input.TaskId, input.Recipients, call, replace: true);

    private static async Task<Outcome<RecipientsAdded>> Take(string taskId, List<RecipientInput> rows, Call call, bool replace)
    {
        var (good, rejected) = Read(rows, await FromCreators.Load(call, rows));
        return await call.Change<RecipientsAdded>(async db =>
        {
            if (await TaskRows.Load(db, call.Account, taskId) is not { } task) return Refusal.NotFound("task", taskId, "task_id");
            if (TaskGuard.Problem(task, TaskCommand.Edit) is { } refused) return refused;
            if (good.Count == 0) return NothingGood(rejected);
            if (KeyLimits.Domains(call.Key, good.Select(g => g.Address.Domain)) is { } foreign) return foreign.At("$.recipients");
            var had = (await CounterRows.Sum(db, task.SetId)).Total;
            if (!replace && had + good.Count > Limits.RecipientsPerTask) return TooMany(had, good.Count);
            var setId = replace ? await TaskRows.NewSet(db, task) : task.SetId;
            if (replace) db.AfterCommit(call.App.Signals.SweepNow);
            return await Store(db, call, task, setId, good, rejected, replace, had);
        });
    }

    private static async ValueTask<Outcome<RecipientsAdded>> Store(
        Db db, Call call, TaskRow task, long setId, List<NewRecipient> good, List<RejectedRecipient> rejected, bool replace, long had)
    {
        var first = await TaskRows.TakeSeqs(db, task.Id, good.Count);
        var added = await RecipientRows.Add(db, call.Account, setId, first, good);
        // Asked after the insert: only now is it known how many were there already. A refusal takes the rows back.
        if (KeyLimits.PerTask(call.Key, (replace ? 0 : had) + added.Count) is { } many) return many.At("$.recipients");
        var tally = new TallyByShard();
        foreach (var i in added) tally.Count(setId, first + i, RecipientState.Pending, 1);
        await tally.Write(db);
        var changed = replace || added.Count > 0;
        if (changed) await TaskRows.Edited(db, task);
        var suppressed = await SuppressionRows.CountNow(db, call.Account, setId, first);
        var now = await TaskRows.Load(db, call.Account, task.Id);
        var total = (replace ? 0 : had) + added.Count;
        var answer = new RecipientsAdded(task.Id, TaskDecisions.Word(now!.Status), now.Version, added.Count, good.Count - added.Count, suppressed,
            rejected.Count, [.. rejected.Take(RejectedShown)], total, changed);
        return Outcome<RecipientsAdded>.Done(answer, Sentence(answer, task, replace, had), Next(task, now), task.Id).With(changed: changed);
    }

    private static (List<NewRecipient> Good, List<RejectedRecipient> Rejected) Read(List<RecipientInput> rows, FromCreators creators)
    {
        var good = new List<NewRecipient>(rows.Count);
        var rejected = new List<RejectedRecipient>();
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            var (person, address, problem) = row.EmailAddress is null ? creators.Find(row) : (null, EmailAddress.TryParse(row.EmailAddress, out var wrong), $"The address is no address: {wrong}.");
            if (address is null) rejected.Add(new(i, problem));
            else good.Add(new NewRecipient(address, Name(row.Name) ?? person?.Name, row.CreatorId ?? person?.Creator, row.Platform, row.ChannelId, Variables.Stored(row.Variables)));
        }
        return (good, rejected);
    }

    private static string? Name(string? given) => string.IsNullOrWhiteSpace(given) ? null : given.Trim();

    private static Refusal NothingGood(List<RejectedRecipient> rejected) => Refusal.Invalid(
        [.. rejected.Take(Limits.ProblemsListed).Select(r => new Problem($"$.recipients[{r.Index}].email_address", "bad_address", r.Problem, "Write it like ana@creators.example."))]);

    private static Refusal TooMany(long had, int more) => Refusal.Invalid("$.recipients", "too_many",
        $"The task has {had} recipients; {more} more would pass {Limits.RecipientsPerTask}.", "Spread them over several tasks.");

    private static Said Sentence(RecipientsAdded a, TaskRow was, bool replace, long had)
    {
        var said = replace
            ? Said.Of(Plural.Of(had, "recipient"), "replaced", $" by {a.Added}.")
            : Said.Of($"{Plural.Of(a.Added, "recipient")} added; the task has {a.Total} now.", $"{Plural.Of(a.Added, "recipient")} would be added; the task would have {a.Total}.");
        said = said.And(a.Duplicates > 0, $"{a.Duplicates} were there already.", $"{a.Duplicates} are there already.")
            .And(a.RejectedCount > 0, $"{a.RejectedCount} rejected: see rejected.", $"{a.RejectedCount} would be rejected: see rejected.")
            .And(a.Suppressed > 0, $"{a.Suppressed} are on the suppression list and will be left out.", $"{a.Suppressed} are on the suppression list and would be left out.");
        return TaskGuard.BackToDraft(said, was, a.Changed);
    }

    private static NextStep Next(TaskRow task, TaskRow now) =>
        now.ContentVersion == 0 ? NextStep.Of(ContentOps.Save, task.Id).WithBody() : NextStep.Of(RecipientOps.List, task.Id);
}

/// <summary>Variables as they are stored: sorted, so that the same values are always the same text.</summary>
internal static class Variables
{
    /// <summary>The stored text; null when there are none.</summary>
    public static string? Stored(IReadOnlyDictionary<string, string>? values) => values is null || values.Count == 0
        ? null
        : JsonSerializer.Serialize(values.OrderBy(v => v.Key, StringComparer.Ordinal).ToDictionary(v => v.Key, v => v.Value), StoredJson.Default.DictionaryStringString);
}
