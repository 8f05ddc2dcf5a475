using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>An operation with the slice that serves it.</summary>
public abstract class Handler
{
    /// <summary>The operation.</summary>
    public abstract Op Op { get; }

    /// <summary>Runs the slice on a checked input.</summary>
    internal abstract Task<Answer> Run(ReadOnlyMemory<byte> input, Call call, CancellationToken ct);

    /// <summary>The stored answer of the same call made before, if any.</summary>
    internal abstract Task<Answer?> Before(Call call);

    /// <summary>Binds a slice to its operation; a slice of another shape does not compile.</summary>
    public static Handler Of<TIn, TOut>(Op<TIn, TOut> op, Func<TIn, Call, CancellationToken, Task<Outcome<TOut>>> slice) => new Bound<TIn, TOut>(op, slice);

    /// <summary>Binds a slice that tells what happens while it happens.</summary>
    public static Handler Of<TIn, TOut>(Op<TIn, TOut> op, Func<TIn, Call, CancellationToken, Task<Outcome<EventStream<TOut>>>> slice)
        where TOut : class => new Telling<TIn, TOut>(op, slice);

    /// <summary>The stream of an operation that carries events, or why there is none.</summary>
    internal virtual Task<(Answer? Refused, EventBytes? Events)> Stream(ReadOnlyMemory<byte> input, Call call, CancellationToken ct) =>
        throw new NotSupportedException("This operation carries no events.");

    private sealed class Telling<TIn, TOut>(Op<TIn, TOut> op, Func<TIn, Call, CancellationToken, Task<Outcome<EventStream<TOut>>>> slice) : Handler
        where TOut : class
    {
        public override Op Op => op;

        internal override Task<Answer> Run(ReadOnlyMemory<byte> input, Call call, CancellationToken ct) => throw new NotSupportedException("This operation carries events.");

        internal override Task<Answer?> Before(Call call) => Task.FromResult<Answer?>(null);

        internal override async Task<(Answer? Refused, EventBytes? Events)> Stream(ReadOnlyMemory<byte> input, Call call, CancellationToken ct)
        {
            var value = JsonSerializer.Deserialize(input.Span, op.In) ?? throw new InvalidOperationException("A checked input was null.");
            var outcome = await slice(value, call, ct);
            if (outcome.Refusal is not null) return (Answer.Of(outcome, op), null);
            TOut? last = null;
            return (null, new EventBytes(Items(), () => Answer.Of(outcome.Data!.End(last!), op)));

            async IAsyncEnumerable<byte[]?> Items()
            {
                await foreach (var item in outcome.Data!.Items)
                {
                    last = item ?? last;
                    yield return item is null ? null : JsonSerializer.SerializeToUtf8Bytes(item, WireJson.Readable.GetTypeInfo(typeof(TOut))!);
                }
            }
        }
    }

    private sealed class Bound<TIn, TOut>(Op<TIn, TOut> op, Func<TIn, Call, CancellationToken, Task<Outcome<TOut>>> slice) : Handler
    {
        public override Op Op => op;

        internal override async Task<Answer> Run(ReadOnlyMemory<byte> input, Call call, CancellationToken ct)
        {
            var value = JsonSerializer.Deserialize(input.Span, op.In) ?? throw new InvalidOperationException("A checked input was null.");
            return Answer.Of(await slice(value, call, ct), op);
        }

        internal override async Task<Answer?> Before(Call call)
        {
            var before = await call.Read(db => call.Before<TOut>(db));
            return before is null ? null : Answer.Of(before, op);
        }
    }
}

/// <summary>What the gate needs of an outcome to write an envelope.</summary>
internal sealed record Answer(Refusal? Refusal, bool Replayed, byte[]? Data, string Summary)
{
    /// <summary>What may come next, before it is asked what the caller may do.</summary>
    public NextStep? Next { get; private init; }

    /// <summary>What takes back what was done.</summary>
    public NextStep? Undo { get; private init; }

    /// <summary>Data of a dry run where it is something else.</summary>
    public byte[]? DryRunData { get; private init; }

    /// <summary>The sentence of a dry run.</summary>
    public string DryRunSummary { get; private init; } = "";

    /// <summary>The plan that a dry run showed.</summary>
    public string? Plan { get; private init; }

    /// <summary>Puts it together.</summary>
    public static Answer Of<T>(Outcome<T> outcome, Op op)
    {
        if (outcome.Refusal is { } refusal) return new Answer(refusal, false, null, "");
        if (outcome.Replay is { } replay)
        {
            var (next, undo) = Steps.Of(replay.Stored.Next);
            return new Answer(null, true, replay.Stored.Data, replay.Summary) { Next = next, Undo = undo };
        }
        return new Answer(null, false, outcome.Serialised ?? Json(outcome.Data!, op.Output.Type), outcome.Summary)
        {
            Next = outcome.Next, Undo = outcome.Undo, Plan = outcome.Plan,
            DryRunData = outcome.DryRunData is { } dry ? Json(dry, op.DryRunOutput!.Type) : null,
            DryRunSummary = outcome.DryRunSummary ?? "Dry run, nothing changed. " + outcome.Said?.Would,
        };
    }

    private static byte[] Json(object value, Type type) => JsonSerializer.SerializeToUtf8Bytes(value, WireJson.Readable.GetTypeInfo(type)!);
}
