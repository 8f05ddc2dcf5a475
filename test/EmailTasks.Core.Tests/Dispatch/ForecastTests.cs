using CsCheck;
using EmailTasks.Core.Dispatch;
using Xunit;

namespace EmailTasks.Core.Tests.Dispatch;

public sealed class ForecastTests
{
    private const long Second = 1_000_000;

    private static readonly string[] Zones = ["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "UTC"];

    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, string, string, string, string, string, string, int> Cases()
    {
        var data = new TheoryData<string, string, string, string, string, string, string, int>();
        foreach (var c in Tsv.Rows("Dispatch/forecast.tsv")) data.Add(c[0], c[1], c[2], c[3], c[4], c[5], c[6], int.Parse(c[7]));
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ten_thousand_mails_across_a_clock_change(string zone, string days, string start, string first, string date, string begins, string last, int count)
    {
        var ask = new ForecastAsk(new PaceLimits(null, null, 400, 1), Window(zone, "09:00", "17:00", days.Split(',')), 10_000, DateTimeOffset.Parse(start));
        var forecast = Forecasting.Of(ask);
        Assert.Equal((DateTimeOffset.Parse(first), DateTimeOffset.Parse(last)), (forecast.FirstAt, forecast.LastAt));
        Assert.Equal((count, true, 0L), (forecast.PerDay.Count, forecast.PerDay.All(d => d.Mails == 400), forecast.Left));
        var onDate = Forecasting.Departures(ask).First(d => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(At(d.At), ask.Window!.Zone).DateTime) == DateOnly.Parse(date));
        Assert.Equal(DateTimeOffset.Parse(begins), At(onDate.At));
    }

    [Fact]
    public void Nothing_simulated_breaks_a_limit_or_leaves_outside_the_window() => Gen.Select(
        Gen.Select(Gen.Int[1, 30].Nullable(), Gen.Int[5, 100].Nullable(), Gen.Int[20, 300].Nullable(), Gen.Int[1, 8], (m, h, d, c) => new PaceLimits(m, h, d, c)),
        Gen.Select(Gen.Int[0, 2], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[0, 100], Gen.Long[-100_000, 100_000]),
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 90], Gen.Int[1, 90]),
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 127], Gen.Int[0, 1439], Gen.Int[0, 1439], Gen.Int[0, 3].Select(i => Zones[i])),
        Gen.Select(Gen.Int[0, 365 * 86_400], Gen.Double[0.05, 12], Gen.Int[0, 5], Gen.Long[1, 500])).Sample(
        (limits, ramp, pauses, window, run) =>
        {
            var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(run.Item1);
            var since = (start.ToUnixTimeSeconds() + ramp.Item5) * Second;
            if (ramp.Item1 == 0) limits = limits with { WarmUp = new WarmUp(ramp.Item2, ramp.Item3, ramp.Item2 + ramp.Item4, since) };
            if (pauses.Item1 == 0) limits = limits with { Spacing = new Spacing(pauses.Item2, pauses.Item2 + pauses.Item3) };
            var days = Enum.GetValues<DayOfWeek>().Where(d => (window.Item2 & (1 << (int)d)) != 0).ToHashSet();
            var open = window.Item1 == 0 ? null : new SendWindow(days, TimeOnly.MinValue.AddMinutes(window.Item3), TimeOnly.MinValue.AddMinutes(window.Item4), TimeZoneInfo.FindSystemTimeZoneById(window.Item5));
            var usage = PaceWindow.All.Select(w => new UsageBucket(w.Id, w.Bucket(start.ToUnixTimeSeconds() * Second) - 3, run.Item3)).ToList();
            var ask = new ForecastAsk(limits, open, run.Item4, start) { Mailbox = "mbx_a", BeginNo = 7, SecondsPerMail = run.Item2, Usage = usage };
            Check(ask, [.. Forecasting.Departures(ask)]);
        },
        iter: 1_500);

    private static void Check(ForecastAsk ask, List<Departure> departures)
    {
        var begins = departures.SelectMany(d => Enumerable.Range(0, (int)d.Mails).Select(i => d.At + (i / d.AtOnce * d.Every))).ToList();
        var ends = departures.SelectMany(d => Enumerable.Range(0, (int)d.Mails).Select(i => d.At + (((i / d.AtOnce) + 1) * d.Every))).ToList();
        foreach (var (window, seconds) in new[] { (PaceWindow.Minute, 60), (PaceWindow.Hour, 3_600), (PaceWindow.Day, 86_400) })
        {
            Rolling.Check(ask.Limits, window, seconds, [.. begins]);
            Rolling.Check(ask.Limits, window, seconds, [.. ends]);
        }
        Assert.All(begins, b => Assert.True(ask.Window?.IsInside(At(b)) != false && At(b) >= ask.Start));
        for (var i = 1; i < departures.Count; i++)
        {
            Assert.True(departures[i].At >= departures[i - 1].Done, "Sessions are not used twice.");
            if (ask.Limits.Spacing is { } s) Assert.True(departures[i].At - departures[i - 1].At >= s.Pause("mbx_a", 7 + i));
        }
        var forecast = Forecasting.Of(ask);
        Assert.Equal(ask.Mails, begins.Count + forecast.Left);
        Assert.Equal(begins.Count, forecast.PerDay.Sum(d => d.Mails));
        Assert.Equal(forecast.Left == 0, forecast.LastAt is not null || ask.Mails == 0);
    }

    [Fact]
    public void Pauses_lie_between_their_lengths_are_irregular_and_always_the_same()
    {
        var spacing = new Spacing(20, 90);
        var pauses = Enumerable.Range(1, 10_000).Select(i => spacing.Pause("mbx_01example", i)).ToList();
        Assert.All(pauses, p => Assert.InRange(p, 20 * Second, 90 * Second));
        Assert.Equal(pauses.Count, pauses.Distinct().Count());
        Assert.InRange(pauses.Average(), 54 * Second, 56 * Second);
        for (var tenth = 20; tenth < 90; tenth += 7) Assert.InRange(pauses.Count(p => p >= tenth * Second && p < (tenth + 7) * Second), 850, 1_150);
        Assert.True(pauses.Zip(pauses.Skip(1)).Count(p => p.First < p.Second) is > 4_700 and < 5_300, "No order in them.");
        Assert.NotEqual(pauses[0], spacing.Pause("mbx_02example", 1));
        Assert.Equal(30 * Second, new Spacing(30, 30).Pause("mbx_01example", 5));
        // A takeover by another build must find the same instants: these must never change.
        Assert.Equal([48_873_648L, 88_907_079, 89_373_772], new[] { pauses[0], pauses[1], pauses[9_999] });
    }

    [Fact]
    public void A_ramp_counts_days_of_24_hours_and_ends_at_its_ceiling()
    {
        var since = 1_800_000_000L * Second;
        var limits = new PaceLimits(null, null, 45, 1) { WarmUp = new WarmUp(20, 10, 50, since) };
        int? On(long hours) => limits.PerDayAt(since + (hours * 3_600 * Second));
        Assert.Equal([20, 20, 30, 30, 40, 45, 45, 45], new[] { On(-5), On(23), On(24), On(47), On(48), On(72), On(96), On(100_000) });
        Assert.Equal([50, 50], new[] { (limits with { PerDay = null }).PerDayAt(since + (72 * 3_600 * Second)), (limits with { PerDay = 60 }).PerDayAt(long.MaxValue) });
        Assert.Equal(["warm_up", "warm_up", "day_limit", "day_limit"], new[] { 0L, 48, 72, 999 }.Select(h => limits.DayReason(since + (h * 3_600 * Second))));
    }

    [Fact]
    public void A_ramp_lets_more_leave_each_day()
    {
        var limits = new PaceLimits(null, null, 100, 1) { WarmUp = new WarmUp(10, 20, 80, Start.ToUnixTimeSeconds() * Second) };
        var forecast = Forecasting.Of(new ForecastAsk(limits, Window("UTC", "12:00", "16:00", "mon", "tue", "wed", "thu", "fri", "sat", "sun"), 300, Start));
        Assert.Equal([10L, 30, 50, 70, 80, 60], forecast.PerDay.Select(d => d.Mails));
        Assert.Equal("warm_up", forecast.LimitedBy);
    }

    [Fact]
    public void It_ends_at_send_until_and_says_who_is_left()
    {
        var ask = new ForecastAsk(new PaceLimits(null, 60, null, 1), null, 150, Start);
        Assert.Equal((Start, Start.AddMinutes(122).AddSeconds(30), 0L, "hour_limit"), Told(Forecasting.Of(ask)));
        Assert.Equal((Start, Start.AddMinutes(62).AddSeconds(1), 30L, "hour_limit"), Told(Forecasting.Of(ask with { SendUntil = Start.AddHours(2) })));
        Assert.Equal((null, null, 150L, "nothing"), Told(Forecasting.Of(ask with { SendUntil = Start })));
        static (DateTimeOffset?, DateTimeOffset?, long, string) Told(Forecast f) => (f.FirstAt, f.LastAt, f.Left, f.LimitedBy);
    }

    [Fact]
    public void It_looks_two_years_ahead_and_no_further()
    {
        var slow = Forecasting.Of(new ForecastAsk(new PaceLimits(null, null, 1, 1), null, 1_000_000, Start));
        Assert.Equal((Start, null, "day_limit"), (slow.FirstAt, slow.LastAt, slow.LimitedBy));
        Assert.Equal(1_000_000, slow.Left + slow.PerDay.Sum(d => d.Mails));
        Assert.InRange(slow.PerDay[^1].Date.DayNumber - slow.PerDay[0].Date.DayNumber, 728, 731);
        var never = Forecasting.Of(new ForecastAsk(new PaceLimits(null, null, null, 1), Window("UTC", "09:00", "17:00"), 3, Start));
        Assert.Equal((null, null, 3L, "window"), (never.FirstAt, never.LastAt, never.Left, never.LimitedBy));
        var none = Forecasting.Of(new ForecastAsk(new PaceLimits(1, 1, 1, 1), null, 0, Start));
        Assert.Equal((null, null, 0L, "nothing"), (none.FirstAt, none.LastAt, none.Left, none.LimitedBy));
    }

    [Fact]
    public void What_left_before_and_what_is_in_flight_count()
    {
        var limits = new PaceLimits(10, null, null, 2);
        var full = new ForecastAsk(limits, null, 4, Start) { InFlight = 3, Usage = [new UsageBucket(0, PaceWindow.Minute.Bucket(Start.ToUnixTimeSeconds() * Second) - 2, 6)] };
        var forecast = Forecasting.Of(full);
        Assert.Equal((Start, Start.AddSeconds(62)), (forecast.FirstAt, forecast.LastAt)); // one at once; the six are free after 60 s, and two sessions need a round and a half
    }

    private static SendWindow Window(string zone, string from, string to, params string[] days) =>
        new(days.Select(SendWindow.Day).ToHashSet(), TimeOnly.Parse(from), TimeOnly.Parse(to), TimeZoneInfo.FindSystemTimeZoneById(zone));

    private static DateTimeOffset At(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);
}
