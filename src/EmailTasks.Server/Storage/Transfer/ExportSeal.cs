using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EmailTasks.Server.Storage.Transfer;

/// <summary>
/// An exported file is encrypted and authenticated as a whole under a passphrase (ADR 0034): a line that says how, then
/// chunks. Each is bound to that line, to its number, and to whether it is the last, so that none can be changed, dropped,
/// swapped, repeated, or taken from another file, and the end is where it was.
/// </summary>
internal static class ExportSeal
{
    /// <summary>The form's version.</summary>
    public const int Format = 2;

    /// <summary>Bytes of a chunk before encryption; the last may have fewer, or none.</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>What proves a chunk.</summary>
    public const int TagBytes = 16;

    private const int Iterations = 600_000;

    /// <summary>A file that asks for more is no file of ours: it would only keep the machine busy.</summary>
    private const int IterationsMax = 10_000_000;

    private const int SaltBytes = 32;
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int FirstLineMax = 4096;

    /// <summary>Writes the first line; answers what seals the chunks behind it.</summary>
    public static AesGcm Begin(Stream to, string passphrase)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var line = JsonSerializer.SerializeToUtf8Bytes(
            new SortedDictionary<string, string>(StringComparer.Ordinal) { ["cipher"] = "aes-256-gcm", ["iterations"] = Iterations.ToString(), ["kdf"] = "pbkdf2-sha256", ["salt"] = Convert.ToBase64String(salt) });
        line = [.. Encoding.ASCII.GetBytes($$"""{"email_tasks_export":{{Format}},"""), .. line.AsSpan(1), (byte)'\n'];
        to.Write(line);
        return Key(passphrase, salt, Iterations, line);
    }

    /// <summary>Reads the first line; answers what opens the chunks behind it.</summary>
    /// <exception cref="InvalidDataException">It is no export, or of another form.</exception>
    public static AesGcm Open(Stream from, string passphrase)
    {
        var line = FirstLine(from);
        try
        {
            var said = JsonDocument.Parse(line).RootElement;
            var format = said.GetProperty("email_tasks_export").GetInt32();
            if (format < Format) throw new InvalidDataException($"The file has the older form {format}, which is not encrypted as a whole. Export again with this version of the server.");
            if (format > Format) throw new InvalidDataException($"The file has form {format}; this server reads {Format}.");
            var (salt, iterations) = (said.GetProperty("salt").GetBytesFromBase64(), int.Parse(said.GetProperty("iterations").GetString()!));
            if (iterations is < 1 or > IterationsMax) throw new InvalidDataException("The file's first line asks for more work than any file of ours.");
            return Key(passphrase, salt, iterations, line);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException("This is no file that `data export` wrote.", e);
        }
    }

    /// <summary>A chunk's number as its nonce: a key is used for one file, so none comes twice.</summary>
    public static byte[] Nonce(long number)
    {
        var nonce = new byte[NonceBytes];
        BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(NonceBytes - sizeof(long)), number);
        return nonce;
    }

    /// <summary>Whether it is the last, bound to the chunk.</summary>
    public static byte[] Mark(bool last) => [last ? (byte)1 : (byte)0];

    /// <summary>The first line is part of the key: who changes it has another one, and so has every other file.</summary>
    private static AesGcm Key(string passphrase, byte[] salt, int iterations, byte[] firstLine)
    {
        var slow = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase.Normalize()), salt, iterations, HashAlgorithmName.SHA256, KeyBytes);
        return new AesGcm(HKDF.Expand(HashAlgorithmName.SHA256, slow, KeyBytes, [.. "email tasks export v2 "u8, .. SHA256.HashData(firstLine)]), TagBytes);
    }

    private static byte[] FirstLine(Stream from)
    {
        var line = new List<byte>();
        while (line.Count < FirstLineMax)
        {
            var next = from.ReadByte();
            if (next < 0) break;
            line.Add((byte)next);
            if (next == '\n') return [.. line];
        }
        throw new InvalidDataException("This is no file that `data export` wrote.");
    }
}

/// <summary>Writes sealed chunks. The last is written by <see cref="End"/>: a file without it is not whole.</summary>
internal sealed class SealingStream(Stream to, AesGcm key) : IDisposable
{
    private readonly byte[] _chunk = new byte[ExportSeal.ChunkBytes];
    private readonly byte[] _sealed = new byte[ExportSeal.ChunkBytes + ExportSeal.TagBytes];
    private int _filled;
    private long _number;

    /// <summary>Adds bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_filled == _chunk.Length) Seal(last: false);
            var part = bytes[..Math.Min(bytes.Length, _chunk.Length - _filled)];
            part.CopyTo(_chunk.AsSpan(_filled));
            _filled += part.Length;
            bytes = bytes[part.Length..];
        }
    }

    /// <summary>Writes what is left, marked as the last.</summary>
    public void End() => Seal(last: true);

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();

    private void Seal(bool last)
    {
        key.Encrypt(ExportSeal.Nonce(_number++), _chunk.AsSpan(0, _filled), _sealed.AsSpan(0, _filled), _sealed.AsSpan(_filled, ExportSeal.TagBytes), ExportSeal.Mark(last));
        to.Write(_sealed.AsSpan(0, _filled + ExportSeal.TagBytes));
        _filled = 0;
    }
}

/// <summary>Reads sealed chunks; nothing of one is given out that is not proven.</summary>
internal sealed class OpeningStream(Stream from, AesGcm key) : Stream
{
    private readonly byte[] _chunk = new byte[ExportSeal.ChunkBytes];
    private readonly byte[] _next = new byte[ExportSeal.ChunkBytes + ExportSeal.TagBytes];
    private int _nextLength = -1;
    private int _at;
    private int _filled;
    private long _number;
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (_at == _filled)
        {
            if (_ended) return 0;
            Open();
        }
        var length = Math.Min(buffer.Length, _filled - _at);
        _chunk.AsSpan(_at, length).CopyTo(buffer);
        _at += length;
        return length;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) key.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The last chunk is the one behind which the file ends, and must say so itself.</summary>
    private void Open()
    {
        if (_nextLength < 0) _nextLength = from.ReadAtLeast(_next, _next.Length, throwOnEndOfStream: false);
        var (length, following) = (_nextLength, from.ReadByte());
        var last = following < 0;
        if (length < ExportSeal.TagBytes) throw Changed(null);
        _filled = length - ExportSeal.TagBytes;
        _at = 0;
        try
        {
            key.Decrypt(ExportSeal.Nonce(_number), _next.AsSpan(0, _filled), _next.AsSpan(_filled, ExportSeal.TagBytes), _chunk.AsSpan(0, _filled), ExportSeal.Mark(last));
        }
        catch (AuthenticationTagMismatchException e)
        {
            _filled = 0;
            throw Changed(e);
        }
        _number++;
        _ended = last;
        if (last) return;
        _next[0] = (byte)following;
        _nextLength = 1 + from.ReadAtLeast(_next.AsSpan(1), _next.Length - 1, throwOnEndOfStream: false);
    }

    private InvalidDataException Changed(Exception? e) => new(
        _number == 0 ? "The passphrase is not the one the file was made with, or the file's beginning was changed." : "The file was changed or cut off: not all of it is what was exported.", e);
}
