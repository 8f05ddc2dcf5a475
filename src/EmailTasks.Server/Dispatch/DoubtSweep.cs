using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// After a restore was accepted: in tasks that were being sent, whoever is pending or handed may have been mailed by
/// what came after the copy. Nobody can know, so the rows become uncertain, and a person settles them.
/// </summary>
public static class DoubtSweep
{
    /// <summary>What stands in the row.</summary>
    public const string Reason = "restored";

    /// <summary>Turns the open rows of a stretch; a pending one counts an attempt, so that a late result of the lost one is still taken.</summary>
    public static async ValueTask<SweepStep> Step(Db db, TaskRow swept, long mark)
    {
        if (swept.Mailbox is not null) await MailboxRows.Hold(db, swept.Mailbox);
        var task = await TaskRows.Share(db, swept.Id);
        if (task is null || task.Doubt != TaskDoubt.Accepted) return new SweepStep(mark, true, false);
        var rows = await RecipientRows.Stretch(db, task.SetId, mark, Sweeps.Piece);
        var tally = new TallyByShard();
        var landed = 0;
        foreach (var row in rows.Where(r => r.State is RecipientState.Pending or RecipientState.Handed))
        {
            var pending = row.State == RecipientState.Pending;
            var turned = await db.Execute(
                """
                update recipient set state = @uncertain, reason = @Reason, unknown = unknown + 1, attempt = attempt + @more, begun_at = case when @more = 1 then @now else begun_at end,
                  next_attempt_at = null, state_at = @now, done_at = @now
                where set_id = @SetId and seq = @Seq and state = @State and attempt = @Attempt
                """,
                new { uncertain = RecipientState.Uncertain, Reason, more = pending ? 1 : 0, now = db.Now, task.SetId, row.Seq, row.State, row.Attempt });
            if (turned == 0) continue;
            tally.Move(task.SetId, row.Seq, row.State, row.NextAttemptAt is not null, RecipientState.Uncertain, false);
            if (!pending) landed++;
        }
        await tally.Write(db);
        if (landed > 0) await MailboxRows.Landed(db, task.Mailbox!, landed);
        for (var i = 0; landed > 0 && i < PaceWindow.All.Count; i++) await MailboxRows.Use(db, task.Mailbox!, PaceWindow.All[i], landed);
        return new SweepStep(rows.Count == 0 ? mark : rows[^1].Seq, rows.Count < Sweeps.Piece, false);
    }
}
