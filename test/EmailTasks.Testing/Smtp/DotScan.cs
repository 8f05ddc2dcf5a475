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
}
