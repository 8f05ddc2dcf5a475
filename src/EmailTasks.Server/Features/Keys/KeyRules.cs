using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Keys;

/// <summary>What bounds may say, and whether a new key would be wider than the one that makes it. Pure.</summary>
internal static class KeyRules
{
    /// <summary>Bounds as they are kept: domains as lower-case A-labels, nothing twice.</summary>
    public static (KeyBounds? Bounds, List<Problem> Problems) Bounds(KeyBounds? given)
    {
        var problems = new List<Problem>();
        if (given is null || given == new KeyBounds(null, null, null, null, null)) return (null, problems);
        for (var i = 0; i < (given.Commands?.Count ?? 0); i++)
        {
            if (!Catalogue.All.Any(op => Rights.Names(given.Commands![i], op)))
                problems.Add(new($"$.bounds.commands[{i}]", "unknown_command", $"There is no command {TextCheck.Shown(given.Commands![i])}.", "Write a command, or the beginning of some, e.g. email recipients. See: noxinfluencer schema --all"));
        }
        var domains = new List<string>();
        for (var i = 0; i < (given.Domains?.Count ?? 0); i++)
        {
            if (EmailAddress.TryParse("x@" + given.Domains![i], out _) is { } address) domains.Add(address.Domain);
            else problems.Add(new($"$.bounds.domains[{i}]", "bad_domain", $"{TextCheck.Shown(given.Domains[i])} is no domain name.", "Write it like creators.example."));
        }
        var replyTo = new List<string>();
        for (var i = 0; i < (given.ReplyTo?.Count ?? 0); i++)
        {
            if (EmailAddress.TryParse(given.ReplyTo![i], out var wrong) is { } address) replyTo.Add(address.Key);
            else problems.Add(new($"$.bounds.reply_to[{i}]", "bad_address", $"{TextCheck.Shown(given.ReplyTo[i])} is no address: {wrong}.", "Write it like me@brand.example."));
        }
        return (given with
        {
            ReplyTo = given.ReplyTo is null ? null : [.. replyTo.Distinct(StringComparer.Ordinal)], FromName = given.FromName?.Distinct().ToList(), TasksOf = given.TasksOf?.Distinct().ToList(),
            Commands = given.Commands?.Distinct().ToList(), SenderIds = given.SenderIds?.Distinct().ToList(), Domains = given.Domains is null ? null : [.. domains.Distinct(StringComparer.Ordinal)],
        }, problems);
    }

    /// <summary>Why the new key would be wider than its maker's, or null.</summary>
    public static Refusal? Wider(KeyRow made, KeyRow by)
    {
        var (mine, theirs) = (by.Limits, made.Limits);
        var problems = new List<Problem>();
        void Check(bool wider, string path, string what) { if (wider) problems.Add(new(path, "wider", $"The new key would have wider {what} than yours.", "Give it what your own key has, or less.")); }
        Check(by.ScopeList is { } scopes && made.ScopeList?.All(s => scopes.Contains(s)) != true, "$.scopes", "scopes");
        Check(mine?.Commands is { } commands && theirs?.Commands?.TrueForAll(c => commands.Exists(m => c == m || c.StartsWith(m + " ", StringComparison.Ordinal))) != true, "$.bounds.commands", "commands");
        Check(mine?.RecipientsPerTask is { } perTask && !(theirs?.RecipientsPerTask <= perTask), "$.bounds.recipients_per_task", "recipients_per_task");
        Check(mine?.SenderIds is { } senders && theirs?.SenderIds?.TrueForAll(senders.Contains) != true, "$.bounds.sender_ids", "sender_ids");
        Check(mine?.Domains is { } domains && theirs?.Domains?.TrueForAll(domains.Contains) != true, "$.bounds.domains", "domains");
        Check(mine?.ReplyTo is { } replyTo && theirs?.ReplyTo?.TrueForAll(replyTo.Contains) != true, "$.bounds.reply_to", "reply_to");
        Check(mine?.FromName is { } names && theirs?.FromName?.TrueForAll(names.Contains) != true, "$.bounds.from_name", "from_name");
        Check(mine?.TasksOf is { } owners && theirs?.TasksOf?.TrueForAll(owners.Contains) != true, "$.bounds.tasks_of", "tasks_of");
        Check(by.ExpiresAt is { } until && !(made.ExpiresAt <= until), "$.expires_at", "expires_at");
        // A second key would have a day's count of its own, and a third another.
        if (mine?.RecipientsPerDay is not null)
            problems.Add(new("$.bounds.recipients_per_day", "wider", "A key with a daily bound makes no keys: each would count anew.", "Ask somebody whose key has none."));
        return problems.Count == 0 ? null : new Refusal(ErrorCodes.ScopeRequired, problems[0].Text) { Problems = problems, Action = new("fix", null, problems[0].Fix) };
    }
}
