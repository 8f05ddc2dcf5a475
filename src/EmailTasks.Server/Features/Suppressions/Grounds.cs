using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Suppressions;

/// <summary>
/// On what grounds somebody enters an address. What its owner is said to have done counts in reports and outlives a
/// removal, so an agent may not say it: it enters by hand, or names the reply in which they asked.
/// </summary>
internal static class Grounds
{
    /// <summary>Why the call's reason is not the caller's to give, or does not stand as it is; null when it does.</summary>
    public static Refusal? Problem(AddSuppressions input, Call call)
    {
        if (!call.IsPerson && input.Reason is SuppressionReasons.Unsubscribed or SuppressionReasons.Bounced or SuppressionReasons.Complained)
        {
            var problem = $"An agent's key may not say that somebody {Words(input.Reason)}.";
            const string fix = "Enter it as manual, or as asked_by_reply with the message in which they asked.";
            return new Refusal(ErrorCodes.ScopeRequired, problem) { Problems = [new("$.reason", "person", problem, fix)], Action = new("fix", null, fix) };
        }
        var asked = input.Reason == SuppressionReasons.AskedByReply;
        if (asked && input.MessageId is null) return Refusal.Invalid("$.message_id", "missing", "asked_by_reply names the message in which they asked.", "Give message_id; see: noxinfluencer message list");
        return !asked && input.MessageId is not null ? Refusal.Invalid("$.message_id", "unexpected", "message_id belongs to asked_by_reply.", "Leave it out, or give that reason.") : null;
    }

    /// <summary>Why the named message does not show that these addresses asked, or null.</summary>
    public static async ValueTask<Refusal?> Unproved(Db db, AddSuppressions input, List<EmailAddress> addresses, Call call)
    {
        if (input.MessageId is not { } id) return null;
        if (await MessageRows.Load(db, call.Account, id) is not { } message) return Refusal.NotFound("message", id, "$.message_id");
        var row = message is { SetId: { } set, Seq: { } seq } ? (await ResolveRows.Load(db, set, [seq])).FirstOrDefault() : null;
        string?[] theirs = [message.FromAddress is null ? null : EmailAddress.TryParse(message.FromAddress, out _)?.Key, row?.AddressKey];
        var foreign = addresses.FindIndex(a => !theirs.Contains(a.Key));
        return foreign < 0 ? null : Refusal.Invalid($"$.addresses[{foreign}]", "not_theirs", "The message you name is not from this address.", "Name the message that this address sent, one address a call.");
    }

    /// <summary>Who or what put it there, as the entry keeps it.</summary>
    public static string Source(AddSuppressions input, Call call)
    {
        var who = call.IsPerson ? call.Uid : $"agent {call.Key.Id} of {call.Uid}";
        return input.MessageId is { } id ? $"{id}, read by {who}" : who;
    }

    private static string Words(string reason) => reason switch
    {
        SuppressionReasons.Unsubscribed => "opted out",
        SuppressionReasons.Bounced => "bounced",
        _ => "complained",
    };
}
