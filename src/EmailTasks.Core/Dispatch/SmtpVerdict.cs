namespace EmailTasks.Core.Dispatch;

/// <summary>What becomes of the recipient's row.</summary>
public enum VerdictOutcome
{
    /// <summary>The server took the mail.</summary>
    Sent,

    /// <summary>Certainly not sent and not the recipient's fault: back to pending, tries unchanged.</summary>
    NotSent,

    /// <summary>A temporary refusal: back to pending, tries + 1, next attempt by <see cref="RetrySchedule"/>.</summary>
    Retry,

    /// <summary>A final refusal of this recipient or of this mail to them.</summary>
    Failed,

    /// <summary>The dot may have left and nobody said what became of it. Never retried by the machine.</summary>
    Uncertain,
}

/// <summary>What becomes of the mailbox.</summary>
public enum MailboxEffect
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It fails for now: wait by <see cref="HealthBackoff"/>, then try again.</summary>
    Failing,

    /// <summary>It rests until a person resumes it, or for <see cref="SmtpVerdict.PauseFor"/>.</summary>
    Pause,
}

/// <summary>What becomes of the task.</summary>
public enum TaskEffect
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Every recipient would get the same answer: the task is paused.</summary>
    Pause,
}

/// <summary>The judgement on one <see cref="AttemptReport"/>.</summary>
/// <param name="Outcome">What becomes of the recipient's row.</param>
/// <param name="Reason">A stable code in snake_case.</param>
/// <param name="Mailbox">What becomes of the mailbox.</param>
/// <param name="PauseFor">For a pause: how long; null until a person resumes.</param>
/// <param name="Task">What becomes of the task.</param>
/// <param name="DiscardConnection">The session is in no defined state; close it.</param>
/// <param name="BeforeData">A definite refusal before DATA, or nothing was said: the day and hour permits return.</param>
/// <param name="CountsAsHardRefusal">Counts towards five final refusals in a row (sender suspected).</param>
/// <param name="DomainTemporary">Counts towards the circuit of (mailbox, recipient domain).</param>
/// <param name="Problem">What happened, in our words.</param>
/// <param name="Fix">What to do, in our words; empty when there is nothing to do.</param>
public sealed record SmtpVerdict(
    VerdictOutcome Outcome,
    string Reason,
    MailboxEffect Mailbox,
    TimeSpan? PauseFor,
    TaskEffect Task,
    bool DiscardConnection,
    bool BeforeData,
    bool CountsAsHardRefusal,
    bool DomainTemporary,
    string Problem,
    string Fix);
