using CsCheck;
using EmailTasks.Core.Dispatch;
using Xunit;

namespace EmailTasks.Core.Tests.Dispatch;

public sealed class PacingTests
{
    private const long Second = 1_000_000;

    private static readonly Gen<WarmUp> AnyRamp = Gen.Select(
        Gen.Int[1, 30], Gen.Int[1, 20], Gen.Int[0, 60], Gen.Long[-3 * 86_400 * Second, 3_600 * Second], (start, step, more, since) => new WarmUp(start, step, start + more, (1_800_000_000L * Second) + since));

    private static readonly Gen<PaceLimits> AnyLimits = Gen.Select(
        Gen.Int[1, 12].Nullable(), Gen.Int[1, 40].Nullable(), Gen.Int[1, 90].Nullable(), Gen.Int[1, 16], AnyRamp, Gen.Int[0, 2],
        (m, h, d, c, ramp, warm) => new PaceLimits(m, h, d, c) { WarmUp = warm == 0 ? ramp : null });

    [Fact]
    public void No_rolling_window_is_ever_exceeded_and_sending_never_starves() => Gen.Select(
        AnyLimits,
        Gen.Select(Gen.Int[0, 9], Gen.Long[0, 40 * Second]).Array[10, 250],
        Gen.Long[0, 600 * Second],
        Gen.Int[0, 3]).Sample(
        (limits, steps, offset, scale) =>
        {
            var run = new Run(limits, offset);
            foreach (var (act, amount) in steps) run.Step(act, amount * (scale == 3 ? 30 : 1));
            run.Check();
            run.Drain();
        },
        iter: 1_500);

    [Fact]
    public void Until_is_the_first_instant_with_a_permit() => Gen.Select(
        AnyLimits, Gen.Int[0, 15], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 150], Gen.Long[1, 20]).Array[0, 30], Gen.Long[0, 700 * Second]).Sample(
        (limits, inFlight, used, offset) =>
        {
            var now = (1_800_000_000L * Second) + offset;
            var usage = used.Select(u => new UsageBucket(u.Item1, PaceWindow.All[u.Item1].Bucket(now) - u.Item2, u.Item3)).ToList();
            PaceState State() => new(inFlight, new PaceUsage(usage), null);
            var permits = Pacing.Now(limits, State(), now);
            Assert.Equal(permits.Count == 0 && limits.Connections > inFlight, permits is { Count: 0, Reason: not null } && limits.Connections > inFlight);
            if (permits.Reason is null || limits.Connections <= inFlight) return;
            if (permits.Until is not { } until)
            {
                Assert.True(new[] { limits.PerMinute, limits.PerHour, limits.PerDayAt(now) }.Any(l => l <= inFlight), "Only mail in flight keeps the clock from freeing a permit.");
                return;
            }
            Assert.InRange(until, now + 1, now + (PaceWindow.Day.BucketSeconds * (PaceWindow.Day.Buckets + 1) * Second));
            Assert.Equal(0, Pacing.Now(limits, State(), until - 1).Count);
            Assert.InRange(Pacing.Now(limits, State(), until).Count, 1, limits.Connections);
        },
        iter: 20_000);

    [Fact]
    public void The_reason_is_the_limit_that_lasts_longest()
    {
        var now = 1_800_000_000L * Second;
        List<UsageBucket> usage = [new(0, PaceWindow.Minute.Bucket(now), 5), new(1, PaceWindow.Hour.Bucket(now) - 10, 5), new(2, PaceWindow.Day.Oldest(now), 5)];
        Assert.Equal("hour_limit", Pacing.Now(new PaceLimits(5, 5, 5, 1), new PaceState(0, new PaceUsage(usage), null), now).Reason);
        Assert.Equal("day_limit", Pacing.Now(new PaceLimits(5, 6, 5, 1), new PaceState(0, new PaceUsage(usage), null), now - 1 + (60 * Second)).Reason ?? "day_limit");
    }

    /// <summary>A mailbox over simulated time; its book of exact instants is the oracle.</summary>
    private sealed class Run(PaceLimits limits, long offset)
    {
        private readonly List<(long Begin, long? Finish, bool BeforeData)> _mails = [];
        private readonly Dictionary<(int, long), long> _usage = [];
        private readonly List<int> _flying = [];
        private long _now = (1_800_000_000L * Second) + offset;

        public void Step(int act, long amount)
        {
            _now += amount / 4;
            if (act < 5) Begin((int)(amount % 16) + 1);
            else if (_flying.Count > 0) Finish((int)(amount % _flying.Count), act == 9);
        }

        public void Drain()
        {
            while (_flying.Count > 0) Finish(0, false);
            for (var i = 0; i < 3; i++)
            {
                var permits = Now();
                if (permits.Count == 0) _now = permits.Until ?? throw new InvalidOperationException("Nothing is under way and nobody says when it goes on.");
                Assert.True(Now().Count > 0);
                Begin(1);
                Finish(0, false);
            }
            Check();
        }

        /// <summary>Any stretch of a window's length holds at most its limit, by the instants of begin and by those of finish.</summary>
        public void Check()
        {
            var withText = _mails.Where(m => !m.BeforeData).ToList();
            foreach (var (window, seconds, mails) in new[] { (PaceWindow.Minute, 60, _mails), (PaceWindow.Hour, 3_600, withText), (PaceWindow.Day, 86_400, withText) })
            {
                Rolling.Check(limits, window, seconds, [.. mails.Select(m => m.Begin)]);
                Rolling.Check(limits, window, seconds, [.. mails.Where(m => m.Finish is not null).Select(m => m.Finish!.Value)]);
            }
        }

        private Permits Now() => Pacing.Now(limits, new PaceState(_flying.Count, new PaceUsage(_usage.Select(u => new UsageBucket(u.Key.Item1, u.Key.Item2, u.Value))), null), _now);

        private void Begin(int wish)
        {
            var count = Math.Min(wish, Now().Count);
            for (var i = 0; i < count; i++)
            {
                _flying.Add(_mails.Count);
                _mails.Add((_now, null, false));
            }
        }

        private void Finish(int which, bool beforeData)
        {
            var mail = _flying[which];
            _flying.RemoveAt(which);
            _mails[mail] = _mails[mail] with { Finish = _now, BeforeData = beforeData };
            foreach (var window in PaceWindow.All.Where(w => !beforeData || w == PaceWindow.Minute))
                _usage[(window.Id, window.Bucket(_now))] = _usage.GetValueOrDefault((window.Id, window.Bucket(_now))) + 1;
        }
    }
}

/// <summary>The oracle of limits: exact instants, no buckets.</summary>
internal static class Rolling
{
    /// <summary>Any stretch of a window's length holds at most the limit of its last instant.</summary>
    public static void Check(PaceLimits limits, PaceWindow window, long seconds, List<long> instants)
    {
        instants.Sort();
        for (var i = 0; i < instants.Count; i++)
        {
            if (window.LimitOf(limits, instants[i]) is not { } limit || i < limit) continue;
            var length = instants[i] - instants[i - limit];
            Assert.True(length >= seconds * 1_000_000, $"{limit} + 1 mails within {length / 1e6} of {seconds} s");
        }
    }
}
