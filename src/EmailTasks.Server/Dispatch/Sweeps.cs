using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>How far a walk over a set got.</summary>
/// <param name="Mark">Everybody up to it has been looked at.</param>
/// <param name="End">True when the set ends there.</param>
/// <param name="Open">True when somebody up to the mark is still open.</param>
public sealed record SweepStep(long Mark, bool End, bool Open)
{
    /// <summary>True when the first open row is pending, not handed.</summary>
    public bool IsPending { get; init; }
}

/// <summary>Operations over many rows, in pieces of their own so that the writer never stands still for them.</summary>
public static class Sweeps
{
    /// <summary>Rows of one piece: well below 50 ms.</summary>
    public const int Piece = 2_000;

    /// <summary>Turns open rows of a cancelled (or expired) task into what they are now; handed rows are left to their finish.</summary>
    public static async ValueTask<SweepStep> Close(Db db, string taskId, long mark, bool expire)
    {
        var task = await TaskRows.Share(db, taskId);
        if (task is null) return new SweepStep(mark, true, false);
        var closing = expire ? task.Status == MailTaskStatus.Sending && task.SendUntil <= db.Now : task.Status == MailTaskStatus.Cancelled;
        if (!closing) return new SweepStep(mark, true, true);
        var rows = await RecipientRows.Stretch(db, task.SetId, mark, Piece);
        var tally = new TallyByShard();
        var pending = rows.Where(r => r.State == RecipientState.Pending).ToList();
        if (expire) await End(db, task.SetId, pending, RecipientState.Expired, "send_until_passed", tally);
        else
        {
            // What a restore made doubtful stays so: nobody knows that they were never mailed.
            bool IsUnknown(OpenRow row) => task.Doubt != TaskDoubt.None || FinishRules.AfterCancel(row.Unknown) == RecipientState.Uncertain;
            await End(db, task.SetId, pending.FindAll(r => !IsUnknown(r)), RecipientState.Cancelled, "task_cancelled", tally);
            await End(db, task.SetId, pending.FindAll(IsUnknown), RecipientState.Uncertain, FinishRules.EarlierUnknown, tally);
        }
        await tally.Write(db);
        return new SweepStep(rows.Count == 0 ? mark : rows[^1].Seq, rows.Count < Piece, rows.Any(r => r.State == RecipientState.Handed));
    }

    /// <summary>Ends waiting rows in one statement; on a shared database somebody may have been quicker with some of them, so what changed is counted.</summary>
    private static async ValueTask End(Db db, long setId, List<OpenRow> rows, RecipientState next, string reason, TallyByShard tally)
    {
        if (rows.Count == 0) return;
        var ended = (await db.Many<long>(
            $"""
            update recipient set state = @next, reason = @reason, state_at = @now, next_attempt_at = null
            where set_id = @setId and {db.Sql.AmongNumbers("seq", "@seqs")} and state = @pending returning seq
            """,
            new { next, reason, now = db.Now, setId, seqs = db.Sql.List(rows.Select(r => r.Seq)), pending = RecipientState.Pending })).ToHashSet();
        foreach (var row in rows.Where(r => ended.Contains(r.Seq))) tally.Move(setId, row.Seq, RecipientState.Pending, row.NextAttemptAt is not null, next, false);
    }

    /// <summary>
    /// Looks for open rows behind a mark. By rows, never by counters: a counter that is wrong must not end a task.
    /// </summary>
    public static async ValueTask<SweepStep> LookForOpen(Db db, long setId, long mark)
    {
        var rows = await RecipientRows.Stretch(db, setId, mark, Piece * 5);
        var open = rows.Find(r => r.State is RecipientState.Pending or RecipientState.Handed);
        if (open is not null) return new SweepStep(open.Seq - 1, false, true) { IsPending = open.State == RecipientState.Pending };
        return new SweepStep(rows.Count == 0 ? mark : rows[^1].Seq, rows.Count < Piece * 5, false);
    }

    /// <summary>Ends a task when the last stretch of its set holds nobody open; guarded by the task's <c>reopened</c>.</summary>
    public static async ValueTask<bool> Settle(Db db, string taskId, long mark, long reopened)
    {
        var task = await TaskRows.Hold(db, taskId);
        if (task is null || task.Settled || task.Reopened != reopened) return false;
        var last = await LookForOpen(db, task.SetId, mark);
        return last is { Open: false, End: true } && await TaskRows.Settle(db, task) == 1;
    }

    /// <summary>A begin whose answer was lost is not sent: its rows go back.</summary>
    public static async ValueTask<int> NotStarted(Db db, string mailbox, long setId, string beginId)
    {
        await MailboxRows.Hold(db, mailbox);
        var rows = await db.Many<long>(
            """
            update recipient set state = @pending, reason = 'not_started', next_attempt_at = @now, state_at = @now
            where set_id = @setId and begin_id = @beginId and state = @handed returning seq
            """,
            new { setId, beginId, now = db.Now, pending = RecipientState.Pending, handed = RecipientState.Handed });
        var tally = new TallyByShard();
        foreach (var seq in rows) tally.Move(setId, seq, RecipientState.Handed, false, RecipientState.Pending, true);
        await tally.Write(db);
        if (rows.Count > 0) await MailboxRows.Landed(db, mailbox, rows.Count);
        return rows.Count;
    }

    /// <summary>
    /// Whatever was handed over by an owner that is gone can't be known any more. Guarded by attempt and state: a result
    /// that comes after all is still taken.
    /// </summary>
    /// <param name="isGone">True when it is proven that the owner is gone; else its epoch must be over for long enough, or the attempt be too old.</param>
    public static async ValueTask<int> Reap(Db db, string mailbox, long setId, IReadOnlyList<OpenRow> handed, IReadOnlySet<long> proven, bool isGone)
    {
        var box = await MailboxRows.Hold(db, mailbox);
        var over = box is not null && box.EpochAt <= db.Now - Reaper.SupersededMicros ? box.Epoch : 0;
        var tally = new TallyByShard();
        var reaped = new List<long>();
        foreach (var row in handed)
        {
            var state = proven.Contains(row.Seq) ? RecipientState.Sent : RecipientState.Uncertain;
            var changed = await db.Execute(
                """
                update recipient set state = @state, reason = @reason, unknown = unknown + @unknown, state_at = @now, done_at = @now
                where set_id = @setId and seq = @Seq and attempt = @Attempt and state = @handed and (@gone = 1 or epoch < @over or begun_at <= @oldest)
                """,
                new
                {
                    gone = isGone, over, oldest = db.Now - Reaper.OldestMicros,
                    state, reason = state == RecipientState.Sent ? null : "crashed_in_flight", unknown = state == RecipientState.Uncertain ? 1 : 0,
                    now = db.Now, setId, row.Seq, row.Attempt, handed = RecipientState.Handed,
                });
            if (changed == 0) continue;
            tally.Move(setId, row.Seq, RecipientState.Handed, false, state, false);
            if (state == RecipientState.Sent) tally.Left(setId, row.Seq, db.Now);
            reaped.Add(row.Seq);
        }
        if (reaped.Count > 0) await FactRows.Settle(db, setId, reaped, tally);
        await tally.Write(db);
        if (reaped.Count == 0) return 0;
        await MailboxRows.Landed(db, mailbox, reaped.Count);
        foreach (var window in PaceWindow.All) await MailboxRows.Use(db, mailbox, window, reaped.Count);
        return reaped.Count;
    }
}
