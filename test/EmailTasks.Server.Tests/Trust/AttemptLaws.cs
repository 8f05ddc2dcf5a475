using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>What holds of every answer of every attempt, whatever it was about.</summary>
internal static class AttemptLaws
{
    /// <summary>Operations that undo others; an inverse is never the next step.</summary>
    private static readonly Dictionary<string, string[]> Inverses = new(StringComparer.Ordinal)
    {
        ["email pause"] = ["email resume"], ["email resume"] = ["email pause", "email cancel"], ["mailbox pause"] = ["mailbox resume"], ["mailbox resume"] = ["mailbox pause"],
        ["key create"] = ["key revoke"], ["email create"] = ["email delete"], ["email copy"] = ["email delete"], ["email send"] = ["email cancel", "email pause"], ["email schedule"] = ["email cancel", "email pause"],
        ["email cancel"] = ["email delete", "email send", "email schedule"], ["email templates save"] = ["email templates delete"], ["product create"] = ["product delete"], ["team add"] = ["team remove"],
        ["mailbox connect"] = ["mailbox disconnect"], ["suppression add"] = ["suppression remove"], ["email recipients add"] = ["email recipients delete"], ["key revoke"] = ["key create"],
    };

    /// <summary>Where an installation keeps what widens rights; no error for an agent or a stranger says it.</summary>
    private static readonly string[] Doors = ["admin.key", "master.key", "NOXINFLUENCER_MASTER_KEY"];

    /// <summary>Which laws an answer breaks.</summary>
    /// <param name="keys">The texts of the keys there are.</param>
    /// <param name="folder">The server's folder.</param>
    public static IEnumerable<string> Broken(Call call, Answer answer, IEnumerable<string> keys, string folder)
    {
        if (answer.Code == ErrorCodes.InternalError) yield return $"{call.Text}: a bug answered";
        if (answer.Json.ValueKind != JsonValueKind.Object || !answer.Json.TryGetProperty("success", out var success)) yield return $"{call.Text}: no envelope: {answer.Text[..Math.Min(80, answer.Text.Length)]}";
        foreach (var key in keys.Where(k => answer.Text.Contains(k, StringComparison.Ordinal) && AttemptChecks.At(answer.Json, "data.key") != k)) yield return $"{call.Text}: the answer holds a key's text";
        if (!answer.Success && AttemptKeys.IsAgentOrNobody(call.Key))
        {
            foreach (var door in Doors.Append(folder).Where(d => answer.Text.Contains(d, StringComparison.OrdinalIgnoreCase))) yield return $"{call.Text}: the refusal names {door}";
        }
        foreach (var (member, next) in new[] { "next", "data.next", "action" }.SelectMany(p => Lines(answer.Json, p).Select(l => (p, l))))
        {
            if (Wrong(call, answer, next, isHint: member == "action") is { } wrong) yield return $"{call.Text}: next is \"{next}\": {wrong}";
        }
    }

    /// <summary>Why this is no next step after that answer, or null.</summary>
    /// <param name="isHint">A refusal's hint may show how to mend a draft, but forces nothing that lets mail go or destroys.</param>
    private static string? Wrong(Call call, Answer answer, string next, bool isHint)
    {
        var (asked, offered) = (Command(answer.Words), Command(next.Replace("noxinfluencer ", "", StringComparison.Ordinal)));
        if (offered is null) return null;
        var forced = next.Contains(" --force", StringComparison.Ordinal) && (!isHint || offered.Effect is Effect.Send or Effect.Destroy || offered.Command.EndsWith(" resume", StringComparison.Ordinal));
        if (forced && !(answer.Success && !answer.Applied && offered == asked)) return "it forces what was not just shown";
        if (asked is not null && answer.Applied && Inverses.TryGetValue(asked.Command, out var inverses) && inverses.Contains(offered.Command)) return "it undoes";
        return offered.PersonOnly && AttemptKeys.IsAgentOrNobody(call.Key) && offered.IsMutation ? "the caller may not" : null;
    }

    /// <summary>Command lines that an answer offers: <c>command</c>, or a hint's line.</summary>
    private static IEnumerable<string> Lines(JsonElement json, string path)
    {
        foreach (var member in new[] { path + ".command", path + ".hint" })
        {
            var line = AttemptChecks.At(json, member);
            var at = line.IndexOf("noxinfluencer ", StringComparison.Ordinal);
            if (at >= 0) yield return line[at..];
        }
    }

    private static Op? Command(string words) => Catalogue.All.Where(o => o.Aliases.Append(o.Command).Any(c => words == c || words.StartsWith(c + " ", StringComparison.Ordinal))).MaxBy(o => o.Command.Length);
}
