using EmailTasks.Core.Inbound;
using Xunit;

namespace EmailTasks.Core.Tests.Inbound;

public sealed class BounceVerdictsTests
{
    public static TheoryData<string, string, string?, string?, BounceKind, string> Cases()
    {
        var data = new TheoryData<string, string, string?, string?, BounceKind, string>();
        foreach (var c in Tsv.Rows("Inbound/bounce-cases.tsv")) data.Add(c[0], c[1] == "-" ? "" : c[1], c[2] == "-" ? null : c[2], c[3] == "-" ? null : c[3], Enum.Parse<BounceKind>(c[4]), c[5]);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_failure_is_hard_only_when_it_speaks_of_the_address(string sentence, string action, string? status, string? diagnostic, BounceKind kind, string reason)
    {
        var r = BounceVerdicts.Judge(new DeliveryRecipient(null, "ann@creator.example", action, status, diagnostic, null));
        Assert.True((r.Kind, r.Reason) == (kind, reason), $"{sentence}: {r.Kind} {r.Reason}");
        Assert.Equal("ann@creator.example", r.Address);
    }

    [Fact]
    public void No_status_of_policy_storage_or_retries_is_ever_hard()
    {
        string[] statuses = ["5.2.2", "5.7.0", "5.7.1", "5.7.26", "5.7.133", "5.7.515", "4.1.1", "4.2.1", "4.4.4", "4.7.1", "5.3.4", "5.6.0", "5.1.7", "5.1.8"];
        string?[] words = [null, "user unknown", "no such user", "host not found", "account disabled", "550 5.1.1 x"];
        foreach (var status in statuses)
            foreach (var text in words)
                Assert.NotEqual(BounceKind.Hard, BounceVerdicts.Judge(new DeliveryRecipient("a@b.example", null, "failed", status, text, null)).Kind);
    }

    [Fact]
    public void A_report_that_is_no_failure_never_counts_as_a_bounce()
    {
        foreach (var action in new[] { "delivered", "relayed", "expanded", "delayed" })
            foreach (var status in new[] { null, "2.0.0", "4.4.1", "5.1.1", "5.0.0" })
            {
                var facts = new InboundFacts { Delivery = new(null, null, [new("a@b.example", null, action, status, "550 5.1.1 user unknown", null)]) };
                var judged = InboundRules.Judge(facts);
                Assert.Equal(InboundKind.Bounce, judged.Kind);
                Assert.False(judged.CountsAsBounce);
            }
    }
}
