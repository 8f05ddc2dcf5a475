using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Tracking;

/// <summary>The opt-out as people meet it: in a browser, with one click.</summary>
public sealed class PageTests
{
    [Theory]
    [InlineData(1000)]
    [InlineData(320)]
    public async Task One_click_on_the_page_opts_out(int width)
    {
        await using var world = await TrackedWorld.Make(StoreKind.Sqlite);
        await using var browser = await Browser.Start();
        var page = await browser.Open(new Uri(world.Server.Http.BaseAddress!, world.Mails[Worlds.Address(0)].OptOut).ToString(), width);
        Assert.Equal("Unsubscribe", (await page.Value("document.title")).GetString());
        Assert.True((await page.Value("document.documentElement.scrollWidth <= window.innerWidth")).GetBoolean());
        Assert.Equal(0, (await world.Server.Get("/v1/suppressions")).Number("total_size"));
        await page.Loads(() => page.Value("document.querySelector('button').click()"));
        Assert.Equal("You are unsubscribed", (await page.Value("document.querySelector('h1').textContent")).GetString());
        Assert.Equal(1, (await world.Server.Get("/v1/suppressions")).Number("total_size"));
        Assert.DoesNotContain(page.Complaints, c => !c.Contains("favicon", StringComparison.Ordinal));
        Assert.All(page.Requests, r => Assert.StartsWith(world.Server.Http.BaseAddress!.ToString(), r));
    }

    [Fact]
    public async Task A_link_in_a_mail_leads_a_browser_to_where_it_says()
    {
        await using var world = await TrackedWorld.Make(StoreKind.Sqlite);
        await world.Age();
        var there = await TrackedWorld.Draft(world.Server, 1, $"<p>Go <a href=\"{world.Server.Http.BaseAddress}healthz?a=1&amp;b=ü\">there</a>, {{{{ name }}}}</p>");
        await world.Server.Send(there);
        await world.Server.Settled(there);
        await using var browser = await Browser.Start();
        var page = await browser.Open(new Uri(world.Server.Http.BaseAddress!, (await TrackedWorld.Read(world.Server, there))[Worlds.Address(0)].Clicks[0]).ToString());
        Assert.Equal("ok", (await page.Value("document.body.innerText")).GetString());
        Assert.EndsWith("/healthz?a=1&b=%C3%BC", (await page.Value("location.href")).GetString()!);
        Assert.Equal("", (await page.Value("document.referrer")).GetString());
    }
}
