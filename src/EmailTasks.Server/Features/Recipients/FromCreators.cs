using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>
/// Addresses for rows that bring none: looked up among the account's creators, all rows of a call in two statements. A
/// row whose person has no address, or several, is rejected by name: which one to write to is not ours to guess.
/// </summary>
internal sealed class FromCreators
{
    private const int Named = 3;

    private readonly ILookup<string, CreatorAddress> _byId;
    private readonly ILookup<string, CreatorAddress> _byChannel;

    private FromCreators(IEnumerable<CreatorAddress> byId, IEnumerable<CreatorAddress> byChannel) =>
        (_byId, _byChannel) = (byId.ToLookup(c => c.Asked, StringComparer.Ordinal), byChannel.ToLookup(c => c.Asked, StringComparer.Ordinal));

    /// <summary>Reads what these rows need; nothing when every row has its address. On a snapshot: the writer does not wait for it.</summary>
    public static async Task<FromCreators> Load(Call call, IReadOnlyList<RecipientInput> rows)
    {
        var without = rows.Where(r => r.EmailAddress is null).ToList();
        var ids = without.Where(r => r.CreatorId is not null).Select(r => r.CreatorId!).Distinct(StringComparer.Ordinal).ToList();
        var channels = without.Where(r => r.CreatorId is null && r.Platform is not null && r.ChannelId is not null).Select(r => (r.Platform!, r.ChannelId!)).Distinct().ToList();
        if (ids.Count + channels.Count == 0) return new FromCreators([], []);
        return await call.Read(async db => new FromCreators(
            ids.Count == 0 ? [] : await CreatorRows.ById(db, call.Account, ids), channels.Count == 0 ? [] : await CreatorRows.ByChannel(db, call.Account, channels)));
    }

    /// <summary>The row's person with their one address, or why not.</summary>
    public (CreatorAddress? Found, EmailAddress? Address, string Problem) Find(RecipientInput row)
    {
        var (found, who) = row.CreatorId is { } id ? (_byId[id].ToList(), $"creator {TextCheck.Shown(id)}")
            : row.Platform is { } platform && row.ChannelId is { } channel
                ? (_byChannel[CreatorRows.ChannelKey(platform, channel)].ToList(), $"creator with the {TextCheck.Shown(platform)} channel {TextCheck.Shown(channel)}")
            : ([], "");
        if (who.Length == 0) return (null, null, "It has no email_address, and neither a creator_id nor platform and channel_id to look one up.");
        if (found.Count == 0) return (null, null, $"It has no email_address, and there is no {who}.");
        var addresses = found.Where(f => f.Address is not null).DistinctBy(f => EmailAddress.TryParse(f.Address!, out _)?.Key).ToList();
        if (addresses.Count == 1) return (addresses[0], EmailAddress.TryParse(addresses[0].Address!, out _), "");
        return addresses.Count == 0
            ? (null, null, $"The {who} has no address.")
            : (null, null, $"The {who} has {addresses.Count} addresses ({string.Join(", ", addresses.Take(Named).Select(a => a.Address))}{(addresses.Count > Named ? ", …" : "")}): name one as email_address.");
    }
}
