namespace EmailTasks.Server.Inbound;

/// <summary>Cuts a raw message to what can be parsed in bounded memory: a parser makes objects of header lines and boundaries, and 25 MB may consist of nothing else.</summary>
internal static class RawBounds
{
    /// <summary>Where the message begins and how much of it is parsed; one walk over its lines.</summary>
    public static (int Start, int Length) Of(ReadOnlySpan<byte> raw)
    {
        var start = Start(raw);
        var end = Math.Min(raw.Length, start + InboundLimits.MessageBytes);
        var (structure, inHeader, holdsMessage) = (0, true, false);
        for (var at = start; at < end;)
        {
            var length = raw[at..end].IndexOf((byte)'\n');
            var next = length < 0 ? end : at + length + 1;
            var line = raw[at..next].TrimEnd("\r\n"u8);
            if (line.StartsWith("--"u8)) (inHeader, holdsMessage) = (true, false);
            else if (inHeader && line.IsEmpty)
            {
                inHeader = holdsMessage; // the header of the message within follows at once
                holdsMessage = false;
            }
            else if (inHeader && IsMessageType(line)) holdsMessage = true;
            if (inHeader && ++structure > InboundLimits.StructureLines) return (start, at - start);
            at = next;
        }
        return (start, end - start);
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

    private static bool IsMessageType(ReadOnlySpan<byte> line)
    {
        if (line.Length > 200 || !(line[0] is (byte)'C' or (byte)'c')) return false;
        Span<char> text = stackalloc char[line.Length];
        for (var i = 0; i < line.Length; i++) text[i] = (char)line[i];
        return ((ReadOnlySpan<char>)text).StartsWith("content-type:", StringComparison.OrdinalIgnoreCase) && ((ReadOnlySpan<char>)text).Contains("rfc822", StringComparison.OrdinalIgnoreCase);
    }
}
