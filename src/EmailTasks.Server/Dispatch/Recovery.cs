using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// Takes up what the process before left in this folder. It held the folder's lock, so it is gone: its leases are free,
/// and what it had handed over is uncertain, unless a pickup folder proves the opposite.
/// </summary>
internal static class Recovery
{
    /// <summary>Runs before anything is dispatched.</summary>
    public static async Task Run(App app)
    {
        await app.Store.Write(MailboxRows.ReleaseAll);
        foreach (var task in await app.Store.Read(TaskRows.Open))
        {
            var mailbox = task.Mailbox is null ? null : await app.Store.Read(db => MailboxRows.LoadAny(db, task.Mailbox));
            if (mailbox is not null) await Reap(app, task, mailbox, (await app.Store.Read(db => PlanRows.Tracking(db, task))).TokenKey);
        }
        await app.Store.Write(db => db.Execute("update mailbox set in_flight = 0 where in_flight <> 0"));
    }

    private static async Task Reap(App app, TaskRow task, MailboxRow mailbox, int tokenKey)
    {
        for (var mark = 0L; ;)
        {
            var rows = await app.Store.Read(db => RecipientRows.Stretch(db, task.SetId, mark, Sweeps.Piece * 5));
            var handed = rows.Where(r => r.State == RecipientState.Handed).ToList();
            var proven = mailbox.Kind == "pickup" ? handed.Where(r => IsOut(app, task, mailbox, r, tokenKey)).Select(r => r.Seq).ToHashSet() : [];
            if (handed.Count > 0) await app.Store.Write(db => Sweeps.Reap(db, mailbox.Id, task.SetId, handed, proven, isGone: true));
            if (rows.Count < Sweeps.Piece * 5) return;
            mark = rows[^1].Seq;
        }
    }

    private static bool IsOut(App app, TaskRow task, MailboxRow mailbox, OpenRow row, int tokenKey) =>
        PickupSession.Recover(app.Mailboxes.Folder(mailbox), app.Tokens.MessageId(task.SetId, row.Seq, tokenKey), mayDeliver: task.Status == MailTaskStatus.Sending);
}
