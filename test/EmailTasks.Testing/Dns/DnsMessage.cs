using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EmailTasks.Testing;

/// <summary>Kinds of record this server knows.</summary>
public enum DnsType : ushort
{
    A = 1,
    Cname = 5,
    Txt = 16,
    Aaaa = 28,
}

/// <summary>What a name has.</summary>
internal sealed class DnsZone
{
    private const int StringBytes = 255;

    public List<string> Texts { get; } = [];

    public List<IPAddress> Addresses { get; } = [];

    public string? Alias { get; set; }

    public bool IsBroken { get; set; }

    public bool IsSilent { get; set; }

    public bool IsTruncated { get; set; }

    public bool IsGarbled { get; set; }

    /// <summary>The records of one kind, as bytes.</summary>
    public IEnumerable<byte[]> Records(string name, DnsType type) => type switch
    {
        DnsType.Txt => Texts.Select(t => DnsMessage.Record(name, type, [.. Encoding.UTF8.GetBytes(t).Chunk(StringBytes).DefaultIfEmpty([]).SelectMany(s => s.Prepend((byte)s.Length))])),
        DnsType.A => Of(AddressFamily.InterNetwork),
        DnsType.Aaaa => Of(AddressFamily.InterNetworkV6),
        _ => [],
    };

    private IEnumerable<byte[]> Of(AddressFamily family) => Addresses.Where(a => a.AddressFamily == family)
        .Select(a => DnsMessage.Record("", family == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa, a.GetAddressBytes()));
}

/// <summary>DNS messages as bytes (RFC 1035 §4), as much as the server needs.</summary>
internal static class DnsMessage
{
    public const ushort NoError = 0;
    public const ushort ServerFailure = 2;
    public const ushort NameError = 3;
    public const ushort TruncatedFlag = 0x0200;

    private const int HeaderBytes = 12;
    private const ushort AnswerFlags = 0x8180;   // an answer, recursion wanted and available
    private const ushort QuestionName = 0xC00C;  // a pointer to the name in the question

    /// <summary>Name and kind asked for, and where the question ends.</summary>
    public static (string Name, DnsType Type, int End) Question(ReadOnlySpan<byte> message)
    {
        var labels = new List<string>();
        var at = HeaderBytes;
        for (; message[at] != 0; at += message[at] + 1) labels.Add(Encoding.ASCII.GetString(message.Slice(at + 1, message[at])));
        return (string.Join('.', labels), (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[(at + 1)..]), at + 5);
    }

    /// <summary>An answer to a question (its bytes up to its end).</summary>
    public static byte[] Answer(ReadOnlySpan<byte> question, ushort code, IReadOnlyList<byte[]> records)
    {
        var head = question.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)(AnswerFlags | code));
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(6), (ushort)records.Count);
        head.AsSpan(8, 4).Clear();
        return [.. head, .. records.SelectMany(r => r)];
    }

    /// <summary>One record; an empty name stands for the one asked for.</summary>
    public static byte[] Record(string name, DnsType type, byte[] data)
    {
        byte[] owner = name.Length == 0 ? [QuestionName >> 8, QuestionName & 0xff] : Name(name);
        return [.. owner, 0, (byte)type, 0, 1, 0, 0, 0, 60, (byte)(data.Length >> 8), (byte)data.Length, .. data];
    }

    /// <summary>A name as labels.</summary>
    public static byte[] Name(string name) => [.. name.Split('.').SelectMany(l => Encoding.ASCII.GetBytes(l).Prepend((byte)l.Length)), 0];
}
