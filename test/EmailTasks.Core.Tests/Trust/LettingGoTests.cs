using EmailTasks.Core.Trust;
using Xunit;

namespace EmailTasks.Core.Tests.Trust;

/// <summary>The one rule on letting mail go, and who may lift which hold.</summary>
public sealed class LettingGoTests
{
    private static readonly Who Person = new(true, "key_p", "usr_1");
    private static readonly Who Agent = new(false, "key_a", "usr_1");
    private static readonly GoBounds Bounds = new(["mbx_1"], ["creators.example"], 10, 20);
    private static readonly GoLoad Fine = new("mbx_1", null, 0, 10, 10, 0, 10);

    [Fact]
    public void Within_its_bounds_a_key_lets_go() => Assert.Empty(LettingGo.Refusals(new(Agent, true, Bounds), Fine));

    [Fact]
    public void Each_bound_refuses_by_itself_and_all_of_them_together()
    {
        (GoRefusalKind Kind, GoLoad Load)[] one =
        [
            (GoRefusalKind.Mailbox, Fine with { Mailbox = "mbx_2" }), (GoRefusalKind.Domains, Fine with { ForeignDomain = "other.example", ForeignCount = 2 }),
            (GoRefusalKind.PerTask, Fine with { TaskRecipients = 11 }), (GoRefusalKind.PerDay, Fine with { DaySpent = 11 }),
        ];
        foreach (var (kind, load) in one) Assert.Equal([kind], LettingGo.Refusals(new(Agent, true, Bounds), load).Select(r => r.Kind));
        Assert.Equal([GoRefusalKind.Scope], LettingGo.Refusals(new(Agent, false, Bounds), Fine).Select(r => r.Kind));
        var everything = new GoLoad("mbx_2", "other.example", 1, 11, 11, 0, 20);
        Assert.Equal(Enum.GetValues<GoRefusalKind>(), LettingGo.Refusals(new(Agent, false, Bounds), everything).Select(r => r.Kind));
        Assert.Empty(LettingGo.Refusals(new(Person, true, GoBounds.None), everything with { ForeignDomain = null }));
    }

    /// <summary>What a key let go already within 24 hours is not counted when it lets the rest of it go again.</summary>
    [Theory]
    [InlineData(10, 10, 20, true)]
    [InlineData(10, 9, 20, false)]
    [InlineData(10, 0, 10, true)]
    [InlineData(10, 0, 11, false)]
    [InlineData(3, 50, 20, true)]
    public void A_row_is_counted_once(long mails, long spent, long daySpent, bool goes) =>
        Assert.Equal(goes, LettingGo.Refusals(new(Agent, true, Bounds), Fine with { Mails = mails, Spent = spent, DaySpent = daySpent }).Count == 0);

    [Fact]
    public void An_agent_lifts_only_what_its_own_key_paused_and_a_person_all_but_a_missing_approval()
    {
        foreach (var kind in Enum.GetValues<HoldKind>())
        {
            foreach (var source in new[] { "key_a", "key_p", "key_other", "bounce_guard" })
            {
                var hold = new Hold(kind, source, "asked");
                Assert.Equal(kind == HoldKind.Key && source == "key_a", HoldRules.MayLift(hold, Agent));
                Assert.Equal(kind != HoldKind.Approval, HoldRules.MayLift(hold, Person));
            }
        }
    }

    [Fact]
    public void The_gravest_hold_is_named_and_one_without_an_end_has_none()
    {
        var own = Hold.Pause(Agent);
        var guard = Hold.Guard("daily_limit", "Enough.", "Wait.", 50);
        Assert.Equal(guard, HoldRules.First([own, guard]));
        Assert.Null(HoldRules.First([]));
        Assert.Equal(50, HoldRules.Until([guard]));
        Assert.Equal(60, HoldRules.Until([guard, guard with { Source = "x", Until = 60 }]));
        Assert.Null(HoldRules.Until([own, guard]));
    }

    [Fact]
    public void What_a_person_planned_needs_a_person_and_what_an_agent_changed_needs_its_plan_named()
    {
        Assert.True(TrustRules.NeedsPerson(new(true, false, false), Agent));
        Assert.True(TrustRules.NeedsPerson(new(false, true, false), Agent));
        Assert.False(TrustRules.NeedsPerson(new(true, true, true), Person));
        Assert.False(TrustRules.NeedsPerson(new(false, false, true), Agent));
        Assert.True(TrustRules.NeedsPlan(new(false, false, true), null));
        Assert.False(TrustRules.NeedsPlan(new(false, false, true), "p1abc"));
        Assert.False(TrustRules.NeedsPlan(new(true, true, false), null));
    }
}
