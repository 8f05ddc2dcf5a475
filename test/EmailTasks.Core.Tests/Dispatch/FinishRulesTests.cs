using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using Xunit;

namespace EmailTasks.Core.Tests.Dispatch;

public sealed class FinishRulesTests
{
    private const long Now = 1_800_000_000_000_000;
    private const int Attempt = 3;

    public static TheoryData<int, AttemptRow, MailTaskStatus, VerdictOutcome, string, string, string> Cases()
    {
        var data = new TheoryData<int, AttemptRow, MailTaskStatus, VerdictOutcome, string, string, string>();
        foreach (var c in Tsv.Rows("Dispatch/finish-rules.tsv"))
        foreach (var state in Tsv.Each<RecipientState>(c[1]))
        foreach (var status in Tsv.Each<MailTaskStatus>(c[4]))
        foreach (var outcome in Tsv.Each<VerdictOutcome>(c[5]))
            data.Add(
                c[0] switch { "old" => Attempt - 1, "same" => Attempt, _ => Attempt + 1 },
                new AttemptRow(state, Attempt, 1, int.Parse(c[3]), c[2] == "*" ? "some_reason" : c[2], Now - 60_000_000, state == RecipientState.Pending ? Now + 5 : null),
                status, outcome, c[6], c[7], c[8]);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_result_does_to_its_row_what_the_table_says(int attempt, AttemptRow row, MailTaskStatus status, VerdictOutcome outcome, string becomes, string unknown, string tries)
    {
        var change = FinishRules.Apply(row, attempt, Verdicts.Of(outcome), status, Now, null, 0.5);
        if (becomes == "-")
        {
            Assert.Null(change);
            return;
        }
        Assert.NotNull(change);
        if (becomes == "fact")
        {
            Assert.Equal(new AttemptChange(row.State, row.Reason, row.Tries, row.Unknown, row.NextAttemptAt, true), change);
            return;
        }
        Assert.False(change.AcceptedBeforeRetry);
        Assert.Equal(Enum.Parse<RecipientState>(becomes), change.State);
        Assert.Equal(unknown == "=" ? row.Unknown : int.Parse(unknown), change.Unknown);
        Assert.Equal(tries == "+1" ? row.Tries + 1 : row.Tries, change.Tries);
        Assert.Equal(change.State == RecipientState.Pending, change.NextAttemptAt > Now);
        if (change.State == RecipientState.Sent) Assert.Null(change.Reason);
    }

    [Fact]
    public void The_table_knows_every_state_verdict_and_status_of_the_same_attempt()
    {
        var known = Cases().Select(c => c.Data).Where(c => c.Item1 == Attempt).Select(c => (c.Item2.State, c.Item3, c.Item4)).ToHashSet();
        foreach (var state in Enum.GetValues<RecipientState>())
        foreach (var status in Enum.GetValues<MailTaskStatus>())
        foreach (var outcome in Enum.GetValues<VerdictOutcome>())
            Assert.Contains((state, status, outcome), known);
    }

    [Theory]
    [InlineData(3, 47, RecipientState.Pending)]
    [InlineData(3, 49, RecipientState.Expired)]
    [InlineData(4, 1, RecipientState.Failed)]
    public void Temporary_refusals_end_with_the_fifth_or_after_two_days(int triesBefore, int hours, RecipientState expected)
    {
        var row = new AttemptRow(RecipientState.Handed, 1, triesBefore, 0, null, Now - (hours * 3600L * 1_000_000), null);
        Assert.Equal(expected, FinishRules.Apply(row, 1, Verdicts.Of(VerdictOutcome.Retry), MailTaskStatus.Sending, Now, null, 0.5)!.State);
    }

    [Theory]
    [InlineData(VerdictOutcome.NotSent, 0, RecipientState.Expired)]
    [InlineData(VerdictOutcome.NotSent, 1, RecipientState.Pending)]
    [InlineData(VerdictOutcome.Retry, 0, RecipientState.Expired)]
    [InlineData(VerdictOutcome.Sent, 0, RecipientState.Sent)]
    public void Past_send_until_nobody_goes_back_to_pending(VerdictOutcome outcome, long left, RecipientState expected)
    {
        var row = new AttemptRow(RecipientState.Handed, 1, 0, 0, null, Now, null);
        Assert.Equal(expected, FinishRules.Apply(row, 1, Verdicts.Of(outcome), MailTaskStatus.Sending, Now, Now + left, 0.5)!.State);
    }
}

internal static class Verdicts
{
    public static SmtpVerdict Of(VerdictOutcome outcome, bool beforeData = false) =>
        new(outcome, outcome.ToString(), MailboxEffect.None, null, TaskEffect.None, false, beforeData, false, false, "A sentence.", "");
}
