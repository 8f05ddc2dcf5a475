using CsCheck;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>
/// Random sequences over a small set, in the real store. A plain join once miscounted; so whatever happens, in whatever
/// order and however often, counters are a recount of the rows.
/// </summary>
public sealed class CounterModelTests
{
    private const int People = 8;

    public enum Act { Begin, BeginClosed, Finish, FinishAgain, FinishOld, Suppress, Cancel, Reap, NotStarted, CameBack, Judge }

    private static readonly Gen<(Act, int)[]> Sequences = Gen.Select(
        Gen.Frequency((6, Gen.Const(Act.Begin)), (2, Gen.Const(Act.BeginClosed)), (8, Gen.Const(Act.Finish)), (3, Gen.Const(Act.FinishAgain)), (2, Gen.Const(Act.FinishOld)), (3, Gen.Const(Act.Suppress)),
            (1, Gen.Const(Act.Cancel)), (2, Gen.Const(Act.Reap)), (2, Gen.Const(Act.NotStarted)), (6, Gen.Const(Act.CameBack)), (1, Gen.Const(Act.Judge))),
        Gen.Int[0, 10_000]).Array[3, 24];

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Counters_are_a_recount_after_anything(StoreKind kind)
    {
        using var folder = new StoreFolder(kind);
        await Sequences.SampleAsync(
            async acts =>
            {
                var world = await KernelWorld.Make(folder.Store, People);
                var run = new Run(world, folder);
                foreach (var (act, pick) in acts) await run.Step(act, pick);
                await world.Recount();
                var usage = (await world.Usage()).Where(u => u.Window == PaceWindow.Day.Id).Sum(u => u.Count);
                Assert.Equal(run.Landed, usage);
                Assert.Equal(run.Messages, (await world.Counters()).InboundMessages);
            },
            iter: 120);
    }

    private sealed class Run(KernelWorld world, StoreFolder folder)
    {
        private readonly List<AttemptResult> _told = [];
        private BeginAsk? _last;

        /// <summary>Attempts that ended, however they ended.</summary>
        public int Landed { get; private set; }

        /// <summary>Replies about somebody who had been handed over.</summary>
        public int Messages { get; private set; }

        public async Task Step(Act act, int pick)
        {
            switch (act)
            {
                case Act.Begin or Act.BeginClosed:
                    _last = world.Ask((pick % 4) + 1, act == Act.BeginClosed ? ["d1.example"] : []);
                    var began = await world.Begin(_last);
                    Assert.All(began.Rows, r => Assert.Equal(RecipientState.Handed, r.State));
                    break;
                case Act.Finish:
                    var handed = (await world.Rows()).Where(r => r.State is RecipientState.Handed or RecipientState.Uncertain).ToList();
                    if (handed.Count == 0) break;
                    var row = handed[pick % handed.Count];
                    if (row.State == RecipientState.Handed) Landed++;
                    await Tell(world.Result(row, (VerdictOutcome)(pick % 5)));
                    break;
                case Act.FinishAgain when _told.Count > 0:
                    var result = _told[pick % _told.Count];
                    await world.Finish(result, result);
                    break;
                case Act.FinishOld:
                    await world.Finish(world.Result((pick % People) + 1, 0, (VerdictOutcome)(pick % 5)));
                    break;
                case Act.Suppress: await world.Suppress((pick % People) + 1); break;
                case Act.Cancel:
                    await world.Cancel();
                    await world.Close();
                    break;
                case Act.Reap: Landed += await world.Reap(); break;
                case Act.CameBack:
                    var (fact, replies) = ((Fact)(pick % 9), pick % 9 == (int)Fact.Replied ? 1 : 0);
                    if ((await world.CameBack((pick % People) + 1, "hit", replies, fact, (Fact)(pick / 9 % 9))).Count > 0) Messages += replies;
                    break;
                case Act.Judge: await folder.Store.Write(async db => { await FactRows.Judge(db, [(world.SetId, (pick % People) + 1)], rows => ValueTask.FromResult<IReadOnlyList<RecipientFacts>>([.. rows.Select(r => r.Facts.Without(Fact.Opened).With(Fact.MachineOpened, db.Now))])); return true; }); break;
                case Act.NotStarted when _last is { } ask: await folder.Store.Write(db => Sweeps.NotStarted(db, world.Mailbox, world.SetId, ask.BeginId)); break;
            }
        }

        /// <summary>A repeated result names an attempt that may be under way no more; only the first one lands.</summary>
        private Task Tell(AttemptResult result)
        {
            _told.Add(result);
            return world.Finish(result, result);
        }
    }
}
