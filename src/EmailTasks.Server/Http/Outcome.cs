using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>What a slice answers: data with a sentence, or a refusal. A value, never an exception.</summary>
public sealed class Outcome<T>
{
    /// <summary>The answer's data; default when refused or replayed.</summary>
    public T? Data { get; private init; }

    /// <summary>One sentence: what happened.</summary>
    public string Summary { get; private init; } = "";

    /// <summary>The command that comes next.</summary>
    public string? Next { get; init; }

    /// <summary>Data of a dry run where it differs from that of the real call (the plan of a send).</summary>
    public object? DryRunData { get; init; }

    /// <summary>A dry run's sentence where "nothing changed" is not the point.</summary>
    public string? DryRunSummary { get; init; }

    /// <summary>The line that does it, where the gate's own would not be exact.</summary>
    public string? DryRunNext { get; init; }

    /// <summary>The object the call was about, for the audit.</summary>
    public string? ObjectId { get; init; }

    /// <summary>What a repeated call is answered where that is less (a new key is shown once).</summary>
    public T? Kept { get; init; }

    /// <summary>False when everything was as asked already: nothing is written, not even an audit row.</summary>
    public bool Changed { get; init; } = true;

    /// <summary>Keep the idempotency key at least until then (a scheduled task's time).</summary>
    public DateTimeOffset? KeepUntil { get; init; }

    /// <summary>Why nothing happened.</summary>
    public Refusal? Refusal { get; private init; }

    /// <summary>The stored answer of the same call made before.</summary>
    internal Storage.Rows.StoredAnswer? Replay { get; init; }

    /// <summary>Data, serialised in the transaction that stored it.</summary>
    internal byte[]? Serialised { get; set; }

    /// <summary>Done (or, in a dry run, would be).</summary>
    public static Outcome<T> Done(T data, string summary, string? next = null, string? objectId = null, T? kept = default) =>
        new() { Data = data, Summary = summary, Next = next, ObjectId = objectId, Kept = kept };

    /// <summary>The same with other particulars.</summary>
    public Outcome<T> With(object? dryRunData = null, string? dryRunSummary = null, string? dryRunNext = null, bool changed = true, DateTimeOffset? keepUntil = null) => new()
    {
        Data = Data, Summary = Summary, Next = Next, ObjectId = ObjectId, DryRunData = dryRunData, DryRunSummary = dryRunSummary, DryRunNext = dryRunNext, Changed = changed, Kept = Kept, KeepUntil = keepUntil ?? KeepUntil,
    };

    /// <summary>Refused.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new() { Refusal = refusal };
}
