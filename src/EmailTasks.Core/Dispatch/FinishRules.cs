using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;

namespace EmailTasks.Core.Dispatch;

/// <summary>A recipient's row as finish finds it. Instants are UTC microseconds.</summary>
public sealed record AttemptRow(RecipientState State, int Attempt, int Tries, int Unknown, string? Reason, long? FirstTryAt, long? NextAttemptAt);

/// <summary>What finish makes of the row; null members stay as they are.</summary>
public sealed record AttemptChange(RecipientState State, string? Reason, int Tries, int Unknown, long? NextAttemptAt, bool AcceptedBeforeRetry);

/// <summary>The table of engine §7: what the result of one attempt does to its row. Pure.</summary>
public static class FinishRules
{
    /// <summary>A person said that the attempt was not sent.</summary>
    public const string ResolvedNotSent = "resolved_not_sent";

    /// <summary>
    /// An attempt before the last one ended unknown, and the task stopped: the last one's "no" is no answer for it. Without
    /// a reason of its own, the same "no" told twice made such a row failed.
    /// </summary>
    public const string EarlierUnknown = "earlier_attempt_unknown";

    /// <summary>Temporary refusals end after this: 48 hours.</summary>
    public const long RetryWindowMicros = 48L * 3600 * 1_000_000;

    /// <summary>A row that was not sent waits at least this long, so that a refusing gate is no busy loop.</summary>
    public const long NotSentPauseMicros = 1_000_000;

    /// <summary>Decides; null when the row stays as it is.</summary>
    /// <param name="attempt">The attempt the result speaks of.</param>
    /// <param name="now">UTC microseconds.</param>
    /// <param name="sendUntil">The task's <c>send_until</c>.</param>
    /// <param name="jitter">0..1, spreads retries.</param>
    public static AttemptChange? Apply(AttemptRow row, int attempt, SmtpVerdict verdict, MailTaskStatus status, long now, long? sendUntil, double jitter)
    {
        if (attempt < row.Attempt)
            return verdict.Outcome == VerdictOutcome.Sent ? Keep(row) with { AcceptedBeforeRetry = true } : null;
        if (attempt > row.Attempt) return null;
        return row.State switch
        {
            RecipientState.Handed => FromHanded(row, verdict, status, now, sendUntil, jitter),
            RecipientState.Uncertain when row.Reason == EarlierUnknown => verdict.Outcome == VerdictOutcome.Sent ? Sent(row) : null,
            RecipientState.Uncertain => FromUncertain(row, verdict, status, now),
            RecipientState.Pending => verdict.Outcome switch
            {
                VerdictOutcome.Sent => Sent(row),
                VerdictOutcome.Failed => To(row, RecipientState.Failed, verdict.Reason),
                VerdictOutcome.NotSent or VerdictOutcome.Retry or VerdictOutcome.Uncertain => null,
            },
            RecipientState.Failed when row.Reason != ResolvedNotSent => null,
            RecipientState.Failed or RecipientState.Cancelled or RecipientState.Expired or RecipientState.Suppressed =>
                verdict.Outcome == VerdictOutcome.Sent ? Sent(row) : null,
            RecipientState.Sent => null,
        };
    }

    /// <summary>Where an open row goes when its task was cancelled: what once ended unknown stays unknown.</summary>
    public static RecipientState AfterCancel(int unknown) => unknown > 0 ? RecipientState.Uncertain : RecipientState.Cancelled;

    private static AttemptChange FromHanded(AttemptRow row, SmtpVerdict verdict, MailTaskStatus status, long now, long? sendUntil, double jitter) => verdict.Outcome switch
    {
        VerdictOutcome.Sent => Sent(row),
        VerdictOutcome.Failed => To(row, RecipientState.Failed, verdict.Reason),
        VerdictOutcome.Uncertain => Keep(row) with { State = RecipientState.Uncertain, Reason = verdict.Reason, Unknown = row.Unknown + 1 },
        VerdictOutcome.NotSent => Back(row, verdict.Reason, row.Tries, now + NotSentPauseMicros, status, now, sendUntil),
        VerdictOutcome.Retry => Retry(row, verdict, status, now, sendUntil, jitter),
    };

    private static AttemptChange Retry(AttemptRow row, SmtpVerdict verdict, MailTaskStatus status, long now, long? sendUntil, double jitter)
    {
        var tries = row.Tries + 1;
        if (RetrySchedule.Next(tries, jitter) is not { } pause) return To(row, RecipientState.Failed, verdict.Reason) with { Tries = tries };
        if (row.FirstTryAt is { } first && now - first > RetryWindowMicros) return To(row, RecipientState.Expired, verdict.Reason) with { Tries = tries };
        return Back(row, verdict.Reason, tries, now + (long)pause.TotalMicroseconds, status, now, sendUntil);
    }

    private static AttemptChange Back(AttemptRow row, string reason, int tries, long nextAttemptAt, MailTaskStatus status, long now, long? sendUntil)
    {
        if (status is not (MailTaskStatus.Sending or MailTaskStatus.Paused))
            return To(row, AfterCancel(row.Unknown), row.Unknown > 0 ? EarlierUnknown : reason) with { Tries = tries };
        if (sendUntil is { } until && now >= until) return To(row, RecipientState.Expired, "send_until_passed") with { Tries = tries };
        return new AttemptChange(RecipientState.Pending, reason, tries, row.Unknown, nextAttemptAt, false);
    }

    private static AttemptChange? FromUncertain(AttemptRow row, SmtpVerdict verdict, MailTaskStatus status, long now) => verdict.Outcome switch
    {
        VerdictOutcome.Sent => Sent(row),
        VerdictOutcome.Failed => To(row, RecipientState.Failed, verdict.Reason),
        VerdictOutcome.NotSent or VerdictOutcome.Retry when status is MailTaskStatus.Sending or MailTaskStatus.Paused =>
            new AttemptChange(RecipientState.Pending, verdict.Reason, row.Tries, Known(row), now + NotSentPauseMicros, false),
        VerdictOutcome.NotSent or VerdictOutcome.Retry when row.Unknown > 1 => To(row, RecipientState.Uncertain, EarlierUnknown) with { Unknown = Known(row) },
        VerdictOutcome.NotSent or VerdictOutcome.Retry => To(row, RecipientState.Failed, verdict.Reason),
        VerdictOutcome.Uncertain => null,
    };

    /// <summary>This attempt no longer counts as one that ended unknown; otherwise a later cancel would call the row uncertain for ever.</summary>
    private static int Known(AttemptRow row) => Math.Max(0, row.Unknown - 1);

    private static AttemptChange Sent(AttemptRow row) => To(row, RecipientState.Sent, null);

    private static AttemptChange To(AttemptRow row, RecipientState state, string? reason) =>
        new(state, reason, row.Tries, row.Unknown, null, false);

    private static AttemptChange Keep(AttemptRow row) => new(row.State, row.Reason, row.Tries, row.Unknown, row.NextAttemptAt, false);
}
