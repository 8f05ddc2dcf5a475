using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Sending;

/// <summary>What a written time means, and whether its offset is that of the zone it is meant for.</summary>
public sealed class ScheduleTimeTests
{
    public static TheoryData<string, string, string, string> Zones() => [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Features/Sending/schedule-times.tsv")).Where(l => l[0] != '#')
        .Select(l => l.Split('\t')).Select(r => new TheoryDataRow<string, string, string, string>(r[0], r[1], r[2], r[3]))];

    /// <summary>Both turns of the clock in several zones, the seed's offsets, and those that are refused.</summary>
    [Theory, MemberData(nameof(Zones))]
    public void A_written_time_is_one_instant_and_its_offset_is_compared_with_the_zone(string written, string zone, string instant, string local)
    {
        if (instant == "refused")
        {
            var problem = Instants.Problem(written);
            Assert.NotNull(problem);
            if (local != "-") Assert.Contains(local, problem.Value.Fix);
            return;
        }
        Assert.Null(Instants.Problem(written));
        var at = Instants.Parse(written);
        Assert.Equal(instant, at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        var elsewhere = ScheduleRules.Elsewhere(at, TimeZoneInfo.FindSystemTimeZoneById(zone));
        Assert.Equal(local, elsewhere?.ToString("yyyy-MM-dd'T'HH:mmzzz") ?? "same");
    }
}
