using EmailTasks.Contracts;

namespace EmailTasks.Server.Features.Tasks;

/// <summary>How a task stands, in sentences that are true when read alone: one subject each, and who must act where it waits.</summary>
internal static class Standing
{
    /// <summary>The whole of it.</summary>
    public static string Of(TaskView t) => t.Status switch
    {
        TaskStatusWords.Draft => $"Draft with {Plural.Of(t.Counts.RecipientCount, "recipient")}; nothing has been sent.",
        TaskStatusWords.Scheduled => Scheduled(t),
        TaskStatusWords.Sending => $"{(t.Waiting is null ? "Sending" : "Started, and waiting")}: {Sent(t.Counts, "sent")}{Waiting(t.Waiting)}",
        TaskStatusWords.Paused => Paused(t),
        TaskStatusWords.Sent => $"Sent: {Sent(t.Counts, "accepted by the mail server")}{(t.Sender?.Delivery == "files" ? " Written to files; nothing left this machine." : "")}",
        TaskStatusWords.Cancelled => $"Cancelled: {Sent(t.Counts, "had been sent")}{(t.Settled ? "" : " The last ones are settling.")}",
        _ => throw new InvalidOperationException($"{t.Status} is no status."),
    };

    /// <summary>How many, how many failed; and as another matter, who is uncertain.</summary>
    public static string Sent(CountsView c, string what) =>
        $"{c.SentCount} of {c.RecipientCount} {what}{(c.FailedCount > 0 ? $", {c.FailedCount} failed" : "")}.{Uncertain(c.UncertainCount)}";

    /// <summary>Nobody is mailed again before a person has said what became of the first mail.</summary>
    public static string Uncertain(long count) => count == 0 ? "" : $" {count} uncertain: a person says what became of {(count == 1 ? "it" : "them")}.";

    /// <summary>What it waits for and who ends that, as a sentence of its own; empty when it does not wait.</summary>
    public static string Waiting(WaitingView? waiting)
    {
        if (waiting is null) return "";
        var until = waiting.Until is { } at ? $" until {at:yyyy-MM-dd HH:mm}Z" : "";
        return waiting.Who switch
        {
            WaitingWho.Wait => $" It waits ({waiting.Reason}){until}; nobody need act. {waiting.Fix}",
            WaitingWho.Agent => $" It waits ({waiting.Reason}){until}; you may act. {waiting.Fix}",
            _ => $" It waits ({waiting.Reason}){until}; a person must act. {waiting.Fix}",
        };
    }

    /// <summary>What whoever asks for the end is told while it is not there.</summary>
    public static string NotYet(TaskView t) => t switch
    {
        { Waiting: { Who: WaitingWho.Wait } w } => w.Until is { } at ? $"Ask again after {at:yyyy-MM-dd HH:mm}Z." : "Ask again later.",
        { Waiting: { } w } => $"Nothing of it moves before somebody acts: {w.Fix}",
        { Status: TaskStatusWords.Paused } => "Nothing of it moves before it is resumed.",
        { Overdue: true } => "Nothing of it moves before somebody sends, schedules or cancels it.",
        _ => "Ask again.",
    };

    private static string Paused(TaskView t)
    {
        var head = $"Paused by {t.PausedBy}: {Sent(t.Counts, "sent")}";
        return t.Waiting is null ? head + " It waits for `email resume`." : head + Waiting(t.Waiting);
    }

    private static string Scheduled(TaskView t)
    {
        var when = $"{t.PlanSendAt:yyyy-MM-dd HH:mm}Z";
        return t.Overdue
            ? $"Overdue since {when}: nothing has been sent, and nothing will be by itself; send, schedule or cancel it."
            : $"Scheduled for {when}: {Plural.Of(t.Counts.RecipientCount, "recipient")}, nothing has been sent.{Waiting(t.Waiting)}";
    }
}
