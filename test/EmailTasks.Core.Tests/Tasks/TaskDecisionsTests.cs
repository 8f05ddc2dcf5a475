using EmailTasks.Core.Tasks;
using Xunit;

namespace EmailTasks.Core.Tests.Tasks;

public sealed class TaskDecisionsTests
{
    public static TheoryData<TaskCommand, MailTaskStatus, bool, string, string> Cases()
    {
        var data = new TheoryData<TaskCommand, MailTaskStatus, bool, string, string>();
        foreach (var row in Tsv.Rows("Tasks/task-decisions.tsv"))
        foreach (var status in Tsv.Each<MailTaskStatus>(row[1]))
        foreach (var handed in new[] { false, true }.Where(h => row[2] == "*" || h == (row[2] == "yes")))
            data.Add(Enum.Parse<TaskCommand>(row[0]), status, handed, row[3], row[4]);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_command_in_a_status_does_what_the_table_says(TaskCommand command, MailTaskStatus status, bool handed, string expected, string wayOut)
    {
        var ruling = TaskDecisions.Decide(command, status, "tsk_1", handed);
        Assert.Equal(expected, !ruling.Allowed ? "no" : ruling.Changes ? $"to:{ruling.Next}" : "same");
        Assert.Contains(wayOut, ruling.Fix);
        if (ruling.Allowed) return;
        Assert.Equal(status, ruling.Next);
        Assert.NotEmpty(ruling.Fix);
        Assert.EndsWith(".", ruling.Problem);
        if (status != MailTaskStatus.Cancelled || command != TaskCommand.Delete) Assert.Contains(TaskDecisions.Word(status), ruling.Problem);
    }

    [Fact]
    public void The_table_names_every_command_in_every_status()
    {
        var all = from c in Enum.GetValues<TaskCommand>() from s in Enum.GetValues<MailTaskStatus>() from h in new[] { false, true } select (c, s, h);
        Assert.Equal(all.Order(), Cases().Select(c => (c.Data.Item1, c.Data.Item2, c.Data.Item3)).Order());
    }

    [Fact]
    public void Words_of_statuses_come_back_as_their_status() =>
        Assert.All(Enum.GetValues<MailTaskStatus>(), s => Assert.Equal(s, TaskDecisions.Status(TaskDecisions.Word(s))));
}
