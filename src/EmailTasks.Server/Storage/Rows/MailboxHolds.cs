using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Holds and lets go mailboxes. Begin reads only <c>paused_reason</c>, which is there exactly while something holds the mailbox.</summary>
public static class MailboxHolds
{
    /// <summary>Stops every begin on this mailbox until this hold is lifted, or lifts itself.</summary>
    /// <returns>True when this hold is new.</returns>
    public static async ValueTask<bool> Add(Db db, string id, Hold hold)
    {
        if (await MailboxRows.Hold(db, id) is not { DeletedAt: null } mailbox) return false;
        var added = await HoldRows.Add(db, mailbox.Account, id, hold);
        await Show(db, mailbox);
        return added;
    }

    /// <summary>Lifts holds; when none is left, the mailbox is taken for healthy until it proves otherwise.</summary>
    /// <returns>What still holds it.</returns>
    public static async ValueTask<IReadOnlyList<Hold>> Lift(Db db, MailboxRow mailbox, IReadOnlyCollection<Hold> lifted)
    {
        await HoldRows.Lift(db, mailbox.Id, lifted);
        if (lifted.Any(h => h.Kind == HoldKind.Guard))
        {
            await RefusalRows.Forgive(db, mailbox.Id);
            await HeldRows.Lift(db, mailbox.Account, mailbox.Id);
        }
        return await Show(db, mailbox);
    }

    /// <summary>Whether a hold has come to its end.</summary>
    public static ValueTask<bool> HasDue(Db db) => db.One<bool>("select exists (select 1 from hold where until <= @now)", new { now = db.Now });

    /// <summary>Holds with an end (a day's quota) lift themselves; others that are left go on holding.</summary>
    /// <returns>How many mailboxes were looked at.</returns>
    public static async ValueTask<int> LiftDue(Db db)
    {
        var subjects = await db.Many<string>("select distinct subject from hold where until <= @now order by subject", new { now = db.Now });
        foreach (var id in subjects)
        {
            var mailbox = await MailboxRows.Hold(db, id);
            await db.Execute("delete from hold where subject = @id and until <= @now", new { id, now = db.Now });
            if (mailbox is not null) await Show(db, mailbox);
        }
        return subjects.Count;
    }

    /// <summary>Writes what the set says into the mailbox's row.</summary>
    private static async ValueTask<IReadOnlyList<Hold>> Show(Db db, MailboxRow mailbox)
    {
        List<Hold> holds = [.. (await HoldRows.Of(db, mailbox.Id)).Select(h => h.Hold)];
        if (HoldRules.First(holds) is not { } first)
        {
            await MailboxRows.Unpaused(db, mailbox.Id);
            return holds;
        }
        var reason = first.By is null ? first.Reason : PausedByUser;
        await db.Execute(
            """
            update mailbox set paused_reason = @reason, paused_until = @until, health = @health, health_reason = @reason,
              health_since = case when health = @health then health_since else @now end, next_try_at = @until, health_problem = @Problem, health_fix = @Fix, updated_at = @now
            where id = @Id
            """,
            new { mailbox.Id, reason, until = HoldRules.Until(holds), first.Problem, first.Fix, health = MailboxHealth.Paused, now = db.Now });
        return holds;
    }

    /// <summary>The health reason of a mailbox that somebody paused by hand.</summary>
    public const string PausedByUser = "paused_by_user";
}
