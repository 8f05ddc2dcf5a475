using EmailTasks.Contracts;
using EmailTasks.Server.Storage;

namespace EmailTasks.Server.Http;

/// <summary>What serving a call costs the machine.</summary>
public enum WorkKind
{
    /// <summary>A few rows.</summary>
    Small,

    /// <summary>A walk over all recipients of a task.</summary>
    Plan,

    /// <summary>A body of many rows, each read, checked and written.</summary>
    Import,

    /// <summary>HTML read, cleaned or rendered.</summary>
    Cleaning,

    /// <summary>A walk over everything there is.</summary>
    Count,

    /// <summary>Mail stops leaving: never behind anything, never refused for being one too many.</summary>
    Stop,
}

/// <summary>Which operation is which kind of work. What is not here costs a few rows.</summary>
public static class Work
{
    // An operation is one value; as a record it would be looked up by its members, which are filled in when first asked for.
    private static readonly Dictionary<Op, WorkKind> Kinds = new(ReferenceEqualityComparer.Instance)
    {
        [SendingOps.Send] = WorkKind.Plan,
        [SendingOps.Schedule] = WorkKind.Plan,
        [RecipientOps.Add] = WorkKind.Import,
        [RecipientOps.Replace] = WorkKind.Import,
        [RecipientOps.Update] = WorkKind.Import,
        [RecipientOps.Delete] = WorkKind.Import,
        [RecipientOps.Resolve] = WorkKind.Import,
        [RecipientOps.Propose] = WorkKind.Import,
        [CreatorOps.Import] = WorkKind.Import,
        [KeyOps.Create] = WorkKind.Import,
        [SuppressionOps.Remove] = WorkKind.Import,
        [ContentOps.Save] = WorkKind.Cleaning,
        [ContentOps.Preview] = WorkKind.Cleaning,
        [SendingOps.Test] = WorkKind.Cleaning,
        [TemplateOps.Save] = WorkKind.Cleaning,
        [TemplateOps.Use] = WorkKind.Cleaning,
        [MessageOps.Get] = WorkKind.Cleaning,
        [DataOps.Verify] = WorkKind.Count,
        [SuppressionOps.Add] = WorkKind.Stop,
    };

    /// <summary>The kind of an operation.</summary>
    public static WorkKind Of(Op op) => op.Stops ? WorkKind.Stop : Kinds.GetValueOrDefault(op);

    /// <summary>Whether mail stops leaving by this operation.</summary>
    public static bool Stops(Op op) => Of(op) == WorkKind.Stop;
}

/// <summary>How much of what one node does at once; the contract's limits unless told.</summary>
public sealed class WorkLimits
{
    private readonly Dictionary<WorkKind, Shares> _work;
    private readonly Shares _reads;

    /// <summary>The limits, each with the part that one key may have.</summary>
    /// <param name="turn">How long a call waits for its turn.</param>
    public WorkLimits(TimeProvider time, TimeSpan? turn = null)
    {
        var wait = turn ?? TimeSpan.FromSeconds(Limits.TurnSeconds);
        Shares Of(long most, long each) => new(most, each, wait, Limits.TurnsWaiting, time);
        _work = new()
        {
            [WorkKind.Plan] = Of(Limits.PlansAtOnce, Part(Limits.PlansAtOnce)),
            [WorkKind.Import] = Of(Limits.ImportBytesAtOnce, Limits.BodyBytes),
            [WorkKind.Cleaning] = Of(Limits.CleaningsAtOnce, Part(Limits.CleaningsAtOnce)),
            [WorkKind.Count] = Of(Limits.CountsAtOnce, Limits.CountsAtOnce),
            [WorkKind.Stop] = new(Limits.StopsAtOnce, Part(Limits.StopsAtOnce), null, int.MaxValue, time),
        };
        _reads = new(Limits.ReadsAtOnce, Part(Limits.ReadsAtOnce), wait, int.MaxValue, time); // each is short, and a call makes several
        LargeBodies = Of(Limits.BodiesInFlightBytes, Limits.BodyBytes);
        SmallBodies = Of(Limits.SmallBodiesInFlightBytes, Part(Limits.SmallBodiesInFlightBytes));
        Trim = new HeapTrim(time, () => LargeBodies.Taken > 0);
        StopBodies = new(Limits.StopsAtOnce * (long)Limits.StopBodyBytes, Limits.StopBodyBytes, null, int.MaxValue, time);
    }

    /// <summary>Bytes of bodies that are not small.</summary>
    public Shares LargeBodies { get; }

    /// <summary>Bytes of small bodies.</summary>
    public Shares SmallBodies { get; }

    /// <summary>Bytes of bodies of stops.</summary>
    public Shares StopBodies { get; }

    /// <summary>Gives memory back.</summary>
    internal HeapTrim Trim { get; }

    /// <summary>A turn for an operation's work; null when none came. What costs a few rows needs none; an import counts for its bytes.</summary>
    public async Task<IDisposable?> Turn(Op op, string key, long bytes, CancellationToken ct)
    {
        var kind = Work.Of(op);
        var amount = kind == WorkKind.Import ? Math.Max(bytes, Limits.ImportBytesLeast) : 1;
        return _work.TryGetValue(kind, out var shares) ? await shares.Take(key, amount, ct) : Nothing.Instance;
    }

    /// <summary>
    /// Reads on one snapshot for a key, as one of a few. A stop reads beside them: the stores keep connections for that.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Too many reads were under way for too long.</exception>
    public async Task<T> Read<T>(IStore store, string key, bool stops, Func<Db, ValueTask<T>> body)
    {
        if (stops) return await store.Read(body);
        using var place = await _reads.Take(key, 1, CancellationToken.None)
            ?? throw new StoreUnavailableException("Too many reads are under way.", new TimeoutException());
        return await store.Read(body);
    }

    /// <summary>Half, and at least one: another key finds a place, whatever this one does.</summary>
    private static long Part(long most) => Math.Max(1, most / 2);

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose()
        {
            // There is nothing to give back.
        }
    }
}
