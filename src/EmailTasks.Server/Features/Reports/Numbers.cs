using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Reports;

/// <summary>From counters to the numbers of the contract, for one task or many. What nobody observes is null.</summary>
internal static class Numbers
{
    /// <summary>A timeline of hours becomes one of days beyond this.</summary>
    private const long HoursUpToMicros = 90L * 24 * HourRows.Micros;

    /// <summary>What of some tasks is observed.</summary>
    public sealed record Observed(bool Replies, bool Opens, bool Clicks, bool OptOuts, InboundStatus Inbound);

    /// <summary>Whether somebody listens to these tasks, and what is tracked of any of them.</summary>
    public static Observed Of(IReadOnlyList<ReportTask> tasks)
    {
        var heard = tasks.Where(t => t.Inbound is not null && t.InboundSyncedAt is not null).ToList();
        var status = heard.Count == 0 ? "not_listening" : heard.Exists(t => t.InboundFailingSince is not null) ? "failing" : heard.Count < tasks.Count ? "partly" : "listening";
        var opens = tasks.Any(t => PlanTracking.Of(t.Tracking).Opens);
        var clicks = tasks.Any(t => PlanTracking.Of(t.Tracking).Clicks);
        var links = tasks.Any(t => PlanTracking.Of(t.Tracking).PublicUrl is not null);
        return new Observed(heard.Count > 0, opens, clicks, heard.Count > 0 || links, new InboundStatus(status, Micros.At(heard.Min(t => t.InboundSyncedAt))));
    }

    /// <summary>The numbers on a view.</summary>
    /// <param name="repliers">Distinct persons who replied; a sum over tasks would count one twice.</param>
    public static T On<T>(T view, CounterSum c, Observed seen, long repliers) where T : Figures => view with
    {
        RecipientCount = c.Total, PendingCount = c.Pending, HandedCount = c.Handed, SentCount = c.Sent, FailedCount = c.Failed, UncertainCount = c.Uncertain,
        SuppressedCount = c.Suppressed, CancelledCount = c.Cancelled, ExpiredCount = c.Expired, RetryingCount = c.Retrying,
        BounceCount = If(seen.Replies, c.Of(Fact.Bounced)),
        OpenCount = If(seen.Opens, c.Of(Fact.Opened)), MachineOpenCount = If(seen.Opens, c.Of(Fact.MachineOpened)),
        ClickCount = If(seen.Clicks, c.Of(Fact.Clicked)), MachineClickCount = If(seen.Clicks, c.Of(Fact.MachineClicked)),
        ReplyCount = If(seen.Replies, c.Of(Fact.Replied)), RepliedCreatorCount = If(seen.Replies, repliers), InboundMessageCount = If(seen.Replies, c.InboundMessages),
        AutoReplyCount = If(seen.Replies, c.Of(Fact.AutoReplied)), UnsubscribeCount = If(seen.OptOuts, c.Of(Fact.Unsubscribed)), ComplaintCount = If(seen.Replies, c.Of(Fact.Complained)),
        ReplyRate = Rate(seen.Replies, c.Of(Fact.Replied), c.Sent), OpenRate = Rate(seen.Opens, c.Of(Fact.Opened), c.Sent),
        ClickRate = Rate(seen.Clicks, c.Of(Fact.Clicked), c.Sent), BounceRate = Rate(seen.Replies, c.Of(Fact.Bounced), c.Sent),
        FirstSentAt = Micros.At(c.FirstSentAt), LastSentAt = Micros.At(c.LastSentAt),
    };

    /// <summary>The timeline: hours, or UTC days where it spans more than 90 of them.</summary>
    public static IReadOnlyList<TimelineEntry> Timeline(List<HourRow> hours, Observed seen)
    {
        var step = hours.Count > 0 && hours[^1].Hour - hours[0].Hour > HoursUpToMicros ? 24 * HourRows.Micros : HourRows.Micros;
        return [.. hours.GroupBy(h => h.Hour - (h.Hour % step)).Select(g => new TimelineEntry(
            Micros.At(g.Key), g.Sum(h => h.Sent), If(seen.Opens, g.Sum(h => h.Opens)), If(seen.Clicks, g.Sum(h => h.Clicks)), If(seen.Replies, g.Sum(h => h.Replies))))];
    }

    private static long? If(bool observed, long number) => observed ? number : null;

    private static double? Rate(bool observed, long part, long sent) => observed && sent > 0 ? Math.Round((double)part / sent, 4) : null;
}
