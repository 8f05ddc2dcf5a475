using System.Text;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// Cuts a raw message to what can be parsed in bounded work: a parser makes objects of header lines and boundaries, and
/// 25 MB may consist of nothing else; and one header of 25 MB took it a minute, since it grows a buffer step by step.
/// </summary>
internal static class RawBounds
{
    /// <summary>The bytes to parse, and whether they are fewer than came. One walk over the lines; copied only when a header is too long.</summary>
    public static (MemoryStream Kept, bool Cut) Of(byte[] raw)
    {
        var start = Start(raw);
        var end = Math.Min(raw.Length, start + InboundLimits.MessageBytes);
        var pieces = new List<(int From, int To)>();
        var (structure, field, from, inHeader, holdsMessage, digest) = (0, 0, start, true, false, false);
        for (var at = start; at < end;)
        {
            var length = raw.AsSpan(at, end - at).IndexOf((byte)'\n');
            var next = length < 0 ? end : at + length + 1;
            var line = raw.AsSpan(at, next - at).TrimEnd("\r\n"u8);
            if (line.StartsWith("--"u8)) (inHeader, holdsMessage, field) = (true, digest, 0);
            else if (inHeader && line.IsEmpty)
            {
                inHeader = holdsMessage; // the header of the message within follows at once
                (holdsMessage, field) = (false, 0);
            }
            else if (inHeader)
            {
                if (line[0] is not ((byte)' ' or (byte)'\t')) field = 0;
                digest |= IsDigest(line);
                holdsMessage |= digest || MayHoldMessage(line);
                if (field + line.Length > InboundLimits.HeaderFieldBytes)
                {
                    pieces.Add((from, at + Math.Max(0, InboundLimits.HeaderFieldBytes - field)));
                    from = at + line.Length;
                }
                field += line.Length;
            }
            if (inHeader && ++structure > InboundLimits.StructureLines)
            {
                end = at;
                break;
            }
            at = next;
        }
        if (pieces.Count == 0) return (new MemoryStream(raw, start, end - start, writable: false), end < raw.Length);
        var kept = new MemoryStream();
        foreach (var piece in pieces) kept.Write(raw, piece.From, piece.To - piece.From);
        if (end > from) kept.Write(raw, from, end - from);
        kept.Position = 0;
        return (kept, true);
    }

    // Blank lines and an mbox line may stand in front.
    private static int Start(ReadOnlySpan<byte> raw)
    {
        var at = 0;
        while (at < raw.Length && raw[at] is (byte)'\r' or (byte)'\n') at++;
        if (!raw[at..].StartsWith("From "u8)) return at;
        var end = raw[at..].IndexOf((byte)'\n');
        return end < 0 ? at : at + end + 1;
    }

    // Loosely, wherever it stands in a header: a digest's parts are messages without saying so, and lines can be folded anywhere.
    private static bool MayHoldMessage(ReadOnlySpan<byte> line)
    {
        var text = Encoding.Latin1.GetString(line);
        return text.Contains("message", StringComparison.OrdinalIgnoreCase) || text.Contains("rfc822", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsDigest(ReadOnlySpan<byte> line) => Encoding.Latin1.GetString(line).Contains("digest", StringComparison.OrdinalIgnoreCase);
}
