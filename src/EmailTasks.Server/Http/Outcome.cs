using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>What a slice answers: data with a sentence, or a refusal. A value, never an exception.</summary>
public sealed class Outcome<T>
{
    private readonly NextStep? _next;
    private readonly NextStep? _undo;

    /// <summary>The answer's data; default when refused or replayed.</summary>
    public T? Data { get; private init; }

    /// <summary>One sentence: what happened.</summary>
    public string Summary { get; private init; } = "";

    /// <summary>The sentence of a change in both its forms; null for what is read.</summary>
    public Said? Said { get; private init; }

    /// <summary>What may come next. Never forced: what is offered is read before it is done.</summary>
    public NextStep? Next { get => _next; private init => _next = Unforced(value); }

    /// <summary>What takes back what was done; never forced either.</summary>
    public NextStep? Undo { get => _undo; private init => _undo = Unforced(value); }

    /// <summary>Data of a dry run where it differs from that of the real call (the plan of a send).</summary>
    public object? DryRunData { get; init; }

    /// <summary>A dry run's sentence where "nothing changed" is not the point.</summary>
    public string? DryRunSummary { get; init; }

    /// <summary>The plan that a dry run showed: the line that does it names it.</summary>
    public string? Plan { get; init; }

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
    internal Replay? Replay { get; init; }

    /// <summary>Data, serialised in the transaction that stored it.</summary>
    internal byte[]? Serialised { get; set; }

    /// <summary>What was read.</summary>
    public static Outcome<T> Done(T data, string summary, NextStep? next = null) => new() { Data = data, Summary = summary, Next = next };

    /// <summary>Done (or, in a dry run, would be).</summary>
    public static Outcome<T> Done(T data, Said said, NextStep? next = null, string? objectId = null, T? kept = default, NextStep? undo = null) =>
        new() { Data = data, Summary = said.Done, Said = said, Next = next, Undo = undo, ObjectId = objectId, Kept = kept };

    /// <summary>The same with other particulars.</summary>
    public Outcome<T> With(object? dryRunData = null, string? dryRunSummary = null, string? plan = null, bool changed = true, DateTimeOffset? keepUntil = null) => new()
    {
        Data = Data, Summary = Summary, Said = Said, Next = Next, Undo = changed ? Undo : null, ObjectId = ObjectId, DryRunData = dryRunData, DryRunSummary = dryRunSummary, Plan = plan,
        Changed = changed, Kept = Kept, KeepUntil = keepUntil ?? KeepUntil,
    };

    /// <summary>Refused.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new() { Refusal = refusal };

    private static NextStep? Unforced(NextStep? step) => step is { IsForced: true } ? throw new ArgumentException($"{step} is forced.", nameof(step)) : step;
}
