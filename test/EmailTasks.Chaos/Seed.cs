namespace EmailTasks.Chaos;

/// <summary>
/// Where all chance of a run comes from. It fixes the schedule of faults and what the sink does to whom; how processes
/// interleave is the machine's own.
/// </summary>
internal sealed class Seed(long value)
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>What <c>--seed</c> repeats.</summary>
    public long Value => value;

    /// <summary>A stream of its own for one purpose.</summary>
    public Random For(string purpose) => new((int)(Mix(purpose) & int.MaxValue));

    /// <summary>0..1, always the same for the same question.</summary>
    public double Roll(string question) => (Mix(question) >> 11) / (double)(1UL << 53);

    private ulong Mix(string text)
    {
        var hash = FnvOffset ^ (ulong)value;
        foreach (var c in text) hash = (hash ^ c) * FnvPrime;
        hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
        hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
        return hash ^ (hash >> 31);
    }
}
