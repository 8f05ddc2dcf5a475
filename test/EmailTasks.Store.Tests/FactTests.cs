using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Store.Tests;

/// <summary>What comes back is counted once, and proves that the mail had left.</summary>
public sealed class FactTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Whatever_comes_back_makes_an_uncertain_recipient_sent(StoreKind kind)
    {
        using var folder = new StoreFolder(kind);
        var world = await KernelWorld.Make(folder.Store, 3);
        await world.Begin(3);
        await world.Reap();
        Assert.Equal(3, (await world.Counters()).Uncertain);
        await world.CameBack(1, "reply", 1, Fact.Replied);
        await world.CameBack(2, "hit", 0, Fact.MachineOpened);
        await world.CameBack(2, "hit", 0, Fact.Opened);
        await world.CameBack(2, "hit", 0, Fact.Opened);
        var (first, second) = (await world.Row(1), await world.Row(2));
        Assert.Equal((RecipientState.Sent, "evidence_reply"), (first.State, first.Reason));
        Assert.Equal((RecipientState.Sent, "evidence_hit"), (second.State, second.Reason));
        var counters = await world.Counters();
        Assert.Equal((2, 1, 1, 1, 0), (counters.Sent, counters.Uncertain, counters.Replied, counters.Opened, counters.MachineOpened));
        Assert.NotNull(counters.FirstSentAt);
        await world.Recount();
        // The answer that was lost comes after all: it is known already.
        await world.Finish(world.Result(first, VerdictOutcome.Retry));
        Assert.Equal(RecipientState.Sent, (await world.Row(1)).State);
        await world.Recount();
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task What_comes_back_before_the_mail_server_s_answer_counts_once_it_is_there(StoreKind kind)
    {
        using var folder = new StoreFolder(kind);
        var world = await KernelWorld.Make(folder.Store, 3);
        var rows = (await world.Begin(3)).Rows;
        foreach (var row in rows) await world.CameBack(row.Seq, "hit", 0, Fact.Clicked);
        Assert.Equal(0, (await world.Counters()).Clicked); // nobody is sent yet
        await world.Finish(world.Result(rows[0], VerdictOutcome.Sent));
        await world.Finish(world.Result(rows[1], VerdictOutcome.Uncertain));
        await world.Reap();
        Assert.All(await world.Rows(), r => Assert.Equal(RecipientState.Sent, r.State));
        Assert.Equal(3, (await world.Counters()).Clicked);
        await world.Recount();
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Nothing_comes_back_about_somebody_who_was_never_handed_over(StoreKind kind)
    {
        using var folder = new StoreFolder(kind);
        var world = await KernelWorld.Make(folder.Store, 2);
        Assert.Empty(await world.CameBack(1, "reply", 1, Fact.Replied));
        var row = (await world.Begin(1)).Rows[0];
        await world.Finish(world.Result(row, VerdictOutcome.Retry));
        await world.CameBack(row.Seq, "reply", 1, Fact.Replied);
        var after = await world.Row(row.Seq);
        Assert.Equal((RecipientState.Pending, true), (after.State, after.AcceptedBeforeRetry)); // it had left; no second mail is stopped by a guess, but it is known
        await world.Recount();
    }
}
