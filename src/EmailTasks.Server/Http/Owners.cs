using EmailTasks.Contracts;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>Whose an object is: the caller's own, or, for an admin, another member's.</summary>
internal static class Owners
{
    /// <summary>The owner's uid, or why not.</summary>
    public static async ValueTask<(string Uid, Refusal? Refusal)> Choose(Db db, Call call, string? asked, string present, string path)
    {
        if (asked is null || asked == present) return (present, null);
        if (asked != call.Uid && call.Key.Role < Role.Admin)
            return (present, new Refusal(ErrorCodes.ScopeRequired, "Only an admin may name another member as owner.") { Problems = [new(path, "role", "Only an admin may name another member as owner.", "Leave it out.")] });
        return await GateRows.Member(db, call.Account, asked) is null ? (present, Refusal.NotFound("member", asked, path)) : (asked, null);
    }
}
