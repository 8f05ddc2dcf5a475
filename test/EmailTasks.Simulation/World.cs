using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using Microsoft.Extensions.Time.Testing;

namespace EmailTasks.Simulation;

/// <summary>
/// One mailbox, a few tasks, a few nodes and a mail server, on a clock that only moves when told: the statements, gates,
/// verdicts and sweeps are the product's, the order in which they happen is the seed's.
/// </summary>
internal sealed class World(IStore store, FakeTimeProvider time, Random random)
{
    public const string Account = "acc_sim";
    public const string Mailbox = "mbx_sim";

    private readonly Dictionary<string, long> _cancelledAt = [];
    private readonly HashSet<(long Set, long Seq)> _suppressed = [];

    public IStore Store => store;

    public FakeTimeProvider Time => time;

    public Random Random => random;

    /// <summary>What the mail server saw; it forgets nothing.</summary>
    public MailServer MailServer { get; } = new();

    public List<(string Id, long SetId)> Tasks { get; } = [];

    /// <summary>How often a person said that somebody may be mailed again.</summary>
    public Dictionary<(long Set, long Seq), int> Retries { get; } = [];

    public long Now => Micros.Of(time.GetUtcNow());

    /// <summary>Mails a minute, or null.</summary>
    public int? PerMinute { get; private set; }

    /// <summary>Makes the rows.</summary>
    public async Task Make(int tasks, int people)
    {
        PerMinute = random.Next(3) == 0 ? random.Next(2, 8) : null;
        await store.Write(async db =>
        {
            await db.Execute("insert into account (id, time_zone, created_at) values (@Account, 'UTC', 0)", new { Account });
            await MailboxRows.Insert(db, new MailboxRow
            {
                Id = Mailbox, Account = Account, Kind = "enterprise", Address = "mia@brand.example", AddressKey = "mia@brand.example", OwnerUid = "usr_1", Health = MailboxHealth.Ok,
                Connections = random.Next(1, 6), PerMinute = PerMinute, CreatedAt = db.Now, UpdatedAt = db.Now,
            });
            for (var t = 0; t < tasks; t++) await Task(db, $"tsk_{t}", people);
            return true;
        });
    }

    /// <summary>Cancels a task as the API does: one guarded row. From a second later no dot of it may be seen.</summary>
    public async Task Cancel(string task)
    {
        if (await store.Write(async db => await TaskRows.Cancel(db, (await TaskRows.Hold(db, task))!)) == 1) _cancelledAt[task] = Now;
    }

    /// <summary>Puts somebody on the suppression list; whoever is handed over afterwards breaks the promise.</summary>
    public async Task Suppress(long set, long seq)
    {
        await store.Write(async db => await SuppressionRows.Add(db, Account, EmailAddress.TryParse((await RecipientRows.Load(db, set, seq))!.Address, out _)!, "manual", "sim"));
        foreach (var other in Tasks) _suppressed.Add((other.SetId, seq)); // the same people in every task
    }

    /// <summary>A person lets an uncertain recipient be mailed again, as late as the rules ask.</summary>
    public async Task Retry(string task, long set)
    {
        var row = (await store.Read(db => RecipientRows.After(db, set, 0, 1_000))).Find(r => r.State == RecipientState.Uncertain && r.BegunAt <= Now - 30L * 60 * 1_000_000);
        if (row is null || _suppressed.Contains((set, row.Seq))) return;
        var done = await store.Write(async db =>
        {
            var now = (await TaskRows.Hold(db, task))!;
            if (now.Status is not (MailTaskStatus.Sending or MailTaskStatus.Sent) || await ResolveRows.Retry(db, row, ResolveRules.Retried) == 0) return false;
            var tally = new TallyByShard();
            tally.Move(set, row.Seq, RecipientState.Uncertain, false, RecipientState.Pending, true);
            await tally.Write(db);
            return await TaskRows.Reopen(db, now) == 1;
        });
        if (done) Retries[(set, row.Seq)] = Retries.GetValueOrDefault((set, row.Seq)) + 1;
    }

    /// <summary>The sweeps, on whichever node they run.</summary>
    public async Task Sweep()
    {
        foreach (var task in await store.Read(TaskRows.Open))
        {
            if (task.Status == MailTaskStatus.Cancelled) await store.Write(db => Sweeps.Close(db, task.Id, 0, expire: false));
            var step = await store.Read(db => Sweeps.LookForOpen(db, task.SetId, 0));
            if (!step.Open) await store.Write(db => Sweeps.Settle(db, task.Id, 0, task.Reopened));
        }
        await new Reaper(store, time).Round();
    }

    /// <summary>Whether the mail server saw something that was promised not to happen; called at each of its dots.</summary>
    public void Check(Attempt attempt)
    {
        if (_cancelledAt.TryGetValue(attempt.Task, out var at) && Now > at + 1_000_000) throw new BrokenPromiseException($"a dot of {attempt.Task}, {(Now - at) / 1_000} ms after its cancel");
        if (attempt.BegunAfterSuppression) throw new BrokenPromiseException($"{attempt.Row.Seq} was handed over after it was suppressed");
        if (PerMinute is { } limit && MailServer.Dots.Count(d => d.At > Now - 60_000_000) > limit) throw new BrokenPromiseException($"more than {limit} mails in a minute");
    }

    /// <summary>Whether somebody stands on the list now.</summary>
    public bool IsSuppressed(long set, long seq) => _suppressed.Contains((set, seq));

    private async ValueTask Task(Db db, string id, int people)
    {
        await TaskRows.Insert(db, id, Account, "usr_1", "Spring shoes", null, null);
        await TaskRows.SetSender(db, id, Mailbox, "{}", 1);
        var task = (await TaskRows.LoadAny(db, id))!;
        var first = await TaskRows.TakeSeqs(db, id, people);
        await RecipientRows.Add(db, Account, task.SetId, first, [.. Enumerable.Range(1, people).Select(i => new NewRecipient(EmailAddress.TryParse($"r{i}@d{i % 3}.example", out _)!, null, null, null, null, null))]);
        var tally = new TallyByShard();
        for (var i = 0; i < people; i++) tally.Count(task.SetId, first + i, RecipientState.Pending, 1);
        await tally.Write(db);
        await TaskRows.Start(db, task, "p1", null);
        await PlanRows.Insert(db, new PlanRow
        {
            Task = id, PlanNo = 1, SetId = task.SetId, Digest = "p1", RenderVersion = 1, ContentVersion = 1, Sender = "{}", Products = "[]", Tracking = "off", SuppressionPos = 0, Uid = "usr_1", KeyId = "key_1", CreatedAt = db.Now,
        });
        Tasks.Add((id, task.SetId));
    }
}

/// <summary>The mail server's side: every final dot it saw, and whether it took the mail.</summary>
internal sealed class MailServer
{
    public List<(long Set, long Seq, int Attempt, long At, bool Taken)> Dots { get; } = [];
}

/// <summary>The product did what it promised not to.</summary>
public sealed class BrokenPromiseException(string what) : Exception(what);
