using System.Buffers.Binary;
using System.Security.Cryptography;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Message;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// One delivery id (recipient set and seq), signed for one purpose at a time: none can be derived from another. Tokens
/// carry no address, survive a change of URL, and are the same in every attempt.
/// </summary>
public sealed class DeliveryTokens(Keyring keys)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int IdBytes = 12;
    private const int SignatureBytes = 16;

    /// <summary>The tokens of one recipient's mail.</summary>
    public MessageTokens For(long setId, long seq) => new(Token("message-id", setId, seq), Token("unsubscribe", setId, seq));

    /// <summary>The Message-ID, without angle brackets.</summary>
    public string MessageId(long setId, long seq, string senderAddress) => $"{Token("message-id", setId, seq)}@{senderAddress[(senderAddress.LastIndexOf('@') + 1)..]}";

    /// <summary>The delivery of a token of this purpose, or null when it is not ours.</summary>
    public (long SetId, long Seq)? Read(string purpose, string token)
    {
        if (token.Length != MessageTokens.Length || Decode(token) is not { } bytes) return null;
        var id = bytes.AsSpan(0, IdBytes);
        return CryptographicOperations.FixedTimeEquals(keys.SignDelivery(purpose, id), bytes.AsSpan(IdBytes, SignatureBytes))
            ? (BinaryPrimitives.ReadInt64BigEndian(id), BinaryPrimitives.ReadUInt32BigEndian(id[8..]))
            : null;
    }

    private string Token(string purpose, long setId, long seq)
    {
        Span<byte> bytes = stackalloc byte[IdBytes + SignatureBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, setId);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], (uint)seq);
        keys.SignDelivery(purpose, bytes[..IdBytes]).CopyTo(bytes[IdBytes..]);
        return Encode(bytes);
    }

    private static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[MessageTokens.Length];
        var (buffer, bits, at) = (0u, 0, 0);
        foreach (var b in bytes)
        {
            buffer = (buffer << 8) | b;
            for (bits += 8; bits >= 5; bits -= 5) text[at++] = Alphabet[(int)(buffer >> (bits - 5)) & 31];
        }
        text[at] = Alphabet[(int)(buffer << (5 - bits)) & 31];
        return new string(text);
    }

    private static byte[]? Decode(string token)
    {
        var bytes = new byte[IdBytes + SignatureBytes];
        var (buffer, bits, at) = (0u, 0, 0);
        foreach (var c in token)
        {
            var value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0) return null;
            buffer = (buffer << 5) | (uint)value;
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            bytes[at++] = (byte)(buffer >> bits);
            if (at == bytes.Length) return bytes;
        }
        return null;
    }
}
