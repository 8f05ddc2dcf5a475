namespace EmailTasks.Server.Http;

/// <summary>
/// Gives memory back once large bodies are through. The collector keeps what it once needed for the next time; a server
/// that took in a list of a year ago would hold its hundreds of megabytes until it is restarted.
/// </summary>
/// <param name="busy">Whether large bodies are still there.</param>
internal sealed class HeapTrim(TimeProvider time, Func<bool> busy)
{
    /// <summary>So long nothing large must have come: the collection stops everything for a moment, and more of the same may follow.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);

    private int _planned;

    /// <summary>There is something to give back.</summary>
    public void Soon()
    {
        if (Interlocked.Exchange(ref _planned, 1) == 0) _ = Run();
    }

    private async Task Run()
    {
        do await Task.Delay(Calm, time);
        while (busy());
        Volatile.Write(ref _planned, 0);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
