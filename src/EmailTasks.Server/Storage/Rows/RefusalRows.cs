using EmailTasks.Core.Dispatch;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>What a mailbox's mails came to within 24 hours, as far as the guard asks.</summary>
/// <param name="Results">Mails sent or refused for good.</param>
/// <param name="Hard">Those refused for good for reasons of the recipient.</param>
/// <param name="Tasks">How many tasks they are of: one alone is the matter of its own guard.</param>
public sealed record RefusalSum(long Results, long Hard, long Tasks);

/// <summary>
/// Refusals for good by mailbox and rolling 24 hours. A bad list cut into small tasks is as bad: the guard of a task sees
/// twelve refusals five times, the mail server sees sixty. Nothing is written while nobody is refused.
/// </summary>
public static class RefusalRows
{
    /// <summary>Counts refusals into the bucket of now.</summary>
    /// <param name="beforeText">How many of them were refused before their text: those are in no day's usage of the mailbox.</param>
    public static ValueTask<int> Count(Db db, string mailbox, string task, int hard, int beforeText) => db.Execute(
        """
        insert into mailbox_refusal (mailbox, bucket, task, hard, before_text) values (@mailbox, @bucket, @task, @hard, @beforeText)
        on conflict (mailbox, bucket, task) do update set hard = mailbox_refusal.hard + excluded.hard, before_text = mailbox_refusal.before_text + excluded.before_text
        """,
        new { mailbox, bucket = PaceWindow.Day.Bucket(db.Now), task, hard, beforeText });

    /// <summary>The sum over 24 hours, or since the guard was last lifted.</summary>
    public static async ValueTask<RefusalSum> Sum(Db db, MailboxRow mailbox)
    {
        // The bucket in which it was forgiven holds what came before, too.
        var from = Math.Max(PaceWindow.Day.Oldest(db.Now), mailbox.GuardSince == 0 ? 0 : PaceWindow.Day.Bucket(mailbox.GuardSince) + 1);
        var args = new { mailbox.Id, from, day = PaceWindow.Day.Id };
        var refused = await db.One<(long Hard, long BeforeText, long Tasks)>(
            "select cast(coalesce(sum(hard), 0) as bigint) as hard, cast(coalesce(sum(before_text), 0) as bigint) as before_text, count(distinct task) as tasks from mailbox_refusal where mailbox = @Id and bucket >= @from", args);
        var left = await db.One<long>("""select cast(coalesce(sum(n), 0) as bigint) from mailbox_usage where mailbox = @Id and "window" = @day and bucket >= @from""", args);
        return new RefusalSum(left + refused.BeforeText, refused.Hard, refused.Tasks);
    }

    /// <summary>A person looked, and lets the mailbox go on: it is judged by what comes after.</summary>
    public static ValueTask<int> Forgive(Db db, string mailbox) => db.Execute("update mailbox set guard_since = @now where id = @mailbox", new { mailbox, now = db.Now });

    /// <summary>A person looked at a task's list and lets it go on: what was refused of it no longer speaks against its mailbox.</summary>
    public static ValueTask<int> ForgiveTask(Db db, string task) => db.Execute("delete from mailbox_refusal where task = @task", new { task });

    /// <summary>Buckets that no longer count.</summary>
    public static ValueTask<int> Forget(Db db) => db.Execute("delete from mailbox_refusal where bucket < @oldest", new { oldest = PaceWindow.Day.Oldest(db.Now) });
}
