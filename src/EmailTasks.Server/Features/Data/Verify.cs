using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Data;

/// <summary>Recounts the account's started tasks from their rows, task by task: no reading lasts longer than one of them.</summary>
internal static class Verify
{
    private const int Page = 100;

    /// <summary>Differences that are listed.</summary>
    private const int Most = 1_000;

    public static async Task<Outcome<DataVerified>> Handle(VerifyData input, Call call, CancellationToken ct)
    {
        if (input.TaskId is { } named && await call.Read(db => TaskRows.Load(db, call.Account, named)) is null) return Refusal.NotFound("task", named, "task_id");
        var (tasks, differences) = (0, new List<CountDifference>());
        for (var after = ""; ;)
        {
            var ids = input.TaskId is { } one ? [one] : await call.Read(db => RecountRows.Tasks(db, call.Account, after, Page));
            foreach (var id in ids)
            {
                ct.ThrowIfCancellationRequested();
                differences.AddRange((await call.Read(db => RecountRows.Of(db, id))).ConvertAll(d => new CountDifference(d.Task, d.Number, d.Counter, d.Recount)));
                tasks++;
            }
            if (ids.Count < Page) break;
            after = ids[^1];
        }
        var answer = new DataVerified(tasks, differences.Count, [.. differences.Take(Most)]);
        return Outcome<DataVerified>.Done(answer, differences.Count == 0
            ? $"{Plural.Of(tasks, "task")} recounted: every number is right."
            : $"{Plural.Of(tasks, "task")} recounted: {Plural.Of(differences.Count, "number")} differ. Please report this; nothing was changed.");
    }
}
