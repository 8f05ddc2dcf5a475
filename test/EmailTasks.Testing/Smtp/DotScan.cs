namespace EmailTasks.Testing;

/// <summary>Finds the end of data (RFC 5321 §4.1.1.4) in a stream of blocks of any size.</summary>
internal struct DotScan()
{
    private State state = State.LineStart;

    private enum State
    {
        Inside,
        Cr,
        LineStart,
        Dot,
        DotCr,
    }

    /// <summary>How many bytes belong to this mail, its end of data included.</summary>
    public int Read(ReadOnlySpan<byte> block, out bool done)
    {
        for (var i = 0; i < block.Length; i++)
        {
            var b = block[i];
            if (state == State.DotCr && b == '\n')
            {
                done = true;
                return i + 1;
            }
            state = (state, b) switch
            {
                (State.Cr, (byte)'\n') => State.LineStart,
                (State.LineStart, (byte)'.') => State.Dot,
                (State.Dot, (byte)'\r') => State.DotCr,
                (_, (byte)'\r') => State.Cr,
                _ => State.Inside,
            };
        }
        done = false;
        return block.Length;
    }

    /// <summary>Undoes dot-stuffing (RFC 5321 §4.5.2).</summary>
    public static byte[] Unstuff(ReadOnlySpan<byte> wire)
    {
        var plain = new List<byte>(wire.Length);
        for (var i = 0; i < wire.Length; i++)
        {
            var lineStart = i == 0 || wire[i - 1] == '\n';
            if (!(lineStart && wire[i] == '.')) plain.Add(wire[i]);
        }
        return [.. plain];
    }

    /// <summary>The Message-ID of a mail, without its brackets; null when it has none.</summary>
    public static string? MessageId(ReadOnlySpan<byte> wire)
    {
        var end = wire.IndexOf("\r\n\r\n"u8);
        var head = "\r\n" + System.Text.Encoding.Latin1.GetString(end < 0 ? wire : wire[..end]);
        var at = head.IndexOf("\r\nmessage-id:", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var open = head.IndexOf('<', at);
        var close = open < 0 ? -1 : head.IndexOf('>', open);
        return close < 0 ? null : head[(open + 1)..close];
    }
}
