using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>One authenticated call, as a slice sees it. Whether it is forced is known here and to the gate, to nobody else.</summary>
public sealed class Call
{
    private readonly bool _forced;
    private readonly string? _idempotencyKey;
    private readonly string _requestHash;
    private readonly List<string> _created = [];

    internal Call(App app, Op op, KeyRow key, string requestId, bool forced, string? idempotencyKey, string requestHash, string? plan, NextStep own)
    {
        App = app;
        Op = op;
        Key = key;
        RequestId = requestId;
        _forced = forced;
        _idempotencyKey = idempotencyKey;
        _requestHash = requestHash;
        Plan = plan;
        Own = own;
    }

    /// <summary>The parts of the server.</summary>
    public App App { get; }

    /// <summary>The operation.</summary>
    public Op Op { get; }

    /// <summary>The caller's key, with the member's present role; read again at the beginning of a change.</summary>
    public KeyRow Key { get; private set; }

    /// <summary>The caller's account: everything a slice loads, it loads within it.</summary>
    public string Account => Key.Account;

    /// <summary>The calling member.</summary>
    public string Uid => Key.Uid;

    /// <summary>True for a person's key, false for an agent's.</summary>
    public bool IsPerson => Key.Actor == "person";

    /// <summary>False for a dry run. Only for what a dry run may be told and a forced call may not do.</summary>
    public bool IsForced => _forced;

    /// <summary>The plan the caller approved (a digest or its beginning), or null.</summary>
    public string? Plan { get; }

    /// <summary>This very call as a next step, unforced and without a plan.</summary>
    public NextStep Own { get; }

    /// <summary>How much the caller sent.</summary>
    internal long BodyBytes { get; init; }

    /// <summary>This request.</summary>
    public string RequestId { get; }

    /// <summary>Ids made by this call; null in a dry run's answer.</summary>
    internal IReadOnlyList<string> Created => _created;

    /// <summary>A new id. Made before the transaction, because a body may run again.</summary>
    public string NewId(string prefix)
    {
        var id = App.Ids.New(prefix);
        _created.Add(id);
        return id;
    }

    /// <summary>A new API key for a key id: shown by the forced call alone.</summary>
    public string NewKey(string id)
    {
        var key = ApiKeys.New(id);
        _created.Add(key);
        return key;
    }

    /// <summary>The only forced step there is: this call, after its dry run, with the plan that was shown where it takes one.</summary>
    public NextStep ItsForcedCall(string? plan) => (plan is not null && Op.TakesPlan ? Own.WithPlan(plan) : Own).Forced();

    /// <summary>Reads on one snapshot.</summary>
    public Task<T> Read<T>(Func<Db, ValueTask<T>> body) => App.Work.Read(App.Store, Key.Id, Work.Stops(Op), body);

    /// <summary>Something that leaves this machine (a login to a mail server): skipped in a dry run.</summary>
    public async Task<T?> Outside<T>(Func<Task<T>> work) where T : class => _forced ? await work() : null;

    /// <summary>
    /// Runs a change. A dry run takes the same way through the same transaction and is rolled back to its savepoint; a
    /// forced call stores its answer and its audit row with the change.
    /// </summary>
    public Task<Outcome<T>> Change<T>(Func<Db, ValueTask<Outcome<T>>> body) => App.Store.Write(
        async db =>
        {
            await db.Serialise(Account);
            db.By = Key.Who;
            if (await Before<T>(db) is { } before) return before;
            if (await Ended(db) is { } ended) return ended;
            var outcome = await body(db);
            if (outcome.Refusal is not null) return outcome;
            if (Op.IsMutation) Steps.Check(Op, outcome);
            var kept = _forced ? await Store(db, outcome) : 0;
            return await App.Quotas.Spend(db, this, BodyBytes + kept) is { } spent ? spent : outcome;
        },
        keep: outcome => _forced && outcome.Refusal is null && outcome.Replay is null,
        first: _forced && Work.Stops(Op));

    /// <summary>The answer of the same call made before, or the refusal of another one under its key; null when there is none.</summary>
    internal async ValueTask<Outcome<T>?> Before<T>(Db db)
    {
        if (!_forced || _idempotencyKey is null || await GateRows.Answer(db, Account, Key.Id, _idempotencyKey) is not { } stored) return null;
        if (stored.RequestHash == _requestHash) return new Outcome<T> { Replay = await Replay.Of(db, Account, stored) };
        return new Refusal(ErrorCodes.IdempotencyMismatch, "This idempotency key was used for another request.")
        {
            Problems = [new("idempotency_key", "mismatch", "This idempotency key was used for another request.", "Use a new key for a new request.")],
        };
    }

    /// <summary>Rights as they are now: somebody may have taken them away since the gate asked.</summary>
    internal async ValueTask<Refusal?> Ended(Db db)
    {
        var now = await KeyRows.Load(db, Key.Id);
        if (Rights.Ended(now, db.Now) is { } ended) return ended;
        Key = now!;
        return Rights.Missing(Op, Key, _forced) ?? (_forced && Rights.LacksPlan(Op, Key, Plan) ? Refusals.PlanRequired(Op) : null);
    }

    private async ValueTask<long> Store<T>(Db db, Outcome<T> outcome)
    {
        outcome.Serialised = Json(outcome.Data!);
        var kept = outcome.Kept is { } later ? Json(later) : outcome.Serialised;
        var keep = TimeSpan.FromHours(24);
        var expires = Micros.At(db.Now) + keep;
        if (outcome.KeepUntil is { } until && until + keep > expires) expires = until + keep;
        var bytes = await GateRows.Keep(db, Account, Key.Id, _idempotencyKey!, _requestHash, kept, outcome.Summary, Steps.Kept(outcome.Next, outcome.Undo), Micros.Of(expires));
        if (outcome.Changed) await GateRows.Audit(db, new AuditEntry(Account, Key.Id, Uid, Key.Actor, Op.Command, outcome.ObjectId, RequestId, WithoutAddresses(outcome.Summary)));
        return bytes;
    }

    private static byte[] Json<T>(T data) => JsonSerializer.SerializeToUtf8Bytes(data, WireJson.Readable.GetTypeInfo(typeof(T))!);

    /// <summary>The audit is kept for ever and read by many: it says what was done, never to which address.</summary>
    private static string WithoutAddresses(string summary) => string.Join(' ', summary.Split(' ').Select(word => word.Contains('@') ? "…" : word));
}
