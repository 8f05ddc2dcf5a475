namespace EmailTasks.Server.Wire;

/// <summary>The states of a <see cref="DotGate"/>; both <see cref="Dotted"/> and <see cref="Refused"/> are final.</summary>
public enum DotGateState
{
    /// <summary>Nobody has decided yet.</summary>
    Open,

    /// <summary>The final dot may have left.</summary>
    Dotted,

    /// <summary>The final dot never leaves.</summary>
    Refused,
}

/// <summary>
/// The one decision about the final dot of one attempt: a compare-and-set, made before the end of data is written. Whether the
/// dot left is therefore known from here and never read off the wire: a protocol log is written after the flush, and for some
/// lengths the dot is split over two blocks.
/// </summary>
/// <param name="mayDot">Asked at the moment of the dot; false, or an exception, refuses it.</param>
public sealed class DotGate(Func<bool> mayDot)
{
    private int state = (int)DotGateState.Open;

    /// <summary>Where the gate stands.</summary>
    public DotGateState State => (DotGateState)Volatile.Read(ref state);

    /// <summary>Opens the way for the dot. False when somebody refused before, when <c>mayDot</c> says no, or when it was used up.</summary>
    public bool TryDot()
    {
        if (State != DotGateState.Open) return false;
        if (!Asked())
        {
            TryRefuse();
            return false;
        }
        return Move(DotGateState.Dotted);
    }

    /// <summary>Closes the gate for good: cancellation and time limits before the dot go through here. False when the dot had it first.</summary>
    public bool TryRefuse() => Move(DotGateState.Refused);

    private bool Asked()
    {
        try
        {
            return mayDot();
        }
        catch (Exception)
        {
            return false;
        }
    }

    private bool Move(DotGateState to) =>
        Interlocked.CompareExchange(ref state, (int)to, (int)DotGateState.Open) == (int)DotGateState.Open;
}

/// <summary>Thrown inside the transfer so that the connection closes without a dot.</summary>
public sealed class GateRefusedException() : Exception("The gate before the final dot did not open.");
