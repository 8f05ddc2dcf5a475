using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Links;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>The bounds of a key on addresses other than recipients': where answers go, what a sender is called, whose creators and whose tasks.</summary>
internal static class KeyAddresses
{
    private const string AskAPerson = "Ask a person whose key may.";

    /// <summary>Whether answers may go there: by the key's list, and for an agent without one only home or to a member.</summary>
    public static async ValueTask<BoundRefusal?> ReplyTo(Db db, KeyRow key, MailboxRow mailbox, EmailAddress replyTo)
    {
        if (key.Limits?.ReplyTo is { } allowed)
            return allowed.Contains(replyTo.Key) ? null : new(ErrorCodes.ScopeRequired, "KEY_REPLY_TO", "This key may not let answers go there.", $"Use one of {string.Join(", ", allowed.Take(5))}, or leave reply_to out.");
        if (key.Actor == "person" || (EmailAddress.TryParse(mailbox.Address, out _) is { } own && SharedDomains.IsAtHome(own.Key, replyTo.Text))) return null;
        if ((await MailboxRows.MemberAddresses(db, key.Account)).Exists(a => EmailAddress.TryParse(a, out _)?.Key == replyTo.Key)) return null;
        return new(ErrorCodes.ScopeRequired, "KEY_REPLY_TO", "With an agent's key answers go to the mailbox's own domain or to a member.", "Use such an address, or leave reply_to out. " + AskAPerson);
    }

    /// <summary>What a sender may be called: never an address, which mail programs show in place of the true one; by the key's list, and for an agent no other domain.</summary>
    /// <param name="given">What the caller gave; null for the mailbox's own name.</param>
    public static Refusal? FromName(KeyRow key, MailboxRow mailbox, string? given)
    {
        var name = given ?? mailbox.DisplayName;
        if (name is null) return null;
        if (HoldsAddress(name)) return Refusal.Invalid("$.from_name", "address", "from_name holds an address; readers would take it for the sender's.", "Give a name of a person or a brand.");
        if (given is not null && key.Limits?.FromName is { } allowed && !allowed.Contains(given) && given != mailbox.DisplayName)
            return new BoundRefusal(ErrorCodes.ScopeRequired, "KEY_FROM_NAME", "This key may not use that from_name.", $"Use one of {string.Join(", ", allowed.Take(5).Select(TextCheck.Shown))}, or leave from_name out.").At("$.from_name");
        var own = mailbox.Address[(mailbox.Address.LastIndexOf('@') + 1)..];
        return key.Actor != "person" && given is not null && given != mailbox.DisplayName && WebAddress.In(given).Any(a => IsName(a.Host) && !WebAddress.Same(a.Host, own))
            ? new BoundRefusal(ErrorCodes.ScopeRequired, "KEY_FROM_NAME", "from_name names another domain than the mailbox's.", "Give a name without it. " + AskAPerson).At("$.from_name")
            : null;
    }

    /// <summary>Whether the key may change these creators' addresses: those that come, and those that go.</summary>
    public static BoundRefusal? Creators(KeyRow key, IEnumerable<NewCreator> creators, IReadOnlyDictionary<string, CreatorRow> known)
    {
        if (key.Limits?.Domains is null) return null;
        var changed = new List<string>();
        foreach (var creator in creators)
        {
            var old = known.GetValueOrDefault(creator.Id) is { } row ? JsonSerializer.Deserialize(row.Addresses, StoredJson.Default.ListString)! : [];
            var given = creator.Addresses.Select(a => a.Text).ToList();
            changed.AddRange(given.Except(old, StringComparer.Ordinal).Concat(old.Except(given, StringComparer.Ordinal)));
        }
        return KeyLimits.Domains(key, changed.Select(a => a[(a.LastIndexOf('@') + 1)..]).Distinct(StringComparer.Ordinal));
    }

    /// <summary>Whether a change touches a task of somebody whose tasks the key may not touch; a task that is to be made counts as its owner's.</summary>
    /// <param name="input">The checked call, path and body in one.</param>
    public static async ValueTask<BoundRefusal?> ForeignTask(IStore store, Op op, KeyRow key, byte[] input)
    {
        if (!op.IsMutation || key.Limits?.TasksOf is not { } owners) return null;
        using var call = JsonDocument.Parse(input);
        if (call.RootElement.TryGetProperty("task_id", out var id) && id.GetString() is { } task
            && await store.Read(db => TaskRows.Load(db, key.Account, task)) is { } row && !owners.Contains(row.OwnerUid)) return Foreign();
        var makesOne = op == TaskOps.Create || op == TaskOps.Copy;
        var owner = call.RootElement.TryGetProperty("owner_uid", out var uid) && uid.ValueKind == JsonValueKind.String ? uid.GetString() : makesOne ? key.Uid : null;
        return owner is not null && !owners.Contains(owner) ? Foreign() : null;
    }

    private static BoundRefusal Foreign() => new(ErrorCodes.ScopeRequired, "KEY_TASKS_OF", "This key may not touch that member's tasks.", "Use a task of a member it is for. " + AskAPerson);

    // "St.Pauli" and "Dr.Miller" are no names of domains.
    private static bool IsName(string host) => host[(host.LastIndexOf('.') + 1)..] is { Length: <= 3 } or "info" or "shop" or "store" or "online" or "site" or "tech" or "cloud" or "email" or "support" or "bank" or "example" or "test";

    private static bool HoldsAddress(string name)
    {
        var plain = Unseen.Without(name).Replace('\uFF20', '@').Replace('\uFE6B', '@').Replace("(at)", "@", StringComparison.OrdinalIgnoreCase).Replace("[at]", "@", StringComparison.OrdinalIgnoreCase);
        for (var at = plain.IndexOf('@'); at >= 0; at = plain.IndexOf('@', at + 1))
        {
            var (before, after) = (plain[..at], plain[(at + 1)..]);
            var isClose = before is [.., var left] && char.IsLetterOrDigit(left) && after is [var right, ..] && char.IsLetterOrDigit(right);
            // With spaces around it, "Mia @ Brand" is no address and "mia @ bank.example" is one.
            if (isClose || (before.AsSpan().ContainsAnyExcept(' ') && after.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var word, ..] && word.TrimEnd('.').Contains('.'))) return true;
        }
        return false;
    }
}
