using System.Buffers.Binary;
using System.Security.Cryptography;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Message;

namespace EmailTasks.Server.Dispatch;

/// <summary>What a token is for. A token of one purpose can't be turned into one of another.</summary>
public static class TokenPurpose
{
    public const string MessageId = "message-id";
    public const string Unsubscribe = "unsubscribe";
    public const string Open = "open";
    public const string Click = "click";
}

/// <summary>A delivery as a token names it.</summary>
/// <param name="Key">The number of the key that signed.</param>
/// <param name="Link">The link's number, of a click.</param>
public sealed record TokenOf(long SetId, long Seq, int Key, int Link = 0);

/// <summary>
/// One delivery id (recipient set and seq), signed for one purpose at a time: none can be derived from another. Tokens
/// carry no address, survive a change of URL and of keys, and are the same in every attempt: the plan keeps its key's number.
/// </summary>
public sealed class DeliveryTokens(TokenKeys keys)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int IdBytes = 12;
    private const int LinkBytes = 2;
    private const int SignatureBytes = 16;

    /// <summary>The number of the key that new plans sign with.</summary>
    public int CurrentKey => keys.Current;

    /// <summary>The tokens of one recipient's mail.</summary>
    /// <param name="key">The number of its plan's key.</param>
    public MessageTokens For(long setId, long seq, int key) => new(
        Token(TokenPurpose.MessageId, setId, seq, key), Token(TokenPurpose.Unsubscribe, setId, seq, key), Token(TokenPurpose.Open, setId, seq, key),
        link => Token(TokenPurpose.Click, setId, seq, key, link));

    /// <summary>The left side of the Message-ID, which names the file of a pickup mailbox too.</summary>
    public string MessageId(long setId, long seq, int key) => Token(TokenPurpose.MessageId, setId, seq, key);

    /// <summary>The Message-ID, without angle brackets.</summary>
    public string MessageId(long setId, long seq, int key, string senderAddress) => $"{MessageId(setId, seq, key)}@{senderAddress[(senderAddress.LastIndexOf('@') + 1)..]}";

    /// <summary>The delivery of a token of this purpose, or null when it is not ours.</summary>
    public TokenOf? Read(string purpose, string token)
    {
        var idLength = IdBytes + (purpose == TokenPurpose.Click ? LinkBytes : 0);
        Span<byte> bytes = stackalloc byte[IdBytes + LinkBytes + SignatureBytes];
        bytes = bytes[..(idLength + SignatureBytes)];
        if (token.Length != Length(bytes.Length) || !Decode(token, bytes)) return null;
        var id = bytes[..idLength];
        var head = BinaryPrimitives.ReadUInt64BigEndian(id); // the key's number in two bytes, the set in six
        var key = (int)(head >> 48);
        if (!CryptographicOperations.FixedTimeEquals(Keyring.SignDelivery(keys.Of(key), purpose, id), bytes[idLength..])) return null;
        return new TokenOf((long)(head & 0xffff_ffff_ffff), BinaryPrimitives.ReadUInt32BigEndian(id[8..]), key, idLength > IdBytes ? BinaryPrimitives.ReadUInt16BigEndian(id[IdBytes..]) : 0);
    }

    private string Token(string purpose, long setId, long seq, int keyNo, int? link = null)
    {
        Span<byte> bytes = stackalloc byte[IdBytes + LinkBytes + SignatureBytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)keyNo << 48) | (ulong)setId);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], (uint)seq);
        if (link is { } number) BinaryPrimitives.WriteUInt16BigEndian(bytes[IdBytes..], (ushort)number);
        var idLength = IdBytes + (link is null ? 0 : LinkBytes);
        Keyring.SignDelivery(keys.Of(keyNo), purpose, bytes[..idLength]).CopyTo(bytes[idLength..]);
        return Encode(bytes[..(idLength + SignatureBytes)]);
    }

    private static int Length(int bytes) => (bytes * 8 + 4) / 5;

    private static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[Length(bytes.Length)];
        var (buffer, bits, at) = (0u, 0, 0);
        foreach (var b in bytes)
        {
            buffer = (buffer << 8) | b;
            for (bits += 8; bits >= 5; bits -= 5) text[at++] = Alphabet[(int)(buffer >> (bits - 5)) & 31];
        }
        if (at < text.Length) text[at] = Alphabet[(int)(buffer << (5 - bits)) & 31];
        return new string(text);
    }

    /// <summary>False when it is not the one spelling of these bytes: the bits left over must be 0, or one token had several texts.</summary>
    private static bool Decode(string token, Span<byte> bytes)
    {
        var (buffer, bits, at) = (0u, 0, 0);
        foreach (var c in token)
        {
            var value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0) return false;
            buffer = (buffer << 5) | (uint)value;
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            bytes[at++] = (byte)(buffer >> bits);
        }
        return at == bytes.Length && (buffer & ((1u << bits) - 1)) == 0;
    }
}
