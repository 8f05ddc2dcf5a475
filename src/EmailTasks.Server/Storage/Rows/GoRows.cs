using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Domains beyond those a key may write to.</summary>
public sealed record ForeignDomains(string? First, long Count)
{
    /// <summary>None.</summary>
    public static readonly ForeignDomains None = new(null, 0);
}

/// <summary>What the rule on letting mail go asks of the database, and what it spends there.</summary>
public static class GoRows
{
    /// <summary>
    /// Domains of those of a set who wait to be mailed that are none of the allowed. A walk over the set: for a read
    /// snapshot, which is as good as the change's own, because nobody enters a task that was started.
    /// </summary>
    public static async ValueTask<ForeignDomains> Foreign(Db db, long setId, IReadOnlyCollection<string>? allowed)
    {
        if (allowed is null) return ForeignDomains.None;
        var args = new { setId, allowed = db.Sql.List(allowed), pending = RecipientState.Pending };
        var where = $"from recipient where set_id = @setId and state = @pending and not ({db.Sql.AmongTexts("domain", "@allowed")})";
        return await db.One<long>($"select count(distinct domain) {where}", args) is var count and > 0
            ? new(await db.One<string>($"select min(domain) {where}", args), count)
            : ForeignDomains.None;
    }

    /// <summary>The waiting mails of a task that was started, as the rule takes them.</summary>
    public static async ValueTask<GoLoad> Waiting(Db db, string keyId, TaskRow task, ForeignDomains foreign)
    {
        var counts = await CounterRows.Sum(db, task.SetId);
        return await Load(db, keyId, task, foreign, counts.Total, counts.Pending, db.Now);
    }

    /// <summary>So many mails of a task, let go at an instant.</summary>
    public static async ValueTask<GoLoad> Load(Db db, string keyId, TaskRow task, ForeignDomains foreign, long recipients, long mails, long at)
    {
        var started = task.Status is MailTaskStatus.Sending or MailTaskStatus.Paused or MailTaskStatus.Sent;
        return new GoLoad(task.Mailbox, foreign.First, foreign.Count, recipients, mails, started ? await KeyRows.SpentOn(db, keyId, task.Id) : 0, DailySpend.Most(await KeyRows.Spends(db, keyId, at, task), at));
    }

    /// <summary>Counts what is let go against the key, in the transaction that lets it go.</summary>
    public static async ValueTask Spend(Db db, string keyId, TaskRow task, GoLoad load, long at)
    {
        if (load.Fresh > 0) await KeyRows.Spend(db, keyId, task.Id, load.Fresh, at);
    }
}
