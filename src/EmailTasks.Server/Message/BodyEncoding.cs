using System.Buffers;
using System.Text;
using MimeKit;

namespace EmailTasks.Server.Message;

/// <summary>
/// Encodes a body to 7 bits once, here, so that every server gets the same bytes: quoted-printable, or base64 where
/// that is shorter (RFC 2045 §6.7, §6.8). Lines are at most 76 characters and end in CRLF; a dot or "From " never
/// starts one, for the relays that still trip over them.
/// </summary>
internal static class BodyEncoding
{
    private const int MaxLine = 76;

    private static readonly SearchValues<byte> Safe = SearchValues.Create(
        [.. Enumerable.Range(32, 95).Where(c => c != '=').Select(c => (byte)c), (byte)'\t']);

    private static readonly SearchValues<byte> SafeOrBreak = SearchValues.Create(
        [.. Enumerable.Range(32, 95).Where(c => c != '=').Select(c => (byte)c), (byte)'\t', (byte)'\r', (byte)'\n']);

    /// <summary>The encoded text; it always ends with a line end.</summary>
    public static (byte[] Bytes, int Length, ContentEncoding Encoding) Encode(string text)
    {
        var plain = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length) + 1);
        try
        {
            var length = Encoding.UTF8.GetBytes(text, plain);
            if (length == 0 || plain[length - 1] != '\n') plain[length++] = (byte)'\n';
            var bytes = plain.AsSpan(0, length);
            var special = Special(bytes);
            return special * 6 > length ? Base64(bytes) : QuotedPrintable(bytes, special);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    private static int Special(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        for (var at = bytes.IndexOfAnyExcept(SafeOrBreak); at >= 0; at = bytes.IndexOfAnyExcept(SafeOrBreak))
        {
            count++;
            bytes = bytes[(at + 1)..];
        }
        return count;
    }

    private static (byte[], int, ContentEncoding) Base64(ReadOnlySpan<byte> bytes)
    {
        // CRLF is the line end of text also inside base64 (RFC 2046 §4.1.1).
        var crlf = new byte[bytes.Length + bytes.Count((byte)'\n') + bytes.Count((byte)'\r')];
        var length = 0;
        while (TakeLine(ref bytes, out var line))
        {
            line.CopyTo(crlf.AsSpan(length));
            length += line.Length;
            crlf[length++] = (byte)'\r';
            crlf[length++] = (byte)'\n';
        }
        var text = Convert.ToBase64String(crlf.AsSpan(0, length), Base64FormattingOptions.InsertLineBreaks) + "\r\n";
        return (Encoding.ASCII.GetBytes(text), text.Length, ContentEncoding.Base64);
    }

    private static (byte[], int, ContentEncoding) QuotedPrintable(ReadOnlySpan<byte> bytes, int special)
    {
        // Each break adds at most 3, each special 2; a trailing space, a leading dot or F adds 2 to a line.
        var lines = bytes.Count((byte)'\n') + bytes.Count((byte)'\r');
        var encoded = (long)bytes.Length + 2L * special;
        var to = new byte[encoded + (encoded / (MaxLine - 8) + lines + 2) * 7];
        var at = 0;
        while (TakeLine(ref bytes, out var line)) at = Line(line, to, at);
        return (to, at, ContentEncoding.QuotedPrintable);
    }

    private static int Line(ReadOnlySpan<byte> line, byte[] to, int at)
    {
        var start = at;
        while (!line.IsEmpty)
        {
            var room = MaxLine - 1 - (at - start);
            var run = line.IndexOfAnyExcept(Safe);
            if (run < 0) run = line.Length;
            if (run == line.Length && line[^1] is (byte)' ' or (byte)'\t') run--;
            if (at == start && (line[0] == '.' || line.StartsWith("From "u8))) run = 0;
            if (run > room) run = room;
            if (run > 0)
            {
                line[..run].CopyTo(to.AsSpan(at));
                at += run;
                line = line[run..];
                if (line.IsEmpty) break;
                room -= run;
            }
            // The next byte is special, or there is no room for it.
            var next = line[0];
            if (room < 3 && (room == 0 || !Safe.Contains(next) || IsLastBlank(line)))
            {
                to[at++] = (byte)'=';
                to[at++] = (byte)'\r';
                to[at++] = (byte)'\n';
                start = at;
                continue;
            }
            if (Safe.Contains(next) && !IsLastBlank(line) && at != start) continue;
            to[at++] = (byte)'=';
            to[at++] = "0123456789ABCDEF"u8[next >> 4];
            to[at++] = "0123456789ABCDEF"u8[next & 15];
            line = line[1..];
        }
        to[at++] = (byte)'\r';
        to[at++] = (byte)'\n';
        return at;
    }

    private static bool IsLastBlank(ReadOnlySpan<byte> line) => line.Length == 1 && line[0] is (byte)' ' or (byte)'\t';

    /// <summary>Takes one line off the front; CRLF, LF and a lone CR all end one.</summary>
    private static bool TakeLine(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (bytes.IsEmpty) return false;
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0)
        {
            line = bytes;
            bytes = default;
            return true;
        }
        line = bytes[..end];
        var skip = bytes[end] == '\r' && end + 1 < bytes.Length && bytes[end + 1] == '\n' ? 2 : 1;
        bytes = bytes[(end + skip)..];
        return true;
    }
}
