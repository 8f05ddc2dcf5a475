namespace EmailTasks.Core.Trust;

/// <summary>What a key may let go at most; null is no bound.</summary>
public sealed record GoBounds(IReadOnlyCollection<string>? Mailboxes, IReadOnlyCollection<string>? Domains, long? PerTask, long? PerDay)
{
    /// <summary>No bounds.</summary>
    public static readonly GoBounds None = new(null, null, null, null);
}

/// <summary>Whose word lets mail go.</summary>
/// <param name="MaySend">Whether role and scopes let it.</param>
public sealed record GoAsker(Who Who, bool MaySend, GoBounds Bounds);

/// <summary>The mails of one task that would leave.</summary>
/// <param name="ForeignDomain">A domain of somebody who would be mailed that is none of the key's; null when there is none, or no such bound.</param>
/// <param name="ForeignCount">How many domains there are beyond the key's.</param>
/// <param name="TaskRecipients">All recipients of the task.</param>
/// <param name="Mails">How many would leave.</param>
/// <param name="Spent">How many of them the key let go already within 24 hours: a row is counted once.</param>
/// <param name="DaySpent">What the key has started in the fullest 24 hours around the start, this task's part included.</param>
public sealed record GoLoad(string? Mailbox, string? ForeignDomain, long ForeignCount, long TaskRecipients, long Mails, long Spent, long DaySpent)
{
    /// <summary>Mails that are to be counted now.</summary>
    public long Fresh => Math.Max(0, Mails - Spent);
}

/// <summary>What speaks against letting mail go.</summary>
public enum GoRefusalKind
{
    Scope,
    Mailbox,
    Domains,
    PerTask,
    PerDay,
}

/// <summary>Why a key may not let these mails go.</summary>
public sealed record GoRefusal(GoRefusalKind Kind, string Problem, string Fix, long Count = 1, string? Sample = null);

/// <summary>
/// The one rule for whatever lets pending rows leave: send, schedule, resume, a mailbox's resume, a retry, a due start.
/// Pure: who asks reads the load, and spends it in the transaction in which the mails become free to go.
/// </summary>
public static class LettingGo
{
    private const string AskAPerson = "Ask a person whose key may.";

    /// <summary>Everything that speaks against it, the gravest first.</summary>
    public static IReadOnlyList<GoRefusal> Refusals(GoAsker asker, GoLoad load)
    {
        var all = new List<GoRefusal>();
        if (!asker.MaySend) all.Add(new(GoRefusalKind.Scope, "This key may not let mail leave.", AskAPerson));
        if (Mailbox(asker.Bounds, load.Mailbox) is { } mailbox) all.Add(mailbox);
        if (load.ForeignDomain is { } foreign) all.Add(Foreign(foreign, load.ForeignCount));
        if (PerTask(asker.Bounds, load.TaskRecipients) is { } perTask) all.Add(perTask);
        if (PerDay(asker.Bounds, load) is { } perDay) all.Add(perDay);
        return all;
    }

    /// <summary>That people at other domains than the key's would be mailed.</summary>
    public static GoRefusal Foreign(string domain, long count) =>
        new(GoRefusalKind.Domains, $"This key may not write to {domain}{(count > 1 ? $" and {count - 1} more" : "")}.", "Leave those recipients out. " + AskAPerson, count, domain);

    /// <summary>Whether the key may use this mailbox.</summary>
    public static GoRefusal? Mailbox(GoBounds bounds, string? mailbox) =>
        mailbox is not null && bounds.Mailboxes is { } allowed && !allowed.Contains(mailbox)
            ? new(GoRefusalKind.Mailbox, "This key may not use that mailbox.", $"Use one of {string.Join(", ", allowed.Take(5))}.")
            : null;

    /// <summary>Whether a task of this many recipients is within the key's bound.</summary>
    public static GoRefusal? PerTask(GoBounds bounds, long recipients) =>
        bounds.PerTask is { } most && recipients > most
            ? new(GoRefusalKind.PerTask, $"The task has {recipients} recipient{(recipients == 1 ? "" : "s")}; this key may have {most} in one task.", "Take some out. " + AskAPerson, recipients)
            : null;

    private static GoRefusal? PerDay(GoBounds bounds, GoLoad load) =>
        bounds.PerDay is { } most && load.Fresh > 0 && load.DaySpent + load.Fresh > most
            ? new(GoRefusalKind.PerDay, $"This key may start {most} mails in 24 hours and has started {load.DaySpent}; {load.Fresh} more are too many.", "Wait, or send fewer. " + AskAPerson, load.Fresh)
            : null;
}
