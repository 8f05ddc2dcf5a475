namespace EmailTasks.Server.Storage.Postgres;

/// <summary>What the database's clock says, between two times of asking: the last answer and what has passed since by the monotonic clock.</summary>
internal sealed class PostgresClock(TimeProvider time)
{
    private volatile Observation? _last;

    /// <summary>UTC microseconds. Only for waiting; what decides asks in its transaction.</summary>
    public long Now => _last is { } seen ? seen.Micros + (long)time.GetElapsedTime(seen.At).TotalMicroseconds : Micros.Of(time.GetUtcNow());

    /// <summary>The database said so just now.</summary>
    public void Observe(long micros) => _last = new Observation(micros, time.GetTimestamp());

    private sealed record Observation(long Micros, long At);
}
