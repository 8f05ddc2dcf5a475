using EmailTasks.Contracts;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>
/// What a key may: the member's present role, and of that what actor, scopes and commands leave. Asked at the gate, and
/// again in the transaction of a change: a key that was revoked meanwhile changes nothing.
/// </summary>
internal static class Rights
{
    /// <summary>Why this key is no key now, or null.</summary>
    public static Refusal? Ended(KeyRow? key, long now) =>
        key is null || key.RevokedAt is not null || key.RemovedAt is not null ? Refusals.WrongKey()
        : key.ExpiresAt <= now ? Refusals.ExpiredKey()
        : null;

    /// <summary>Why this key may not run this operation, or null.</summary>
    /// <param name="forced">False for a dry run.</param>
    public static Refusal? Missing(Op op, KeyRow key, bool forced = true) =>
        key.Role < op.Role ? Refusals.RoleNeeded(op, key.Role)
        : op.PersonOnly && key.Actor != "person" ? Refusals.PersonNeeded(op)
        : op.AnyKey ? null
        : key.ScopeList is { } scopes && !op.IsIn(scopes, forced) ? Refusals.ScopeNeeded(op)
        : key.Limits?.Commands is { } commands && !commands.Exists(c => Names(c, op)) ? Refusals.CommandBound(op)
        : null;

    /// <summary>Whether a forced call lacks the plan it must name.</summary>
    public static bool LacksPlan(Op op, KeyRow key, string? plan) => op.TakesPlan && plan is null && key.MustNamePlan;

    /// <summary>Whether a bound's words name this operation: the command itself, or the beginning of it by whole words.</summary>
    public static bool Names(string bound, Op op) => op.Command == bound || op.Command.StartsWith(bound + " ", StringComparison.Ordinal);
}
