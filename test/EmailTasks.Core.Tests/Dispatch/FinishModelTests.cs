using CsCheck;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using Xunit;

namespace EmailTasks.Core.Tests.Dispatch;

/// <summary>
/// One recipient, several owners that may be zombies, a network that loses, delays and repeats, and a mail server whose
/// own book is the oracle. Every schedule keeps the promise.
/// </summary>
public sealed class FinishModelTests
{
    public enum Act { Begin, Finish, FinishAgain, Reap, Pause, Resume, Cancel, Suppress, Expire, Advance, RetryByPerson }

    private static readonly Gen<(Act Act, int Pick)[]> Schedules = Gen.Select(
        Gen.Frequency((8, Gen.Const(Act.Begin)), (7, Gen.Const(Act.Finish)), (2, Gen.Const(Act.FinishAgain)), (3, Gen.Const(Act.Reap)), (1, Gen.Const(Act.Pause)), (2, Gen.Const(Act.Resume)),
            (1, Gen.Const(Act.Cancel)), (1, Gen.Const(Act.Suppress)), (1, Gen.Const(Act.Expire)), (4, Gen.Const(Act.Advance))),
        Gen.Int[0, 1000]).Array[1, 40];

    [Fact]
    public void Accepted_mail_is_never_mailed_again_and_never_forgotten() => Schedules.Sample(
        schedule =>
        {
            var world = new World();
            foreach (var (act, pick) in schedule) world.Step(act, pick);
            world.DeliverEverythingLate();
            return world.Accepted <= 1;
        },
        iter: 40_000);

    [Fact]
    public void With_retries_by_a_person_it_is_still_never_forgotten() => Gen.Select(Schedules, Gen.Int[0, 1000].Array[0, 4]).Sample(
        (schedule, retries) =>
        {
            var world = new World();
            var i = 0;
            foreach (var (act, pick) in schedule)
            {
                world.Step(act, pick);
                if (i < retries.Length && retries[i] % 3 == 0) world.Step(Act.RetryByPerson, retries[i]);
                i++;
            }
            world.DeliverEverythingLate();
            Assert.True(world.Accepted <= 1 + world.Retries);
        },
        iter: 20_000);

    private sealed class World
    {
        private readonly List<(int Attempt, SmtpVerdict Verdict)> _underWay = [];
        private readonly List<(int Attempt, SmtpVerdict Verdict)> _told = [];
        private readonly Tally _tally = new();
        private AttemptRow _row = new(RecipientState.Pending, 0, 0, 0, null, null, null);
        private MailTaskStatus _status = MailTaskStatus.Sending;
        private long _now = 1_800_000_000_000_000;
        private bool _fact;

        public World() => _tally[RecipientState.Pending] = 1;

        /// <summary>How often the mail server has taken it: the oracle.</summary>
        public int Accepted { get; private set; }

        public int Retries { get; private set; }

        public void Step(Act act, int pick)
        {
            switch (act)
            {
                case Act.Begin when _row.State == RecipientState.Pending && _status == MailTaskStatus.Sending && (_row.NextAttemptAt ?? 0) <= _now: Begin(pick); break;
                case Act.Finish when _underWay.Count > 0: Finish(pick % _underWay.Count); break;
                case Act.FinishAgain when _told.Count > 0: Tell(_told[pick % _told.Count]); break;
                case Act.Reap when _row.State == RecipientState.Handed: To(RecipientState.Uncertain, "reaped", unknown: _row.Unknown + 1); break;
                case Act.Pause when _status == MailTaskStatus.Sending: _status = MailTaskStatus.Paused; break;
                case Act.Resume when _status == MailTaskStatus.Paused: _status = MailTaskStatus.Sending; break;
                case Act.Cancel when _status is MailTaskStatus.Sending or MailTaskStatus.Paused:
                    _status = MailTaskStatus.Cancelled;
                    if (_row.State == RecipientState.Pending) To(FinishRules.AfterCancel(_row.Unknown), _row.Unknown > 0 ? FinishRules.EarlierUnknown : "task_cancelled");
                    break;
                case Act.Suppress when _row.State == RecipientState.Pending && Retries == 0: To(RecipientState.Suppressed, "suppressed"); break;
                case Act.Expire when _row.State == RecipientState.Pending && Retries == 0: To(RecipientState.Expired, "send_until_passed"); break;
                case Act.Advance: _now += pick * 30_000_000L; break;
                case Act.RetryByPerson when _row.State == RecipientState.Uncertain && _status == MailTaskStatus.Sending:
                    Retries++;
                    To(RecipientState.Pending, "resolved_retry");
                    break;
            }
            Check();
        }

        public void DeliverEverythingLate()
        {
            while (_underWay.Count > 0) Finish(_underWay.Count - 1);
            foreach (var told in _told) Tell(told);
            Check();
        }

        /// <summary>What the server does and what its owner hears of it are settled here, and told whenever the schedule says so.</summary>
        private void Begin(int pick)
        {
            _row = _row with { Attempt = _row.Attempt + 1, FirstTryAt = _row.FirstTryAt ?? _now };
            To(RecipientState.Handed, null);
            VerdictOutcome heard;
            if (pick % 3 == 0)
            {
                Accepted++;
                heard = pick % 2 == 0 ? VerdictOutcome.Sent : VerdictOutcome.Uncertain;
            }
            else heard = (pick % 4) switch { 0 => VerdictOutcome.Failed, 1 => VerdictOutcome.Retry, 2 => VerdictOutcome.NotSent, _ => VerdictOutcome.Uncertain };
            if (pick % 7 != 0) _underWay.Add((_row.Attempt, Verdicts.Of(heard))); // else its owner died and never tells
        }

        private void Finish(int which)
        {
            var told = _underWay[which];
            _underWay.RemoveAt(which);
            _told.Add(told);
            Tell(told);
        }

        private void Tell((int Attempt, SmtpVerdict Verdict) result)
        {
            var was = _row;
            if (FinishRules.Apply(_row, result.Attempt, result.Verdict, _status, _now, null, 0.5) is not { } change) return;
            if (was.State == RecipientState.Uncertain && change.State == RecipientState.Pending)
                Assert.True(result.Attempt == was.Attempt && result.Verdict.Outcome is VerdictOutcome.NotSent or VerdictOutcome.Retry, "Only the owner's own definite no leads back from uncertain.");
            _fact |= change.AcceptedBeforeRetry;
            _tally.Move(was.State, was.NextAttemptAt is not null, change.State, change.NextAttemptAt is not null);
            _row = _row with { State = change.State, Reason = change.Reason, Tries = change.Tries, Unknown = change.Unknown, NextAttemptAt = change.NextAttemptAt };
            var again = FinishRules.Apply(_row, result.Attempt, result.Verdict, _status, _now, null, 0.5);
            Assert.True(again is null || again.State == _row.State || result.Attempt < _row.Attempt, "The same result twice moves nothing.");
        }

        private void To(RecipientState state, string? reason, int? unknown = null)
        {
            _tally.Move(_row.State, _row.NextAttemptAt is not null, state, false);
            _row = _row with { State = state, Reason = reason, NextAttemptAt = null, Unknown = unknown ?? _row.Unknown };
        }

        private void Check()
        {
            var open = _row.State is RecipientState.Handed || _underWay.Count > 0;
            var known = _row.State is RecipientState.Sent or RecipientState.Uncertain || _fact || Retries > 0;
            Assert.True(Accepted == 0 || open || known, $"Accepted and forgotten: {_row}");
            Assert.True(_row.State != RecipientState.Sent || Accepted > 0, $"Called sent, and nobody took it: {_row}");
            Assert.InRange(_row.Unknown, 0, _row.Attempt);
            foreach (var state in Enum.GetValues<RecipientState>()) Assert.Equal(state == _row.State ? 1 : 0, _tally[state]);
            Assert.Equal(_row.NextAttemptAt is null ? 0 : 1, _tally.Retrying);
            Assert.Equal(1, _tally.Total);
        }
    }
}
