using System.Text;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// Cuts a raw message to what can be parsed in bounded work: a parser makes objects of header lines and boundaries, and
/// 25 MB may consist of nothing else; and one header of 25 MB took it a minute, since it grows a buffer step by step.
/// </summary>
internal static class RawBounds
{
    /// <summary>The bytes to parse, and whether they are fewer than came. One walk over the lines; copied only when a header is too long.</summary>
    public static (MemoryStream Kept, bool Cut) Of(byte[] raw, MailBudget budget)
    {
        var start = Start(raw);
        var end = Math.Min(raw.Length, start + InboundLimits.MessageBytes);
        var pieces = new List<(int From, int To)>();
        var (structure, field, all, from, inHeader, holdsMessage, digest) = (0, 0, 0, start, true, false, false);
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
                var kept = Math.Clamp(Math.Min(InboundLimits.HeaderFieldBytes - field, InboundLimits.HeadersBytes - all), 0, line.Length);
                if (kept < line.Length)
                {
                    // Of a line that goes whole its end goes too: an empty line would end the header.
                    pieces.Add((from, at + kept));
                    from = kept == 0 ? next : at + line.Length;
                }
                (field, all) = (field + line.Length, all + kept);
            }
            if (inHeader && (structure & 0xfff) == 0) budget.Check();
            if (inHeader && ++structure > InboundLimits.StructureLines)
            {
                end = at;
                break;
            }
            at = next;
        }
        if (pieces.Count == 0) return (new BudgetedBytes(raw, start, end - start, budget), end < raw.Length);
        if (end > from) pieces.Add((from, end));
        var bytes = new byte[pieces.Sum(p => Math.Max(0, p.To - p.From))];
        var filled = 0;
        foreach (var piece in pieces.Where(p => p.To > p.From))
        {
            Buffer.BlockCopy(raw, piece.From, bytes, filled, piece.To - piece.From);
            filled += piece.To - piece.From;
        }
        return (new BudgetedBytes(bytes, 0, filled, budget), true);
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
    private static bool MayHoldMessage(ReadOnlySpan<byte> line) => Says(line, "message"u8) || Says(line, "rfc822"u8);

    private static bool IsDigest(ReadOnlySpan<byte> line) => Says(line, "digest"u8);

    // Byte by byte: a line may have 25 MB, and as text it was twice that, three times.
    private static bool Says(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word)
    {
        ReadOnlySpan<byte> starts = [word[0], (byte)(word[0] - 0x20)];
        while (line.IndexOfAny(starts) is >= 0 and var at)
        {
            line = line[at..];
            if (line.Length < word.Length) return false;
            if (Ascii.EqualsIgnoreCase(line[..word.Length], word)) return true;
            line = line[1..];
        }
        return false;
    }
}
