using System.Globalization;
using EmailTasks.Core.Tasks;
using Xunit;

namespace EmailTasks.Core.Tests.Tasks;

public sealed class ScheduleRulesTests
{
    private const long Minute = 60_000_000;

    [Theory]
    [InlineData(-1, false, false)]
    [InlineData(0, true, false)]
    [InlineData(Minute, true, false)]
    [InlineData((60 * Minute) - 1, true, false)]
    [InlineData(60 * Minute, false, true)]
    [InlineData(600 * Minute, false, true)]
    public void A_task_starts_within_an_hour_of_its_time_and_is_overdue_from_then_on(long late, bool due, bool overdue)
    {
        const long at = 1_800_000_000_000_000;
        Assert.Equal((due, overdue), (ScheduleRules.IsDue(at, at + late), ScheduleRules.IsOverdue(at, at + late)));
    }

    [Theory]
    [InlineData("2026-11-25T12:00:59Z", "less than 1 minute")]
    [InlineData("2026-11-25T12:01:00Z", null)]
    [InlineData("2027-11-25T12:00:00Z", null)]
    [InlineData("2027-11-25T12:00:01Z", "more than 365 days")]
    [InlineData("2020-01-01T00:00:00Z", "less than 1 minute")]
    public void A_time_lies_between_a_minute_and_a_year_ahead(string at, string? problem)
    {
        var found = ScheduleRules.Problem(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture), new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
        if (problem is null) Assert.Null(found);
        else Assert.Contains(problem, found);
    }

    [Fact]
    public void A_day_s_bound_counts_every_stretch_of_24_hours_that_holds_the_start()
    {
        const long hour = 60 * Minute;
        KeySpend[] spends = [new(0, 10), new(20 * hour, 5), new(30 * hour, 7)];
        Assert.Equal(15, DailySpend.Most(spends, 10 * hour)); // with 0 and 20 h; 30 h shares no day with 0
        Assert.Equal(12, DailySpend.Most(spends, 25 * hour)); // with 20 h and 30 h
        Assert.Equal(10, DailySpend.Most(spends, -5 * hour)); // 20 h is more than a day later
        Assert.Equal(0, DailySpend.Most(spends, -30 * hour));
        Assert.Equal(0, DailySpend.Most(spends, 60 * hour));
    }
}
