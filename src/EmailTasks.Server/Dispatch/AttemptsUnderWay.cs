using System.Collections.Concurrent;

namespace EmailTasks.Server.Dispatch;

/// <summary>
/// What the owner still reports: attempts that began in this process and whose result is not in the database yet. A person
/// must not judge an attempt while the process that made it may still know better.
/// </summary>
public sealed class AttemptsUnderWay
{
    private readonly ConcurrentDictionary<(long SetId, long Seq, int Attempt), byte> _open = new();

    /// <summary>An attempt is handed to a session.</summary>
    public void Began(long setId, long seq, int attempt) => _open[(setId, seq, attempt)] = 0;

    /// <summary>Its result is durable.</summary>
    public void Ended(long setId, long seq, int attempt) => _open.TryRemove((setId, seq, attempt), out _);

    /// <summary>Whether it is still under way here.</summary>
    public bool Has(long setId, long seq, int attempt) => _open.ContainsKey((setId, seq, attempt));
}
