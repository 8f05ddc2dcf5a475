using EmailTasks.Core.Trust;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Testing;

/// <summary>Lets a mailbox go whatever holds it, as a person would.</summary>
public static class TestHolds
{
    /// <summary>Lifts every hold of a mailbox.</summary>
    public static async ValueTask<IReadOnlyList<Hold>> LiftAll(Db db, string mailbox) =>
        await MailboxHolds.Lift(db, (await MailboxRows.LoadAny(db, mailbox))!, [.. (await HoldRows.Of(db, mailbox)).Select(h => h.Hold)]);
}
