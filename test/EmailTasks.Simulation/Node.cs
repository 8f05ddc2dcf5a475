using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;

namespace EmailTasks.Simulation;

/// <summary>A mail that was handed over and is somewhere on its way.</summary>
internal sealed class Attempt(string task, RecipientRow row, long epoch, bool afterSuppression)
{
    public string Task => task;

    public RecipientRow Row => row;

    public long Epoch => epoch;

    public bool BegunAfterSuppression => afterSuppression;

    /// <summary>What came of it; null while it is under way.</summary>
    public AttemptReport? Report { get; set; }
}

/// <summary>
/// A process that dispatches. It reads its control state, holds a lease or believes so, hands over, reaches gates,
/// writes results; and it can be cut off, sleep, or die at any moment in between.
/// </summary>
/// <param name="gateStandsOpen">The negative control: a process that does not look before its dots.</param>
internal sealed class Node(World world, string id, bool gateStandsOpen) : IDisposable
{
    private const long TtlMicros = 10_000_000;

    private readonly Control _control = new(world.Store, world.Time, _ => { });
    private readonly List<Attempt> _attempts = [];
    private long _epoch;
    private long _begun;
    private int _begins;

    /// <summary>Asleep or cut off from the database: it can do nothing that needs either.</summary>
    public bool Away { get; set; }

    public int UnderWay => _attempts.Count;

    /// <summary>One thing this node may do now, as the seed says.</summary>
    public async Task Step()
    {
        if (Away) return;
        if (world.Random.Next(5) > 0) _control.Look(); // mostly in time, as the thread does it
        switch (world.Random.Next(10))
        {
            case 0 or 1: await Lease(); break;
            case 2 or 3 or 4: await Begin(); break;
            case 5 or 6 or 7: Go(); break;
            default: await Finish(); break;
        }
    }

    /// <summary>The process ends without a word: what it knew is lost.</summary>
    public void Die() => _attempts.Clear();

    /// <summary>Everything that is still to be told, is told.</summary>
    public async Task Settle()
    {
        Away = false;
        _control.Look();
        while (_attempts.Exists(a => a.Report is null)) Go();
        while (_attempts.Count > 0) await Finish();
    }

    public void Dispose() => _control.Dispose();

    private async Task Lease()
    {
        var until = world.Now + TtlMicros;
        if (_epoch > 0 && await world.Store.Write(db => MailboxRows.Renew(db, World.Mailbox, id, _epoch, until)) == 1) return;
        _epoch = await world.Store.Write(db => MailboxRows.Acquire(db, World.Mailbox, id, until)) ?? 0;
    }

    /// <summary>Believing in its lease is enough to ask: begin itself must know better.</summary>
    private async Task Begin()
    {
        if (_epoch == 0) return;
        var task = world.Tasks[world.Random.Next(world.Tasks.Count)];
        var free = 5 - _attempts.Count;
        if (free <= 0) return;
        var ask = new BeginAsk(World.Mailbox, id, _epoch, task.Id, $"beg_{id}_{++_begins}", free, 0, null, null, [], Math.Max(1, free / 2));
        var answer = await world.Store.Write(db => EmailTasks.Server.Dispatch.Begin.Run(db, ask));
        if (answer.End == BeginEnd.LeaseLost) _epoch = 0;
        if (world.Random.Next(12) == 0 && answer.Rows.Count > 0)
        {
            // The answer is lost on its way: none of it may be sent.
            await world.Store.Write(db => Sweeps.NotStarted(db, World.Mailbox, task.SetId, ask.BeginId));
            return;
        }
        _begun = world.Time.GetTimestamp();
        _attempts.AddRange(answer.Rows.Select(r => new Attempt(task.Id, r, _epoch, world.IsSuppressed(r.SetId, r.Seq))));
    }

    /// <summary>One attempt comes to its gate, or ends before it.</summary>
    private void Go()
    {
        if (_attempts.Find(a => a.Report is null) is not { } attempt) return;
        var pick = world.Random.Next(20);
        if (pick == 0) attempt.Report = new AttemptReport(SmtpPhase.Body, false, SmtpEnding.Lost, null, null, null);
        else if (pick == 1) attempt.Report = new AttemptReport(SmtpPhase.Rcpt, false, SmtpEnding.Reply, 450, "4.2.0", "later");
        else if (pick == 2) attempt.Report = new AttemptReport(SmtpPhase.Rcpt, false, SmtpEnding.Reply, 550, "5.1.1", "nobody");
        else if (!new DotGate(() => gateStandsOpen || _control.Allows(attempt.Task, World.Mailbox, attempt.Epoch) && world.Time.GetElapsedTime(_begun) < DispatchParts.PreDotDeadline).TryDot())
            attempt.Report = new AttemptReport(SmtpPhase.Body, false, SmtpEnding.GateRefused, null, null, null);
        else attempt.Report = Dot(attempt, pick);
    }

    private AttemptReport Dot(Attempt attempt, int pick)
    {
        var taken = pick is not (3 or 4);
        world.MailServer.Dots.Add((attempt.Row.SetId, attempt.Row.Seq, attempt.Row.Attempt, world.Now, taken));
        world.Check(attempt);
        return pick switch
        {
            3 => new AttemptReport(SmtpPhase.Dot, true, SmtpEnding.Lost, null, null, null),          // it never arrived
            4 => new AttemptReport(SmtpPhase.Dot, true, SmtpEnding.Reply, 554, "5.6.0", "no"),
            5 or 6 => new AttemptReport(SmtpPhase.Dot, true, SmtpEnding.Timeout, null, null, null),  // the 250 was lost
            _ => new AttemptReport(SmtpPhase.Dot, true, SmtpEnding.Reply, 250, "2.0.0", "ok"),
        };
    }

    private async Task Finish()
    {
        var done = _attempts.Where(a => a.Report is not null).Take(world.Random.Next(1, 4)).ToList();
        if (done.Count == 0) return;
        var results = done.ConvertAll(a => new AttemptResult(World.Mailbox, a.Task, a.Row.SetId, a.Row.Seq, a.Row.Attempt, SmtpVerdicts.Judge(a.Report!), a.Report!, world.Random.NextDouble(), a.Row.Domain));
        await world.Store.Write(db => EmailTasks.Server.Dispatch.Finish.Run(db, results));
        if (world.Random.Next(10) == 0) return; // the answer is lost: told again
        _attempts.RemoveAll(done.Contains);
    }
}
