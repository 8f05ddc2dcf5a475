using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EmailTasks.Core.Planning;

/// <summary>A part of what a digest stands for, with its own hash, so that a difference can be named.</summary>
public sealed record PlanSection(string Name, string Hash);

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

    /// <summary>The digest of sections, in their order.</summary>
    public static string Of(IEnumerable<PlanSection> sections)
    {
        using var hash = new SectionHash("plan");
        foreach (var section in sections) hash.Add(section.Name).Add(section.Hash);
        return Version + hash.Done().Hash;
    }

    /// <summary>The names of sections that differ, came or went.</summary>
    public static IReadOnlyList<string> Differing(IReadOnlyList<PlanSection> was, IReadOnlyList<PlanSection> now) =>
        [.. now.Concat(was).Select(s => s.Name).Distinct().Where(name => was.FirstOrDefault(w => w.Name == name)?.Hash != now.FirstOrDefault(n => n.Name == name)?.Hash)];
}
