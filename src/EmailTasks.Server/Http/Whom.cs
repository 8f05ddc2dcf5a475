using EmailTasks.Contracts;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>Whom to ask: a refusal names a person who may, and never a way to a wider key.</summary>
internal static class Whom
{
    /// <summary>The refusal with a member's name: the key's own member where their role suffices, else another who may.</summary>
    public static async ValueTask<Refusal> Named(Db db, Refusal refusal, Op op, KeyRow key)
    {
        if (refusal is not { Code: ErrorCodes.ScopeRequired, Action: { Type: "approve", Hint: { } hint } action }) return refusal;
        if (await MemberRows.WhoMay(db, key.Account, op.Role, first: key.Uid) is not { } member) return refusal;
        return refusal with { Action = action with { Hint = $"{hint.TrimEnd('.')}: {TextCheck.Shown(member.Name)} ({RoleWords.Of(member.Role)})." } };
    }
}
