using System.Buffers.Binary;
using System.Text;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Hosting;

/// <summary>
/// Where a secret belongs: it opens for this mailbox at this server as this user, and nowhere else. Who can write into the
/// database, and not read the master key, must not be able to name another server and be told the password.
/// </summary>
public sealed class SecretPlace
{
    private readonly string?[] _fields;

    private SecretPlace(params string?[] fields) => _fields = fields;

    /// <summary>The place of what is sent with.</summary>
    public static SecretPlace Of(string mailbox, SmtpSetting smtp) =>
        new("smtp", mailbox, smtp.Host, smtp.Port.ToString(), smtp.Security, smtp.Username, smtp.Login, smtp.Provider, smtp.ClientId);

    /// <summary>The place of what replies are read with.</summary>
    public static SecretPlace Of(string mailbox, InboundSetting inbound) =>
        new("inbound", mailbox, inbound.Kind, inbound.Host, inbound.Port?.ToString(), inbound.Security, inbound.Username);

    /// <summary>As bytes, each field with its length before it, so that no two places look alike.</summary>
    internal byte[] Bytes()
    {
        var bytes = new List<byte>();
        foreach (var field in _fields)
        {
            var text = field is null ? [] : Encoding.UTF8.GetBytes(field);
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, field is null ? -1 : text.Length);
            bytes.AddRange(length);
            bytes.AddRange(text);
        }
        return [.. bytes];
    }
}
