using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>Why a key's bounds forbid something: what it may not do at all, or how many it may not have.</summary>
internal sealed record BoundRefusal(string ErrorCode, string Code, string Problem, string Fix, long Count = 1, string? Sample = null)
{
    /// <summary>As the refusal of a call.</summary>
    public Refusal At(string path) => new(ErrorCode, Problem) { Problems = [new(path, Code.ToLowerInvariant(), Problem, Fix)], Action = new("approve", null, Fix) };
}

/// <summary>
/// A key's bounds as a call meets them. The rule is <see cref="LettingGo"/>, pure; here it is asked, put into refusals, and
/// spent in the transaction that lets mail go.
/// </summary>
internal static class KeyLimits
{
    /// <summary>Whether the key may use this mailbox.</summary>
    public static BoundRefusal? Mailbox(KeyRow key, string? mailbox) => LettingGo.Mailbox(key.Go, mailbox) is { } no ? Of(no) : null;

    /// <summary>Whether a task of this many recipients is within the key's bound.</summary>
    public static BoundRefusal? PerTask(KeyRow key, long recipients) => LettingGo.PerTask(key.Go, recipients) is { } no ? Of(no) : null;

    /// <summary>Whether the key may write to all of these domains.</summary>
    public static BoundRefusal? Domains(KeyRow key, IEnumerable<string> domains) => Beyond(key, domains) is { Count: > 0 } foreign ? Of(LettingGo.Foreign(foreign.First!, foreign.Count)) : null;

    /// <summary>Everything of the key's bounds that speaks against a start, for the plan: reading a plan needs no scope but read.</summary>
    /// <param name="at">When they start, UTC microseconds; counted for the day they leave, not for the day somebody planned them.</param>
    public static async ValueTask<IReadOnlyList<BoundRefusal>> OfStart(Db db, KeyRow key, TaskRow task, IEnumerable<string> domains, long recipients, long mails, long at) =>
        [.. new[] { PersonNeeded(key, task), await Ended(db, key, task) }.OfType<BoundRefusal>(), .. LettingGo.Refusals(key.Asker with { MaySend = true }, await GoRows.Load(db, key.Id, task, Beyond(key, domains), recipients, mails, at)).Select(Of)];

    /// <summary>Whether so many mails beside the task's own (a test) are within the key's day.</summary>
    public static async ValueTask<BoundRefusal?> PerDay(Db db, KeyRow key, TaskRow task, long mails, long at) =>
        LettingGo.Refusals(key.Asker, await GoRows.Load(db, key.Id, task, ForeignDomains.None, 0, mails, at, again: true)).Where(r => r.Kind == GoRefusalKind.PerDay).Select(Of).FirstOrDefault();

    /// <summary>Lets mails beside the task's own go, on this key's word: somebody is mailed again, or a test is sent. Each is a mail more, whatever the key let go before.</summary>
    public static ValueTask<Refusal?> LetMoreGo(Db db, Call call, TaskRow task, IReadOnlyCollection<string> domains, long mails) =>
        LetGo(db, call, task, Beyond(call.Key, domains), mails, mails, db.Now, again: true);

    /// <summary>Counts a start against the key, in the transaction of the start; refuses when another one was quicker. Scope and bounds were asked by the gate and the plan.</summary>
    public static ValueTask<Refusal?> Spend(Db db, Call call, TaskRow task, long mails, long at) => LetGo(db, call, task, ForeignDomains.None, 0, mails, at, again: false);

    /// <summary>Lets the waiting mails of a started task go, on this key's word: the bounds are asked, and what it had not let go before is counted.</summary>
    /// <param name="foreign">Read before, on a snapshot: nobody enters a task that was started.</param>
    public static async ValueTask<Refusal?> LetGo(Db db, Call call, TaskRow task, ForeignDomains foreign)
    {
        var counts = await CounterRows.Sum(db, task.SetId);
        return await LetGo(db, call, task, foreign, counts.Total, counts.Pending, db.Now, again: false);
    }

    /// <summary>Whether scopes let the key run the operation was asked by the gate, where a dry run may differ from the call.</summary>
    private static async ValueTask<Refusal?> LetGo(Db db, Call call, TaskRow task, ForeignDomains foreign, long recipients, long mails, long at, bool again)
    {
        var load = await GoRows.Load(db, call.Key.Id, task, foreign, recipients, mails, at, again);
        if (LettingGo.Refusals(call.Key.Asker with { MaySend = true }, load) is [var first, ..]) return Of(first).At("");
        await GoRows.Spend(db, call.Key.Id, task, load, at, again);
        return null;
    }

    /// <summary>What a person planned is a person's to let go, also after an agent took it back, changed it or copied it.</summary>
    private static BoundRefusal? PersonNeeded(KeyRow key, TaskRow task)
    {
        if (!TrustRules.NeedsPerson(task.Trust, key.Who)) return null;
        const string fix = "Ask a person to read the plan and to let it go with their own key.";
        if (!task.Trust.ScheduledByPerson)
            return new(ErrorCodes.ScopeRequired, "STOPPED", "This task, or the one it was copied from, was stopped by a person, or its planner's right has ended: only a person lets it go.", fix);
        var planned = task.Status == MailTaskStatus.Scheduled ? "this task" : "this task, or the one it was copied from,";
        return new(ErrorCodes.ScopeRequired, "PERSON_SCHEDULED", $"A person planned {planned} for {Micros.At(task.PlanSendAt ?? task.WasScheduledFor):yyyy-MM-dd HH:mm}Z: only a person lets it go, or plans it anew.", fix);
    }

    /// <summary>What an agent's key planned whose right has ended waits for a person: another agent is none.</summary>
    private static async ValueTask<BoundRefusal?> Ended(Db db, KeyRow key, TaskRow task)
    {
        if (key.Who.IsPerson || task.Status != MailTaskStatus.Scheduled || await PlanRows.Load(db, task.Id, task.PlanNo) is not { } plan) return null;
        return await PlannerRows.Ended(db, task, plan) is { } why ? new(ErrorCodes.ScopeRequired, "PLANNER_ENDED", why, "Ask a person to read the plan and to let it go with their own key.") : null;
    }

    private static ForeignDomains Beyond(KeyRow key, IEnumerable<string> domains)
    {
        if (key.Go.Domains is not { } allowed) return ForeignDomains.None;
        var foreign = domains.Except(allowed, StringComparer.Ordinal).ToList();
        return foreign.Count == 0 ? ForeignDomains.None : new(foreign[0], foreign.Count);
    }

    private static BoundRefusal Of(GoRefusal no) => no.Kind switch
    {
        GoRefusalKind.Scope => new(ErrorCodes.ScopeRequired, "KEY_SCOPE", no.Problem, no.Fix, no.Count, no.Sample),
        GoRefusalKind.Mailbox => new(ErrorCodes.ScopeRequired, "KEY_SENDER", no.Problem, no.Fix, no.Count, no.Sample),
        GoRefusalKind.Domains => new(ErrorCodes.ScopeRequired, "KEY_DOMAINS", no.Problem, no.Fix, no.Count, no.Sample),
        GoRefusalKind.PerTask => new(ErrorCodes.InsufficientCredit, "KEY_RECIPIENTS_PER_TASK", no.Problem, no.Fix, no.Count, no.Sample),
        GoRefusalKind.PerDay => new(ErrorCodes.InsufficientCredit, "KEY_RECIPIENTS_PER_DAY", no.Problem, no.Fix, no.Count, no.Sample),
    };
}
