using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>An account with a mailbox and a task that is being sent, made of rows: what the dispatch kernel works on.</summary>
internal sealed class KernelWorld(IStore store)
{
    private static int s_number;

    private readonly string _name = $"w{Interlocked.Increment(ref s_number):00000}";
    private int _begins;

    public string Account => _of?.Account ?? $"acc_{_name}";

    public string Mailbox => _of?.Mailbox ?? $"mbx_{_name}";

    public string Task => $"tsk_{_name}";

    public long SetId { get; private set; }

    public long Epoch { get; private set; }

    public long Cursor { get; set; }

    /// <summary>Makes it: recipients r1… at d0.example…, all pending, the task sending, the lease taken.</summary>
    public static Task<KernelWorld> Make(IStore store, int recipients, PaceLimits? limits = null, long? sendUntil = null, int domains = 3) =>
        new KernelWorld(store).Fill(recipients, limits, sendUntil, domains);

    /// <summary>Another task that is being sent through the same mailbox, by the same lease.</summary>
    public async Task<KernelWorld> Another(int recipients)
    {
        var world = new KernelWorld(store) { _of = this, Epoch = Epoch };
        return await world.Fill(recipients, null, null, 1);
    }

    private KernelWorld? _of;

    private async Task<KernelWorld> Fill(int recipients, PaceLimits? limits, long? sendUntil, int domains)
    {
        var world = this;
        var pace = limits ?? new PaceLimits(null, null, null, 16);
        world.SetId = await store.Write(async db =>
        {
            if (_of is null) await MailboxRows.Insert(db, new MailboxRow
            {
                Id = world.Mailbox, Account = world.Account, Kind = "enterprise", Address = "mia@brand.example", AddressKey = "mia@brand.example", OwnerUid = "usr_1", Health = MailboxHealth.Ok,
                PerMinute = pace.PerMinute, PerHour = pace.PerHour, PerDay = pace.PerDay, Connections = pace.Connections,
                WarmUpStart = pace.WarmUp?.Start, WarmUpStep = pace.WarmUp?.Step, WarmUpCeiling = pace.WarmUp?.Ceiling, WarmUpSince = pace.WarmUp?.Since,
                SpacingMin = pace.Spacing?.MinSeconds, SpacingMax = pace.Spacing?.MaxSeconds, CreatedAt = db.Now, UpdatedAt = db.Now,
            });
            await TaskRows.Insert(db, world.Task, world.Account, "usr_1", "Spring shoes", null, null);
            await TaskRows.SetSender(db, world.Task, world.Mailbox, "{}", 1);
            var task = await world.Row(db);
            var people = Enumerable.Range(1, recipients).Select(i => new NewRecipient(Address(i, domains), $"Creator {i}", null, null, null, null)).ToList();
            var first = await TaskRows.TakeSeqs(db, world.Task, recipients);
            await RecipientRows.Add(db, world.Account, task.SetId, first, people);
            var tally = new TallyByShard();
            for (var i = 0; i < recipients; i++) tally.Count(task.SetId, first + i, RecipientState.Pending, 1);
            await tally.Write(db);
            Assert.Equal(1, await TaskRows.Start(db, task, "p1x", sendUntil));
            await PlanRows.Insert(db, new PlanRow
            {
                Task = world.Task, PlanNo = 1, SetId = task.SetId, Digest = "p1x", RenderVersion = 1, ContentVersion = 1, Sender = "{}", Products = "[]", Tracking = "{}", SendUntil = sendUntil,
                SuppressionPos = await SuppressionRows.Position(db, world.Account), Uid = "usr_1", KeyId = "key_1", CreatedAt = db.Now,
            });
            return task.SetId;
        });
        if (_of is null) world.Epoch = (await store.Write(db => MailboxRows.Acquire(db, world.Mailbox, "node_1", db.Now + 10_000_000)))!.Value;
        return world;
    }

    public static EmailAddress Address(int i, int domains = 3) => EmailAddress.TryParse($"r{i}@d{i % domains}.example", out _)!;

    public async ValueTask<TaskRow> Row(Db db) => (await TaskRows.LoadAny(db, Task))!;

    public BeginAsk Ask(int slots, params string[] closed) =>
        new(Mailbox, "node_1", Epoch, Task, $"beg_{_name}_{++_begins}", slots, Cursor, null, null, closed, Math.Max(1, slots / 2));

    public async Task<BeginAnswer> Begin(int slots, params string[] closed) => await Begin(Ask(slots, closed));

    public async Task<BeginAnswer> Begin(BeginAsk ask)
    {
        var answer = await store.Write(db => Server.Dispatch.Begin.Run(db, ask));
        Cursor = answer.Cursor;
        return answer;
    }

    public AttemptResult Result(RecipientRow row, VerdictOutcome outcome, bool beforeData = false) => Result(row.Seq, row.Attempt, outcome, beforeData);

    public AttemptResult Result(long seq, int attempt, VerdictOutcome outcome, bool beforeData = false) => new(
        Mailbox, Task, SetId, seq, attempt,
        new SmtpVerdict(outcome, outcome.ToString(), MailboxEffect.None, null, TaskEffect.None, false, beforeData, false, false, "A sentence.", ""),
        new AttemptReport(SmtpPhase.Dot, true, SmtpEnding.Reply, 250, null, "ok"), 0.5, "d0.example");

    /// <summary>The server knows no such address.</summary>
    public AttemptResult Refused(RecipientRow row, string enhanced = "5.1.1")
    {
        var report = new AttemptReport(SmtpPhase.Rcpt, false, SmtpEnding.Reply, 550, enhanced, "No.");
        return new AttemptResult(Mailbox, Task, SetId, row.Seq, row.Attempt, SmtpVerdicts.Judge(report), report, 0.5, row.Domain);
    }

    public Task<bool> Finish(params AttemptResult[] results) => store.Write(db => Server.Dispatch.Finish.Run(db, results));

    /// <summary>Holds the lease for as long as a test's clock may run.</summary>
    public Task<int> Hold() => store.Write(db => db.Execute("update mailbox set expires_at = @at where id = @Mailbox", new { at = db.Now + 10_000_000_000_000, Mailbox }));

    public Task<int> Suppress(int i) => store.Write(db => SuppressionRows.Add(db, Account, Address(i), "manual", "test"));

    /// <summary>Something came back about a recipient; answers the rows it was about, as they were.</summary>
    public Task<List<RecipientRow>> CameBack(long seq, string evidence, int replies, params Fact[] facts) =>
        store.Write(db => FactRows.Apply(db, [new CameBack(SetId, seq, [.. facts.Select(f => (f, db.Now))], evidence, replies)]));

    public Task<int> Cancel() => store.Write(async db => await TaskRows.Cancel(db, await Row(db)));

    public Task<bool> Pause() => store.Write(db => TaskHolds.Add(db, Task, Pausing));

    public Task<int> Resume() => store.Write(async db => (await TaskHolds.Lift(db, (await Row(db))!, [Pausing])).Count);

    private static readonly Hold Pausing = Core.Trust.Hold.Pause(new Who(true, "key_1", "usr_1"));

    /// <summary>Takes the lease again, once it has run out.</summary>
    public async Task Take() => Epoch = (await store.Write(db => MailboxRows.Acquire(db, Mailbox, "node_1", db.Now + (long)TimeSpan.FromDays(1).TotalMicroseconds)))!.Value;

    public Task<SweepStep> Close(bool expire = false) => store.Write(db => Sweeps.Close(db, Task, 0, expire));

    public Task<int> Reap() => store.Write(async db =>
    {
        var handed = (await RecipientRows.Stretch(db, SetId, 0, 10_000)).Where(r => r.State == RecipientState.Handed).ToList();
        return await Sweeps.Reap(db, Mailbox, SetId, handed, new HashSet<long>(), isGone: true);
    });

    public Task<List<RecipientRow>> Rows() => store.Read(db => RecipientRows.After(db, SetId, 0, 100_000));

    public async Task<RecipientRow> Row(long seq) => (await store.Read(db => RecipientRows.Load(db, SetId, seq)))!;

    public Task<CounterSum> Counters() => store.Read(db => CounterRows.Sum(db, SetId));

    public async Task<MailboxRow> Box() => (await store.Read(db => MailboxRows.LoadAny(db, Mailbox)))!;

    public Task<List<UsageBucket>> Usage() => store.Read(db => MailboxRows.Usage(db, Mailbox));

    /// <summary>Counters are what a recount of the rows says, and what is in flight is what is handed.</summary>
    public async Task Recount()
    {
        var (rows, counters, box) = await store.Read(async db =>
            (await RecipientRows.After(db, SetId, 0, 100_000), await CounterRows.Sum(db, SetId), (await MailboxRows.LoadAny(db, Mailbox))!));
        foreach (var state in Enum.GetValues<RecipientState>()) Assert.Equal((state, rows.Count(r => r.State == state)), (state, (int)counters.Of(state)));
        Assert.Equal(rows.Count(r => r.State == RecipientState.Pending && r.NextAttemptAt is not null), counters.Retrying);
        Assert.All(rows, r => Assert.True(r.State == RecipientState.Pending || r.NextAttemptAt is null, "Only pending rows have a next attempt."));
        Assert.Equal(rows.Count(r => r.State == RecipientState.Handed), box.InFlight);
        foreach (var fact in Enum.GetValues<Fact>()) Assert.Equal((fact, rows.Count(r => r.Facts.Counts(fact, r.State))), (fact, (int)counters.Of(fact)));
        Assert.Equal(rows.Where(r => r.Facts.Counts(Fact.Replied, r.State)).Select(r => r.CreatorId ?? r.AddressKey).Distinct().Count(), counters.RepliedCreators);
        Assert.DoesNotContain(rows, r => r.State == RecipientState.Uncertain && !r.Facts.IsEmpty);
        var hours = await store.Read(db => HourRows.Of(db, [SetId]));
        Assert.Equal((counters.Sent, counters.Opened, counters.Clicked, counters.Replied), (hours.Sum(h => h.Sent), hours.Sum(h => h.Opens), hours.Sum(h => h.Clicks), hours.Sum(h => h.Replies)));
        Assert.Equal(rows.Count(r => r.State == RecipientState.Failed && SmtpVerdicts.HardReasons.Contains(r.Reason!)), counters.Hard);
    }
}
