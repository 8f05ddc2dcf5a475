using EmailTasks.Contracts;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>Holds as the contract shows them, and what is said to somebody who may lift none of them.</summary>
internal static class Holding
{
    /// <summary>The set, the oldest first.</summary>
    public static List<HoldView> Views(IEnumerable<KeptHold> holds) => [.. holds.Select(h => new HoldView(
        HoldRules.Word(h.Hold.Kind), h.Hold.By?.KeyId, h.Hold.By?.Actor, h.Hold.By?.Uid, Micros.At(h.At), h.Hold.Reason, Micros.At(h.Hold.Until)))];

    /// <summary>The caller's own hold is lifted, and others are left.</summary>
    public static Said StillHeld(string what, IReadOnlyList<Hold> left)
    {
        var by = string.Join(", ", left.Select(HoldRules.Words).Distinct());
        return Said.Of($"Your hold is lifted, but the {what} still stands: {by}. A person lifts that.", $"Your hold would be lifted, but the {what} would still stand: {by}. A person lifts that.");
    }

    /// <summary>The caller may lift none of what holds it: the machine, a person or another key stopped it, and no agent may decide that all is well again.</summary>
    public static Refusal NotYours(string what, IReadOnlyList<KeptHold> holds)
    {
        var first = HoldRules.First(holds.Select(h => h.Hold))!;
        var words = HoldRules.Words(first);
        var problem = $"{char.ToUpperInvariant(words[0])}{words[1..]} holds this {what}{(holds.Count > 1 ? $" (and {holds.Count - 1} more)" : "")}: only a person's key may lift it. {first.Problem}".Trim();
        const string fix = "Ask a person to look at it and to resume it with their own key.";
        return new Refusal(ErrorCodes.ScopeRequired, problem) { Problems = [new("", "person", problem, fix)], Action = new("approve", null, fix) };
    }
}
