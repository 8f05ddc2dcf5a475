using System.Collections.Concurrent;

namespace EmailTasks.Chaos;

/// <summary>A task that was cancelled, and when the answer was there.</summary>
internal sealed record Cancelled(string Task, long Stamp);

/// <summary>An address that was suppressed, and when the answer was there.</summary>
internal sealed record Suppressed(string Address, long Micros);

/// <summary>A mailbox that was paused: no dot from a second after the answer until its resume was asked for.</summary>
internal sealed record Rested(string Mailbox, long From, long Until);

/// <summary>What was done to the world, and promised by its answers.</summary>
internal sealed class Deeds
{
    private int _kills, _freezes, _blackholes, _cuts, _crashes;

    public ConcurrentQueue<Cancelled> Cancels { get; } = [];

    public ConcurrentQueue<Suppressed> Suppressions { get; } = [];

    public ConcurrentQueue<Rested> Pauses { get; } = [];

    public int Kills => _kills;

    public int Freezes => _freezes;

    public int Blackholes => _blackholes;

    /// <summary>Sessions cut with pg_terminate_backend.</summary>
    public int Cuts => _cuts;

    /// <summary>Immediate stops of PostgreSQL.</summary>
    public int Crashes => _crashes;

    public void Killed() => Interlocked.Increment(ref _kills);

    public void Froze() => Interlocked.Increment(ref _freezes);

    public void CutOff() => Interlocked.Increment(ref _blackholes);

    public void Cut(long sessions) => Interlocked.Add(ref _cuts, (int)sessions);

    public void Crashed() => Interlocked.Increment(ref _crashes);
}
