using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Whether the right by which a start was planned still holds.</summary>
public static class PlannerRows
{
    /// <summary>
    /// Why it holds no more, or null. Ending a right ends what it set going: what an agent's key planned waits for a person
    /// when the key is revoked or has expired, and all that somebody planned who is no longer in the team, or may no longer
    /// send. A person's key may end: the person decided.
    /// </summary>
    public static async ValueTask<string?> Ended(Db db, TaskRow task, PlanRow plan)
    {
        if (await KeyRows.Load(db, plan.KeyId) is not { } key) return "The key that planned it is gone.";
        if (key.RemovedAt is not null) return "Who planned it is no longer in the team.";
        var isAgent = key.Actor == Who.Agent;
        if (isAgent && key.RevokedAt is not null) return "The agent's key that planned it was revoked.";
        if (isAgent && key.ExpiresAt <= db.Now) return "The agent's key that planned it has expired.";
        // The list and the mails were asked and spent when it was planned, and nobody entered since.
        return LettingGo.Refusals(key.Asker, new GoLoad(task.Mailbox, null, 0, 0, 0, 0, 0)) is [var first, ..] ? $"Who planned it may no longer send it: {first.Problem}" : null;
    }

    /// <summary>The same of a task that may not be scheduled at all.</summary>
    public static async ValueTask<string?> Ended(Db db, TaskRow task) =>
        task.Status == MailTaskStatus.Scheduled && await PlanRows.Load(db, task.Id, task.PlanNo) is { } plan ? await Ended(db, task, plan) : null;
}
