namespace EmailTasks.Core.Recipients;

/// <summary>Where one recipient of a task stands. The numbers are stored.</summary>
public enum RecipientState
{
    /// <summary>Not handed over yet, or waiting for another attempt.</summary>
    Pending = 0,

    /// <summary>Durable before the first byte about this mail leaves.</summary>
    Handed = 1,

    /// <summary>Accepted by the mail server; no proof of delivery.</summary>
    Sent = 2,

    /// <summary>Refused for good.</summary>
    Failed = 3,

    /// <summary>Handed over and no answer came; the machine never retries it.</summary>
    Uncertain = 4,

    /// <summary>On the suppression list.</summary>
    Suppressed = 5,

    /// <summary>The task was cancelled before this one was handed over.</summary>
    Cancelled = 6,

    /// <summary><c>send_until</c> passed, or 48 hours of temporary refusals.</summary>
    Expired = 7,
}

/// <summary>The words of <see cref="RecipientState"/>.</summary>
public static class RecipientStates
{
    /// <summary>The state as people read it.</summary>
    public static string Word(RecipientState state) => state switch
    {
        RecipientState.Pending => "pending",
        RecipientState.Handed => "handed",
        RecipientState.Sent => "sent",
        RecipientState.Failed => "failed",
        RecipientState.Uncertain => "uncertain",
        RecipientState.Suppressed => "suppressed",
        RecipientState.Cancelled => "cancelled",
        RecipientState.Expired => "expired",
    };

    /// <summary>The state of a word that the gate has checked.</summary>
    public static RecipientState State(string word) => Enum.GetValues<RecipientState>().Single(s => Word(s) == word);
}
