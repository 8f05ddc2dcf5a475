using EmailTasks.Core.Inbound;
using Xunit;

namespace EmailTasks.Core.Tests.Inbound;

/// <summary>Whether a sender is who he says, by the word of one server alone (RFC 8601).</summary>
public sealed class SenderAuthenticationTests
{
    public static TheoryData<string, string?, string?, bool, SenderProof, string[]> Cases
    {
        get
        {
            var data = new TheoryData<string, string?, string?, bool, SenderProof, string[]>();
            foreach (var c in Tsv.Rows("Inbound/authentication.tsv"))
                data.Add(c[0], c[1] == "-" ? null : c[1], c[2] == "-" ? null : c[2].Split(' ')[0], !c[2].EndsWith(" two", StringComparison.Ordinal), Enum.Parse<SenderProof>(c[3]), c[4].Length == 0 ? [] : c[4].Split('|'));
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Only_the_topmost_word_of_the_believed_server_counts(string what, string? authservId, string? from, bool isOne, SenderProof expected, string[] headers)
    {
        Assert.NotEmpty(what);
        Assert.Equal(expected, SenderAuthentication.Judge(headers, authservId, from, isOne));
    }

    [Theory]
    [InlineData(5, 0, 0, "mx.brand.example")]
    [InlineData(4, 0, 0, null)] // too few to tell
    [InlineData(40, 10, 0, "mx.brand.example")]
    [InlineData(40, 11, 0, null)] // somebody wrote too many
    [InlineData(5, 0, 5, null)] // half of them say nothing: those that do may be forged
    [InlineData(0, 50, 0, "mx.evil.example")] // whoever writes all of a mailbox's mail may name himself
    [InlineData(0, 0, 50, null)]
    public void A_name_is_learnt_where_nearly_all_agree(int ours, int forged, int without, string? learnt) => Assert.Equal(learnt, SenderAuthentication.Learn(
        [.. Enumerable.Repeat("mx.brand.example; spf=none", ours), .. Enumerable.Repeat("mx.evil.example; dmarc=pass", forged), .. Enumerable.Repeat<string?>(null, without)]));

    [Theory]
    [InlineData("mx.brand.example; dkim=pass header.d=brand.example", "mx.brand.example")]
    [InlineData("mx.brand.example; dkim=pass header.d=evil.example", null)]
    [InlineData("dkim=pass header.d=brand.example", null)]
    [InlineData(null, null)]
    public void A_mail_of_our_own_teaches_it_where_it_passed(string? topmost, string? learnt) => Assert.Equal(learnt, SenderAuthentication.LearnFromOwn(topmost, "mia@brand.example"));
}
