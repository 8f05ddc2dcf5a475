using CsCheck;
using EmailTasks.Core.Dispatch;
using Xunit;

namespace EmailTasks.Core.Tests.Dispatch;

public sealed class SendWindowTests
{
    private static readonly string[] Zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "Pacific/Apia"];

    [Theory]
    // Half-open ends, winter (UTC+1).
    [InlineData("Europe/Berlin", "mon", "09:00", "17:00", "2026-11-23T07:59:59Z", false)]
    [InlineData("Europe/Berlin", "mon", "09:00", "17:00", "2026-11-23T08:00:00Z", true)]
    [InlineData("Europe/Berlin", "mon", "09:00", "17:00", "2026-11-23T15:59:59Z", true)]
    [InlineData("Europe/Berlin", "mon", "09:00", "17:00", "2026-11-23T16:00:00Z", false)]
    [InlineData("Europe/Berlin", "tue", "09:00", "17:00", "2026-11-23T10:00:00Z", false)]
    // The skipped hour, 29 March 2026, 02:00 to 03:00: a window inside it does not open; one that begins in it opens at its end.
    [InlineData("Europe/Berlin", "sun", "02:15", "02:45", "2026-03-29T00:59:59Z", false)]
    [InlineData("Europe/Berlin", "sun", "02:15", "02:45", "2026-03-29T01:00:00Z", false)]
    [InlineData("Europe/Berlin", "sun", "02:30", "04:00", "2026-03-29T00:59:59Z", false)]
    [InlineData("Europe/Berlin", "sun", "02:30", "04:00", "2026-03-29T01:00:00Z", true)]
    [InlineData("Europe/Berlin", "sun", "01:00", "02:30", "2026-03-29T00:59:59Z", true)]
    [InlineData("Europe/Berlin", "sun", "01:00", "02:30", "2026-03-29T01:00:00Z", false)]
    // The repeated hour, 25 October 2026: both times.
    [InlineData("Europe/Berlin", "sun", "02:15", "02:45", "2026-10-25T00:30:00Z", true)]
    [InlineData("Europe/Berlin", "sun", "02:15", "02:45", "2026-10-25T01:00:00Z", false)]
    [InlineData("Europe/Berlin", "sun", "02:15", "02:45", "2026-10-25T01:30:00Z", true)]
    [InlineData("America/New_York", "sun", "01:00", "02:00", "2026-11-01T05:30:00Z", true)]
    [InlineData("America/New_York", "sun", "01:00", "02:00", "2026-11-01T06:30:00Z", true)]
    [InlineData("America/New_York", "sun", "01:00", "02:00", "2026-11-01T07:00:00Z", false)]
    // Lord Howe moves by half an hour: back on 5 April 2026 from 02:00 (+11) to 01:30 (+10:30), forward on 4 October.
    [InlineData("Australia/Lord_Howe", "sun", "01:30", "02:00", "2026-04-04T14:45:00Z", true)]
    [InlineData("Australia/Lord_Howe", "sun", "01:30", "02:00", "2026-04-04T15:15:00Z", true)]
    [InlineData("Australia/Lord_Howe", "sun", "01:30", "02:00", "2026-04-04T15:30:00Z", false)]
    [InlineData("Australia/Lord_Howe", "sun", "02:00", "02:30", "2026-10-03T15:29:59Z", false)]
    [InlineData("Australia/Lord_Howe", "sun", "02:00", "02:30", "2026-10-03T15:30:00Z", false)]
    // Crossing midnight belongs to the day it starts on.
    [InlineData("UTC", "fri", "22:00", "02:00", "2026-11-27T23:00:00Z", true)]
    [InlineData("UTC", "fri", "22:00", "02:00", "2026-11-28T01:59:59Z", true)]
    [InlineData("UTC", "fri", "22:00", "02:00", "2026-11-28T02:00:00Z", false)]
    [InlineData("UTC", "fri", "22:00", "02:00", "2026-11-28T22:30:00Z", false)]
    [InlineData("UTC", "fri", "22:00", "02:00", "2026-11-27T01:00:00Z", false)]
    // The same time twice is the whole day.
    [InlineData("UTC", "fri", "09:00", "09:00", "2026-11-27T00:00:00Z", true)]
    [InlineData("UTC", "fri", "09:00", "09:00", "2026-11-27T23:59:59Z", true)]
    [InlineData("UTC", "fri", "09:00", "09:00", "2026-11-28T00:00:00Z", false)]
    public void Local_wall_time_decides(string zone, string day, string from, string to, string instant, bool inside) =>
        Assert.Equal(inside, Window(zone, from, to, SendWindow.Day(day)).IsInside(DateTimeOffset.Parse(instant)));

    [Fact]
    public void Open_is_what_a_walk_by_the_minute_finds() => Gen.Select(
        Gen.Int[0, Zones.Length - 1], Gen.Int[1, 127], Gen.Int[0, 1439], Gen.Int[0, 1439], Gen.Int[0, 366 * 1440], Gen.Int[0, 59]).Sample(
        (zone, days, from, to, minute, second) =>
        {
            var window = new SendWindow(
                Enum.GetValues<DayOfWeek>().Where(d => (days & (1 << (int)d)) != 0).ToHashSet(), TimeOnly.MinValue.AddMinutes(from), TimeOnly.MinValue.AddMinutes(to), TimeZoneInfo.FindSystemTimeZoneById(Zones[zone]));
            var now = new DateTimeOffset(2026, 1, 1, 0, 0, second, TimeSpan.Zero).AddMinutes(minute);
            var at = now.AddSeconds(-second);
            while (!window.IsInside(at)) at = at.AddMinutes(1);
            var open = window.Open(now);
            Assert.NotNull(open);
            Assert.Equal(at, open.Value.From);
            for (var limit = now.AddDays(15); at < limit && window.IsInside(at);) at = at.AddMinutes(1);
            if (window.IsInside(at)) Assert.True(open.Value.Until >= at.AddMinutes(-1));
            else Assert.Equal(at, open.Value.Until);
            Assert.Equal(window.IsInside(now), open.Value.From <= now);
            Assert.False(window.IsInside(open.Value.From.AddMinutes(-1)) && open.Value.From > now, "A stretch begins where it begins.");
        },
        iter: 400);

    [Fact]
    public void A_window_in_the_skipped_hour_opens_a_week_later()
    {
        var open = Window("Europe/Berlin", "02:15", "02:45", DayOfWeek.Sunday).Open(DateTimeOffset.Parse("2026-03-22T12:00:00Z"));
        Assert.Equal(DateTimeOffset.Parse("2026-04-05T00:15:00Z"), open!.Value.From);
    }

    [Fact]
    public void A_window_without_days_never_opens() => Assert.Null(Window("UTC", "09:00", "17:00").Open(DateTimeOffset.Parse("2026-03-22T12:00:00Z")));

    [Fact]
    public void A_window_that_never_closes_is_open_now()
    {
        var now = DateTimeOffset.Parse("2026-03-22T12:00:30Z");
        var open = Window("UTC", "00:00", "00:00", Enum.GetValues<DayOfWeek>()).Open(now);
        Assert.True(open!.Value.From <= now && open.Value.Until > now.AddDays(8));
    }

    private static SendWindow Window(string zone, string from, string to, params DayOfWeek[] days) =>
        new(days.ToHashSet(), TimeOnly.Parse(from), TimeOnly.Parse(to), TimeZoneInfo.FindSystemTimeZoneById(zone));
}
