using EmailTasks.Contracts;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>The rows that somebody judges: all or none, each named once and with its attempt.</summary>
internal static class Judged
{
    /// <summary>Why the call names a recipient twice, or null.</summary>
    public static Refusal? Twice(List<JudgedAttempt> judged)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var at = judged.FindIndex(r => !seen.Add(r.RecipientId));
        return at < 0 ? null : Refusal.Invalid($"$.recipients[{at}].recipient_id", "duplicate", "This recipient stands twice in the call.", "Keep one of them.");
    }

    /// <summary>The rows, in the call's order, or those that are not there.</summary>
    public static async ValueTask<(List<RecipientRow> Rows, List<Problem> Missing)> Rows(Db db, TaskRow task, List<JudgedAttempt> judged)
    {
        var seqs = judged.ConvertAll(r => RecipientIds.Parse(r.RecipientId) is { } key && key.SetId == task.SetId ? key.Seq : -1);
        var found = (await ResolveRows.Load(db, task.SetId, seqs)).ToDictionary(r => r.Seq);
        var missing = seqs.Select((seq, i) => (seq, i)).Where(s => !found.ContainsKey(s.seq)).Take(Limits.ProblemsListed)
            .Select(s => new Problem($"$.recipients[{s.i}].recipient_id", "not_found", $"The task has no recipient {TextCheck.Shown(judged[s.i].RecipientId)}.", $"List them: noxinfluencer email recipients list {task.Id}")).ToList();
        return (missing.Count > 0 ? [] : seqs.ConvertAll(s => found[s]), missing);
    }
}
