using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using Xunit;

namespace EmailTasks.Core.Tests.Dispatch;

public sealed class ResolveRulesTests
{
    private const long Now = 1_800_000_000_000_000;

    private static readonly JudgedRow Old = new(RecipientState.Uncertain, 2, Now - ResolveRules.RetryAfterMicros, false, false);

    [Fact]
    public void Every_status_allows_what_the_table_of_the_contract_says()
    {
        foreach (var status in Enum.GetValues<MailTaskStatus>())
        {
            foreach (var outcome in Enum.GetValues<ResolveOutcome>())
            {
                var started = status is MailTaskStatus.Sending or MailTaskStatus.Paused or MailTaskStatus.Sent;
                var expected = started || (status == MailTaskStatus.Cancelled && outcome != ResolveOutcome.Retry);
                Assert.Equal(expected, ResolveRules.OfTask(status, outcome, "tsk_1", false, false) is null);
                if (started) Assert.Equal(outcome != ResolveOutcome.Retry, ResolveRules.OfTask(status, outcome, "tsk_1", true, false) is null);
                if (started) Assert.Equal(outcome != ResolveOutcome.Retry, ResolveRules.OfTask(status, outcome, "tsk_1", false, true) is null);
            }
        }
    }

    [Fact]
    public void Only_uncertain_rows_are_judged_and_only_by_their_last_attempt()
    {
        foreach (var outcome in Enum.GetValues<ResolveOutcome>())
        {
            foreach (var state in Enum.GetValues<RecipientState>()) Assert.Equal(state == RecipientState.Uncertain, ResolveRules.OfRow(Old with { State = state }, 2, outcome, Now) is null);
            Assert.NotNull(ResolveRules.OfRow(Old, 1, outcome, Now));
            Assert.NotNull(ResolveRules.OfRow(Old, 3, outcome, Now));
        }
    }

    [Fact]
    public void A_retry_waits_thirty_minutes_and_for_the_owner_and_never_mails_the_suppressed()
    {
        Assert.NotNull(ResolveRules.OfRow(Old with { BegunAt = Old.BegunAt + 1 }, 2, ResolveOutcome.Retry, Now));
        Assert.NotNull(ResolveRules.OfRow(Old with { UnderWay = true }, 2, ResolveOutcome.Retry, Now));
        Assert.NotNull(ResolveRules.OfRow(Old with { Suppressed = true }, 2, ResolveOutcome.Retry, Now));
        var young = new JudgedRow(RecipientState.Uncertain, 2, Now, true, true);
        Assert.Null(ResolveRules.OfRow(young, 2, ResolveOutcome.Sent, Now));
        Assert.Null(ResolveRules.OfRow(young, 2, ResolveOutcome.NotSent, Now));
    }
}
