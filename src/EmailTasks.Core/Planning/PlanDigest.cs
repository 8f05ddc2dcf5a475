using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EmailTasks.Core.Planning;

/// <summary>A part of what a digest stands for, with its own hash, so that a difference can be named.</summary>
public sealed record PlanSection(string Name, string Hash)
{
    /// <summary>The number it was taken over, where it is one and somebody must know it again.</summary>
    public long? Number { get; init; }
}

/// <summary>Hashes one section: every field with its length before it, so that no two lists of fields look alike.</summary>
public sealed class SectionHash(string name) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = new byte[4096];

    /// <summary>Adds a field; null is not the same as empty.</summary>
    public SectionHash Add(string? field)
    {
        if (field is null)
        {
            Length(-1);
            return this;
        }
        var max = Encoding.UTF8.GetMaxByteCount(field.Length);
        if (_buffer.Length < max) _buffer = new byte[max];
        var length = Encoding.UTF8.GetBytes(field, _buffer);
        Length(length);
        _hash.AppendData(_buffer, 0, length);
        return this;
    }

    /// <summary>Adds a number.</summary>
    public SectionHash Add(long? field) => Add(field?.ToString());

    /// <summary>The section with its hash.</summary>
    public PlanSection Done() => new(name, Convert.ToHexStringLower(_hash.GetHashAndReset()));

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Length(int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        _hash.AppendData(bytes);
    }
}

/// <summary>
/// <c>p1</c> + SHA-256 over the sections that decide what leaves, to whom, from whom and until when (contract §7).
/// Outside it: forecast, Date, Message-ID.
/// </summary>
public static class PlanDigest
{
    /// <summary>The digest's first characters: the version of its making.</summary>
    public const string Version = "p1";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The digest of sections, in their order.</summary>
    public static string Of(IEnumerable<PlanSection> sections)
    {
        using var hash = new SectionHash("plan");
        foreach (var section in sections) hash.Add(section.Name).Add(section.Hash);
        return Version + hash.Done().Hash;
    }

    /// <summary>
    /// The first 16 characters of a plan's digests for earlier numbers in its last section, the latest first, as numbers.
    /// Everything before that section is put in line once, and a position costs two short hashes. Whoever keeps them answers
    /// any wrong digest by comparing numbers: one asked forty times at once left no processor for sending before.
    /// </summary>
    /// <param name="sections">The sections as they are for <paramref name="position"/>; the last one holds it and nothing else.</param>
    /// <param name="back">How many earlier positions are looked at.</param>
    public static ulong[] Beginnings(IReadOnlyList<PlanSection> sections, long position, int back)
    {
        var line = InLine(sections);
        var beginnings = new ulong[Math.Max(0, Math.Min(position, back))];
        Span<byte> field = stackalloc byte[4 + 20]; // a length, and the longest number
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        for (var i = 0; i < beginnings.Length; i++)
        {
            Utf8Formatter.TryFormat(position - 1 - i, field[4..], out var digits);
            BinaryPrimitives.WriteInt32BigEndian(field, digits);
            SHA256.HashData(field[..(4 + digits)], hash);
            Hex(hash, line.AsSpan(line.Length - (2 * SHA256.HashSizeInBytes)));
            SHA256.HashData(line, hash);
            beginnings[i] = BinaryPrimitives.ReadUInt64BigEndian(hash);
        }
        return beginnings;
    }

    /// <summary>The plan's digest for an earlier position, found by its first characters.</summary>
    /// <param name="beginnings">Those of <see cref="Beginnings"/> for the same sections and position.</param>
    public static (string Digest, long Position)? Earlier(IReadOnlyList<PlanSection> sections, string beginning, long position, ulong[] beginnings)
    {
        if (!beginning.StartsWith(Version, StringComparison.Ordinal) || beginning.AsSpan(Version.Length).ContainsAnyExcept(HexDigits)) return null;
        var given = beginning.AsSpan(Version.Length, Math.Min(16, beginning.Length - Version.Length));
        if (given.IsEmpty) return null;
        var shift = 4 * (16 - given.Length);
        var wanted = ulong.Parse(given, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        for (var i = 0; i < beginnings.Length; i++)
        {
            if (beginnings[i] >> shift != wanted) continue;
            using var last = new SectionHash(sections[^1].Name);
            var digest = Of([.. sections.SkipLast(1), last.Add(position - 1 - i).Done()]);
            if (digest.StartsWith(beginning, StringComparison.Ordinal)) return (digest, position - 1 - i);
        }
        return null;
    }

    /// <summary>What a plan's digest is taken over; the last section's hash stands at the end.</summary>
    private static byte[] InLine(IReadOnlyList<PlanSection> sections)
    {
        var line = new List<byte>();
        foreach (var field in sections.SelectMany(s => new[] { s.Name, s.Hash }))
        {
            var bytes = Encoding.UTF8.GetBytes(field);
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            line.AddRange(length);
            line.AddRange(bytes);
        }
        return [.. line];
    }

    private static void Hex(ReadOnlySpan<byte> bytes, Span<byte> to)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            to[2 * i] = "0123456789abcdef"u8[bytes[i] >> 4];
            to[(2 * i) + 1] = "0123456789abcdef"u8[bytes[i] & 15];
        }
    }

    /// <summary>The names of sections that differ, came or went.</summary>
    public static IReadOnlyList<string> Differing(IReadOnlyList<PlanSection> was, IReadOnlyList<PlanSection> now) =>
        [.. now.Concat(was).Select(s => s.Name).Distinct().Where(name => was.FirstOrDefault(w => w.Name == name)?.Hash != now.FirstOrDefault(n => n.Name == name)?.Hash)];
}
