using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>What came of one attempt.</summary>
/// <param name="Jitter">0..1, drawn before the transaction: a body may run again.</param>
public sealed record AttemptResult(string Mailbox, string Task, long SetId, long Seq, int Attempt, SmtpVerdict Verdict, AttemptReport Report, double Jitter, string Domain);

/// <summary>
/// Finish, engine §7: a fact about one attempt. It needs no lease, names (set, seq, attempt), and moves the counters by
/// new minus old.
/// </summary>
public static class Finish
{
    /// <summary>
    /// Writes results; the same one twice changes nothing the second time. Locks: mailboxes, tasks, recipients by seq,
    /// counters, usage. True when the bounce guard stopped a task.
    /// </summary>
    public static async ValueTask<bool> Run(Db db, IReadOnlyList<AttemptResult> results)
    {
        foreach (var mailbox in results.Select(r => r.Mailbox).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)) await MailboxRows.Hold(db, mailbox);
        var tasks = await TaskRows.Share(db, results.Select(r => r.Task));
        var tally = new TallyByShard();
        var landed = new List<AttemptResult>(results.Count);
        var stopped = false;
        foreach (var set in results.Where(r => tasks.ContainsKey(r.Task)).GroupBy(r => r.SetId).OrderBy(g => g.Key)) await OfSet(db, set.Key, [.. set.OrderBy(r => r.Seq)], tasks, tally, landed);
        await tally.Write(db);
        foreach (var mailbox in landed.GroupBy(r => r.Mailbox)) await Land(db, mailbox.Key, [.. mailbox]);
        foreach (var task in results.GroupBy(r => r.Task)) stopped |= await Guard.Judge(db, task.Key, task.Max(r => r.Seq));
        foreach (var mailbox in landed.Where(r => r.Verdict.CountsAsHardRefusal).Select(r => r.Mailbox).Distinct(StringComparer.Ordinal)) await Guard.JudgeMailbox(db, mailbox);
        return stopped;
    }

    private static async ValueTask OfSet(Db db, long setId, List<AttemptResult> results, Dictionary<string, TaskRow> tasks, TallyByShard tally, List<AttemptResult> landed)
    {
        var rows = (await db.Many<FinishRow>(
            $"""
            select seq, account, state, attempt, tries, unknown, reason, first_try_at, next_attempt_at, {FactRows.Any} as came_back from recipient
            where set_id = @setId and {db.Sql.AmongNumbers("seq", "@seqs")} order by seq {db.ForUpdate}
            """,
            new { setId, seqs = db.Sql.List(results.Select(r => r.Seq).Distinct()) })).ToDictionary(r => r.Seq);
        foreach (var result in results)
        {
            if (!rows.TryGetValue(result.Seq, out var row)) continue;
            rows[result.Seq] = await One(db, result, row, tasks[result.Task], tally, landed);
        }
    }

    /// <summary>Applies one result; answers the row as it is then, because the next result may be about the same row.</summary>
    private static async ValueTask<FinishRow> One(Db db, AttemptResult result, FinishRow row, TaskRow task, TallyByShard tally, List<AttemptResult> landed)
    {
        var was = new AttemptRow(row.State, row.Attempt, row.Tries, row.Unknown, row.Reason, await FirstTry(db, result, row.FirstTryAt), row.NextAttemptAt);
        var change = FinishRules.Apply(was, result.Attempt, result.Verdict, task.Status, db.Now, task.SendUntil, result.Jitter);
        if (change is null)
        {
            if (result.Attempt != row.Attempt || row.State != RecipientState.Sent) await Event(db, row.Account, result);
            return row;
        }
        await Write(db, result, row, change);
        tally.Move(result.SetId, result.Seq, row.State, row.NextAttemptAt is not null, change.State, change.NextAttemptAt is not null);
        if (change.State == RecipientState.Sent && row.State != RecipientState.Sent) tally.Left(result.SetId, result.Seq, db.Now);
        // Somebody was quicker than the mail server's answer: opened, or replied, while the row was handed over.
        if (row.CameBack && row.State is RecipientState.Handed or RecipientState.Uncertain) await FactRows.Settle(db, result.SetId, [result.Seq], tally);
        if (change.State == RecipientState.Failed && row.State != RecipientState.Failed && result.Verdict.CountsAsHardRefusal) tally.Hard(result.SetId, result.Seq);
        if (change.AcceptedBeforeRetry) await Event(db, row.Account, result);
        if (row.State == RecipientState.Handed && result.Attempt == row.Attempt) landed.Add(result);
        return row.After(change);
    }

    /// <summary>The first try, later by what the task stood still since: paused time is no part of the 48 hours. Asked only where they may be over.</summary>
    private static async ValueTask<long?> FirstTry(Db db, AttemptResult result, long? first) =>
        result.Verdict.Outcome == VerdictOutcome.Retry && first is { } at && db.Now - at > FinishRules.RetryWindowMicros ? at + await PauseRows.Since(db, result.Task, at) : first;

    private static ValueTask<int> Write(Db db, AttemptResult result, FinishRow row, AttemptChange change) => db.Execute(
        """
        update recipient set state = @state, reason = @Reason, tries = @Tries, unknown = @Unknown, next_attempt_at = @NextAttemptAt,
          state_at = case when state = @state then state_at else @now end, done_at = @now,
          reply_code = coalesce(@code, reply_code), reply_enhanced = coalesce(@enhanced, reply_enhanced), reply_text = coalesce(@text, reply_text),
          accepted_before_retry = case when @before = 1 then 1 else accepted_before_retry end
        where set_id = @SetId and seq = @Seq and attempt = @attempt and state = @was
        """,
        new
        {
            state = change.State, change.Reason, change.Tries, change.Unknown, change.NextAttemptAt, now = db.Now,
            code = result.Report.Code, enhanced = result.Report.Enhanced, text = result.Report.Text, before = change.AcceptedBeforeRetry ? 1 : 0,
            result.SetId, result.Seq, attempt = row.Attempt, was = row.State,
        });

    /// <summary>These are no longer in flight: they count into the bucket of now, unless they were refused before their text.</summary>
    private static async ValueTask Land(Db db, string mailbox, List<AttemptResult> landed)
    {
        await MailboxRows.Landed(db, mailbox, landed.Count);
        await MailboxRows.Use(db, mailbox, PaceWindow.Minute, landed.Count);
        await Refused(db, mailbox, landed);
        var withText = landed.Count(r => !r.Verdict.BeforeData);
        if (withText == 0) return;
        await MailboxRows.Use(db, mailbox, PaceWindow.Hour, withText);
        await MailboxRows.Use(db, mailbox, PaceWindow.Day, withText);
    }

    /// <summary>Refusals for good are counted by mailbox too, and judged: the plain way, where nobody is refused, costs nothing.</summary>
    private static async ValueTask Refused(Db db, string mailbox, List<AttemptResult> landed)
    {
        foreach (var hard in landed.Where(r => r.Verdict.CountsAsHardRefusal).GroupBy(r => r.Task).OrderBy(g => g.Key, StringComparer.Ordinal))
            await RefusalRows.Count(db, mailbox, hard.Key, hard.Count(), hard.Count(r => r.Verdict.BeforeData));
    }

    private static ValueTask<int> Event(Db db, string account, AttemptResult result) => db.Execute(
        "insert into event (account, set_id, seq, attempt, kind, at, detail) values (@account, @SetId, @Seq, @Attempt, 'late_result', @now, @detail)",
        new { account, result.SetId, result.Seq, result.Attempt, now = db.Now, detail = $"{result.Verdict.Outcome} {result.Verdict.Reason} {result.Report.Code}" });

    private sealed class FinishRow
    {
        public long Seq { get; init; }
        public required string Account { get; init; }
        public RecipientState State { get; init; }
        public int Attempt { get; init; }
        public int Tries { get; init; }
        public int Unknown { get; init; }
        public string? Reason { get; init; }
        public long? FirstTryAt { get; init; }
        public long? NextAttemptAt { get; init; }
        public bool CameBack { get; init; }

        public FinishRow After(AttemptChange change) => new()
        {
            Seq = Seq, Account = Account, State = change.State, Attempt = Attempt, Tries = change.Tries, Unknown = change.Unknown, Reason = change.Reason,
            FirstTryAt = FirstTryAt, NextAttemptAt = change.NextAttemptAt, CameBack = CameBack,
        };
    }
}
