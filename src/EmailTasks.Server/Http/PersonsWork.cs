using EmailTasks.Contracts;
using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Http;

/// <summary>
/// What a person wrote is not rewritten or deleted by an agent's key, unless it was given the scope manage: templates,
/// products and addresses are what the next person approves without reading them anew.
/// </summary>
internal static class PersonsWork
{
    /// <summary>Why the caller may not, or null.</summary>
    /// <param name="actor">Who wrote it last; null is of before, and a person's.</param>
    /// <param name="what">What it is, e.g. "template".</param>
    public static Refusal? Problem(Call call, string? actor, string what, string path)
    {
        if (call.IsPerson || actor == Who.Agent || call.Key.ScopeList?.Contains(ScopeWords.Manage) != false) return null;
        var problem = $"A person wrote this {what}; an agent's key without the scope manage may not change or delete it.";
        var fix = $"Make a {what} of your own, or ask a person.";
        return new Refusal(ErrorCodes.ScopeRequired, problem) { Problems = [new(path, "person", problem, fix)], Action = new("approve", null, fix) };
    }
}
