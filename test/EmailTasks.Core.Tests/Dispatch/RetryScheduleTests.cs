using EmailTasks.Core.Dispatch;
using Xunit;

namespace EmailTasks.Core.Tests.Dispatch;

public sealed class RetryScheduleTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 20)]
    [InlineData(3, 60)]
    [InlineData(4, 240)]
    public void The_delays_grow_and_are_spread_by_a_fifth(int tries, int minutes)
    {
        Assert.Equal(minutes * 0.8, RetrySchedule.Next(tries, 0)!.Value.TotalMinutes, 6);
        Assert.Equal(minutes, RetrySchedule.Next(tries, 0.5)!.Value.TotalMinutes, 6);
        Assert.Equal(minutes * 1.2, RetrySchedule.Next(tries, 1)!.Value.TotalMinutes, 6);
    }

    [Fact]
    public void The_fifth_refusal_is_the_last()
    {
        Assert.Null(RetrySchedule.Next(5, 0.5));
        Assert.Null(RetrySchedule.Next(6, 0.5));
    }

    [Fact]
    public void A_failing_mailbox_waits_longer_each_time_up_to_a_quarter_of_an_hour()
    {
        var waits = Enumerable.Range(1, 9).Select(n => HealthBackoff.Next(n, 0.5).TotalSeconds);
        Assert.Equal([15, 30, 60, 120, 300, 600, 900, 900, 900], waits);
    }
}
