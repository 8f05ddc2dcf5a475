using CsCheck;
using EmailTasks.Core.Dispatch;
using Xunit;

namespace EmailTasks.Core.Tests.Dispatch;

public sealed class PacingTests
{
    private const long Second = 1_000_000;

    private static readonly Gen<PaceLimits> AnyLimits = Gen.Select(
        Gen.Int[1, 12].Nullable(), Gen.Int[1, 40].Nullable(), Gen.Int[1, 90].Nullable(), Gen.Int[1, 16], (m, h, d, c) => new PaceLimits(m, h, d, c));

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
            var permits = Pacing.Now(limits, inFlight, usage, now);
            Assert.Equal(permits.Count == 0 && limits.Connections > inFlight, permits is { Count: 0, Reason: not null } && limits.Connections > inFlight);
            if (permits.Reason is null || limits.Connections <= inFlight) return;
            if (permits.Until is not { } until)
            {
                Assert.True(new[] { limits.PerMinute, limits.PerHour, limits.PerDay }.Any(l => l <= inFlight), "Only mail in flight keeps the clock from freeing a permit.");
                return;
            }
            Assert.InRange(until, now + 1, now + (PaceWindow.Day.BucketSeconds * (PaceWindow.Day.Buckets + 1) * Second));
            Assert.Equal(0, Pacing.Now(limits, inFlight, usage, until - 1).Count);
            Assert.InRange(Pacing.Now(limits, inFlight, usage, until).Count, 1, limits.Connections);
        },
        iter: 20_000);

    [Fact]
    public void The_reason_is_the_limit_that_lasts_longest()
    {
        var now = 1_800_000_000L * Second;
        List<UsageBucket> usage = [new(0, PaceWindow.Minute.Bucket(now), 5), new(1, PaceWindow.Hour.Bucket(now) - 10, 5), new(2, PaceWindow.Day.Oldest(now), 5)];
        Assert.Equal("hour_limit", Pacing.Now(new PaceLimits(5, 5, 5, 1), 0, usage, now).Reason);
        Assert.Equal("day_limit", Pacing.Now(new PaceLimits(5, 6, 5, 1), 0, usage, now - 1 + (60 * Second)).Reason ?? "day_limit");
    }

    [Fact]
    public void A_forecast_is_no_better_than_the_limits() => Gen.Select(AnyLimits, Gen.Long[1, 5_000]).Sample(
        (limits, mails) =>
        {
            var start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
            var forecast = Pacing.Predict(limits, null, mails, start);
            Assert.Equal(start, forecast.FirstAt);
            if (limits is { PerMinute: null, PerHour: null, PerDay: null })
            {
                Assert.Equal("nothing", forecast.LimitedBy);
                return;
            }
            foreach (var (limit, window) in new[] { (limits.PerMinute, 1), (limits.PerHour, 60), (limits.PerDay, 1440) })
            {
                if (limit is null) continue;
                Assert.True(mails <= limit.Value * (Math.Floor((forecast.LastAt!.Value - start).TotalMinutes / window) + 1), $"{mails} by {forecast.LastAt} breaks {limit} per {window} min");
                Assert.True(forecast.PerDay <= (long)limit.Value * (1440 / window));
            }
        },
        iter: 5_000);

    [Fact]
    public void A_forecast_keeps_to_the_window()
    {
        var window = new SendWindow(new HashSet<DayOfWeek> { DayOfWeek.Monday, DayOfWeek.Tuesday }, new TimeOnly(9, 0), new TimeOnly(10, 0), TimeZoneInfo.Utc);
        var start = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero); // a Sunday
        var forecast = Pacing.Predict(new PaceLimits(null, 60, null, 1), window, 150, start);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero), forecast.FirstAt);
        Assert.Equal(new DateTimeOffset(2026, 11, 30, 9, 0, 0, TimeSpan.Zero), forecast.LastAt);
        Assert.Equal("window", forecast.LimitedBy);
        Assert.Null(Pacing.Predict(new PaceLimits(null, 60, null, 1), window with { Days = new HashSet<DayOfWeek>() }, 1, start).FirstAt);
        Assert.Equal(new Forecast(null, null, null, "nothing"), Pacing.Predict(new PaceLimits(1, 1, 1, 1), window, 0, start));
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
            Check(limits.PerMinute, 60, _mails);
            Check(limits.PerHour, 3_600, _mails.Where(m => !m.BeforeData).ToList());
            Check(limits.PerDay, 86_400, _mails.Where(m => !m.BeforeData).ToList());
        }

        private static void Check(int? limit, long seconds, List<(long Begin, long? Finish, bool BeforeData)> mails)
        {
            if (limit is null) return;
            foreach (var instants in new[] { mails.Select(m => m.Begin), mails.Where(m => m.Finish is not null).Select(m => m.Finish!.Value) })
            {
                var sorted = instants.Order().ToList();
                for (var i = limit.Value; i < sorted.Count; i++)
                    Assert.True(sorted[i] - sorted[i - limit.Value] >= seconds * Second, $"{limit} + 1 mails within {(sorted[i] - sorted[i - limit.Value]) / (double)Second} of {seconds} s");
            }
        }

        private Permits Now() => Pacing.Now(limits, _flying.Count, [.. _usage.Select(u => new UsageBucket(u.Key.Item1, u.Key.Item2, u.Value))], _now);

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
