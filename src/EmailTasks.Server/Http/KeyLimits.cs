using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>Why a key's bounds forbid something: what it may not do at all, or how many it may not have.</summary>
internal sealed record BoundRefusal(string ErrorCode, string Code, string Problem, string Fix, long Count = 1, string? Sample = null)
{
    /// <summary>As the refusal of a call.</summary>
    public Refusal At(string path) => new(ErrorCode, Problem) { Problems = [new(path, Code.ToLowerInvariant(), Problem, Fix)], Action = new("approve", null, Fix) };
}

/// <summary>The bounds of a key on mailboxes, recipients and domains. Pure but for the daily count, which a start spends in its own transaction.</summary>
internal static class KeyLimits
{
    private const string AskAPerson = "Ask a person whose key may.";

    /// <summary>Whether the key may use this mailbox.</summary>
    public static BoundRefusal? Mailbox(KeyRow key, string? mailbox) =>
        mailbox is not null && key.Limits?.SenderIds is { } allowed && !allowed.Contains(mailbox)
            ? new(ErrorCodes.ScopeRequired, "KEY_SENDER", "This key may not use that mailbox.", $"Use one of {string.Join(", ", allowed.Take(5))}.")
            : null;

    /// <summary>Whether the key may write to all of these domains.</summary>
    public static BoundRefusal? Domains(KeyRow key, IEnumerable<string> domains)
    {
        if (key.Limits?.Domains is not { } allowed) return null;
        var foreign = domains.Except(allowed, StringComparer.Ordinal).ToList();
        return foreign.Count == 0 ? null
            : new(ErrorCodes.ScopeRequired, "KEY_DOMAINS", $"This key may not write to {foreign[0]}{(foreign.Count > 1 ? $" and {foreign.Count - 1} more" : "")}.", "Leave those recipients out. " + AskAPerson, foreign.Count, foreign[0]);
    }

    /// <summary>Whether a task of this many recipients is within the key's bound.</summary>
    public static BoundRefusal? PerTask(KeyRow key, long recipients) =>
        key.Limits?.RecipientsPerTask is { } most && recipients > most
            ? new(ErrorCodes.InsufficientCredit, "KEY_RECIPIENTS_PER_TASK", $"The task has {Plural.Of(recipients, "recipient")}; this key may have {most} in one task.", "Take some out. " + AskAPerson, recipients)
            : null;

    /// <summary>Whether so many more mails, started at that instant, are within the key's bound of any 24 hours.</summary>
    /// <param name="at">When they start, UTC microseconds; counted for the day they leave, not for the day somebody planned them.</param>
    public static async ValueTask<BoundRefusal?> PerDay(Db db, KeyRow key, TaskRow task, long mails, long at)
    {
        if (key.Limits?.RecipientsPerDay is not { } most) return null;
        var used = DailySpend.Most(await KeyRows.Spends(db, key.Id, at, task), at);
        return used + mails <= most ? null
            : new(ErrorCodes.InsufficientCredit, "KEY_RECIPIENTS_PER_DAY", $"This key may start {most} mails in 24 hours and has started {used}; {mails} more are too many.", "Wait, or send fewer. " + AskAPerson, mails);
    }

    /// <summary>Everything that speaks against a start, for the plan.</summary>
    public static async ValueTask<IReadOnlyList<BoundRefusal>> OfStart(Db db, KeyRow key, TaskRow task, IEnumerable<string> domains, long recipients, long mails, long at)
    {
        BoundRefusal?[] all = [Mailbox(key, task.Mailbox), Domains(key, domains), PerTask(key, recipients), await PerDay(db, key, task, mails, at)];
        return [.. all.OfType<BoundRefusal>()];
    }

    /// <summary>Counts a start against the key, in the transaction of the start; refuses when another one was quicker.</summary>
    public static async ValueTask<Refusal?> Spend(Db db, Call call, TaskRow task, long mails, long at)
    {
        if (await PerDay(db, call.Key, task, mails, at) is { } refusal) return refusal.At("");
        await KeyRows.Spend(db, call.Key.Id, task.Id, mails, at);
        return null;
    }
}
