namespace EmailTasks.Server.Inbound;

/// <summary>
/// What the work on one message may cost. The reader's limits keep every known kind of message far below it; what nobody thought of
/// ends here, as that message's failure and not as the server's.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="ct">Ends the work at once, in the midst of a message too.</param>
internal sealed class MailBudget(TimeProvider time, CancellationToken ct)
{
    /// <summary>Real messages take milliseconds, the worst known ones two seconds.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Bytes made on the way, all together; the worst known message makes a quarter of it.</summary>
    public const long Bytes = 512L * 1024 * 1024;

    private readonly long _began = time.GetTimestamp();
    private int _thread = Environment.CurrentManagedThreadId;
    private long _from = GC.GetAllocatedBytesForCurrentThread();
    private long _before;

    /// <summary>Asked between two steps of the work, none of which is long.</summary>
    /// <exception cref="OverBudgetException">It took too much.</exception>
    public void Check()
    {
        ct.ThrowIfCancellationRequested();
        if (time.GetElapsedTime(_began) > Longest) throw new OverBudgetException($"It took more than {Longest.TotalSeconds:0} seconds to read");
        if (Environment.CurrentManagedThreadId != _thread) (_thread, _from) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread() - _before);
        _before = GC.GetAllocatedBytesForCurrentThread() - _from;
        if (_before > Bytes) throw new OverBudgetException($"It took more than {Bytes >> 20} MB to read");
    }

    /// <summary>A budget for bytes that were taken in once already.</summary>
    public static MailBudget Again() => new(TimeProvider.System, CancellationToken.None);
}

/// <summary>One message cost more than any may.</summary>
/// <param name="problem">Our words, without a full stop.</param>
internal sealed class OverBudgetException(string problem) : Exception(problem);

/// <summary>The bytes of a message, asking the budget as they are read: what the library does with them is seen from within.</summary>
internal sealed class BudgetedBytes(byte[] bytes, int from, int count, MailBudget budget) : MemoryStream(bytes, from, count, writable: false)
{
    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        budget.Check();
        return base.Read(buffer, offset, count);
    }
}
