using EmailTasks.Core.Links;
using Xunit;

namespace EmailTasks.Core.Tests.Links;

/// <summary>Every line of <c>links.tsv</c>: what a link's words show, and what its address passes for.</summary>
public sealed class LinkTests
{
    public static TheoryData<string, string, string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string, string, string>();
            foreach (var row in Tsv.Rows("Links/links.tsv")) data.Add(row[0], row[1], row[2], row[3]);
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_link_is_judged_as_its_line_says(string kind, string words, string target, string expected)
    {
        var found = (kind == "text" ? LinkText.Differs(words, target) : Lookalikes.Of(target, "brand.example")) ?? "-";
        if (expected == "-") Assert.Equal("-", found);
        else Assert.Contains(expected, found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://bit.ly/3abc", true, false)]
    [InlineData("https://track.example/?url=https%3A%2F%2Fevil.example", false, true)]
    [InlineData("https://track.example/r?to=//evil.example", false, true)]
    [InlineData("https://brand.example/sale?utm_source=mail", false, false)]
    public void Who_leads_on_is_told(string url, bool isShortener, bool leadsOn)
    {
        var address = WebAddress.Parse(url)!;
        Assert.Equal((isShortener, leadsOn), (Redirects.IsShortener(address.Host), Redirects.LeadsOn(address)));
    }
}
