using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;

namespace EmailTasks.Core.Dispatch;

/// <summary>What a person says became of an uncertain attempt.</summary>
public enum ResolveOutcome
{
    /// <summary>It arrived.</summary>
    Sent,

    /// <summary>It did not arrive, and is not to be mailed again.</summary>
    NotSent,

    /// <summary>Mail them again; it may arrive twice.</summary>
    Retry,
}

/// <summary>What is known about the attempt that is judged. Instants are UTC microseconds.</summary>
/// <param name="Attempt">The row's last attempt.</param>
/// <param name="UnderWay">The process that made it has not written its result yet.</param>
/// <param name="Suppressed">The address is on the suppression list.</param>
public sealed record JudgedRow(RecipientState State, int Attempt, long? BegunAt, bool UnderWay, bool Suppressed);

/// <summary>Whether a person may settle what the machine does not know. Pure; engine §8.</summary>
public static class ResolveRules
{
    /// <summary>A person said that the attempt was sent.</summary>
    public const string Sent = "resolved_sent";

    /// <summary>A person asked for another attempt.</summary>
    public const string Retried = "resolved_retry";

    /// <summary>A retry waits this long after the attempt began: every time limit of the attempt has passed by then.</summary>
    public const long RetryAfterMicros = 30L * 60 * 1_000_000;

    /// <summary>What speaks against it in this status, with the way out; null when nothing does.</summary>
    public static (string Problem, string Fix)? OfTask(MailTaskStatus status, ResolveOutcome outcome, string id, bool mailboxGone, bool sendUntilPassed) => status switch
    {
        MailTaskStatus.Draft or MailTaskStatus.Scheduled =>
            ($"The task is {TaskDecisions.Word(status)}; nothing of it is uncertain.", $"See where it stands: noxinfluencer email get {id}"),
        MailTaskStatus.Cancelled when outcome == ResolveOutcome.Retry =>
            ("The task is cancelled; nobody of it is mailed again.", "Say sent or not_sent. A new task may mail whoever was not."),
        MailTaskStatus.Sending or MailTaskStatus.Paused or MailTaskStatus.Sent or MailTaskStatus.Cancelled when outcome != ResolveOutcome.Retry => null,
        MailTaskStatus.Sending or MailTaskStatus.Paused or MailTaskStatus.Sent or MailTaskStatus.Cancelled =>
            mailboxGone ? ("The mailbox of this task is disconnected.", "Say sent or not_sent; mail them through another task.")
            : sendUntilPassed ? ("The task's send_until has passed.", "Say sent or not_sent; mail them through another task.")
            : null,
    };

    /// <summary>What speaks against it for this row; null when nothing does.</summary>
    /// <param name="attempt">The attempt the person judges.</param>
    public static (string Problem, string Fix)? OfRow(JudgedRow row, int attempt, ResolveOutcome outcome, long now)
    {
        if (row.State != RecipientState.Uncertain)
            return ($"It is {RecipientStates.Word(row.State)}, not uncertain.", "Only uncertain recipients are resolved; list them with --state uncertain.");
        if (row.Attempt != attempt)
            return ($"Its last attempt is {row.Attempt}, not {attempt}.", "Look at the recipient again, and judge the attempt it shows.");
        if (outcome != ResolveOutcome.Retry) return null;
        if (row.UnderWay) return ("The attempt is still under way.", "Wait; the server may still learn what became of it.");
        if (row.BegunAt is { } begun && now - begun < RetryAfterMicros)
            return ("The attempt began less than 30 minutes ago.", $"Wait {(begun + RetryAfterMicros - now + 59_999_999) / 60_000_000} more minutes; an answer may still come.");
        return row.Suppressed ? ("The address is on the suppression list.", "Say sent or not_sent; who is on the list is not mailed.") : null;
    }
}
