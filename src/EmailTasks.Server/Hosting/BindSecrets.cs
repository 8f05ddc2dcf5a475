using System.Security.Cryptography;
using System.Text.Json;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Hosting;

/// <summary>
/// Secrets of before they were bound to their server: sealed again at the first start, once. Afterwards the old form opens
/// nowhere, so that an old copy of a row is of no use.
/// </summary>
internal static class BindSecrets
{
    private const string Done = "secrets_bound";

    /// <summary>Does it, if it was not done.</summary>
    public static Task<int> Run(IStore store, Keyring keys) => store.Write(async db =>
    {
        // Of several nodes that start at once, one does it.
        if (await db.Execute("insert into meta (key, value) values (@Done, '1') on conflict (key) do nothing", new { Done }) == 0) return 0;
        var bound = 0;
        foreach (var row in await db.Many<(string Id, string? Smtp, byte[]? Secret, string? Inbound, byte[]? InboundSecret)>(
            "select id, smtp, secret, inbound, inbound_secret from mailbox where secret is not null or inbound_secret is not null"))
        {
            var secret = row.Smtp is null ? row.Secret : Again(keys, row.Id, SecretPlace.Of(row.Id, JsonSerializer.Deserialize(row.Smtp, StoredJson.Default.SmtpSetting)!), row.Secret);
            var inbound = row.Inbound is null ? row.InboundSecret : Again(keys, row.Id, SecretPlace.Of(row.Id, JsonSerializer.Deserialize(row.Inbound, StoredJson.Default.InboundSetting)!), row.InboundSecret);
            bound += await db.Execute("update mailbox set secret = @secret, inbound_secret = @inbound where id = @Id", new { secret, inbound, row.Id });
        }
        return bound;
    });

    /// <summary>Bound to its place; as it is where it does not open: then whoever needs it is told to give it again.</summary>
    private static byte[]? Again(Keyring keys, string mailbox, SecretPlace place, byte[]? sealed_)
    {
        if (sealed_ is null) return null;
        try
        {
            return keys.Seal(place, keys.OpenUnbound(mailbox, sealed_));
        }
        catch (CryptographicException)
        {
            return sealed_;
        }
    }
}
