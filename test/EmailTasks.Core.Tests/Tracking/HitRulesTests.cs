using EmailTasks.Core.Tracking;
using Xunit;

namespace EmailTasks.Core.Tests.Tracking;

/// <summary>Who is a person and who a machine, with the names they really give.</summary>
public sealed class HitRulesTests
{
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
    private const string Google = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";

    private static HitSignals Hit(HitKind kind, string agent = Firefox, string method = "GET", string purpose = "", double seconds = 60, int atOnce = 1, int links = 5) =>
        new(kind, method, agent, purpose, seconds, atOnce, links);

    public static TheoryData<HitSignals, bool, string> Cases => new()
    {
        { Hit(HitKind.Open), true, "none" },
        { Hit(HitKind.Click), true, "none" },
        { Hit(HitKind.Open, seconds: 4.99), false, "too_soon" },
        { Hit(HitKind.Open, seconds: 5), true, "none" },
        { Hit(HitKind.Click, seconds: -1), false, "too_soon" },
        { Hit(HitKind.Open, method: "HEAD"), false, "head_request" },
        { Hit(HitKind.Open, purpose: "prefetch;prerender"), false, "prefetch" },
        { Hit(HitKind.Click, purpose: "Preview"), false, "prefetch" },
        // The proxies of Gmail and Yahoo fetch when the reader opens, unless it is at the delivery.
        { Hit(HitKind.Open, Google), true, "google_proxy" },
        { Hit(HitKind.Open, Google, seconds: 2), false, "too_soon" },
        { Hit(HitKind.Open, "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"), true, "yahoo_proxy" },
        // Apple's proxy says no more than this; others say more.
        { Hit(HitKind.Open, "Mozilla/5.0"), false, "apple_privacy" },
        { Hit(HitKind.Open, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"), true, "none" },
        { Hit(HitKind.Open, ""), false, "no_agent" },
        { Hit(HitKind.Click, ""), false, "no_agent" },
        { Hit(HitKind.Click, atOnce: 2), true, "none" },
        { Hit(HitKind.Click, atOnce: 3), false, "every_link" },
        { Hit(HitKind.Click, atOnce: 2, links: 2), false, "every_link" },
        // A mail with one link tells nothing by it.
        { Hit(HitKind.Click, atOnce: 1, links: 1), true, "none" },
        { Hit(HitKind.Click, "BarracudaCentral/1.0"), false, "scanner" },
        { Hit(HitKind.Click, "python-requests/2.32"), false, "library" },
        { Hit(HitKind.Click, "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"), false, "crawler" },
        { Hit(HitKind.Click, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0 Safari/537.36"), false, "automation" },
        { Hit(HitKind.Click, "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"), false, "preview" },
        { Hit(HitKind.Click, "WhatsApp/2.23.20.0"), false, "preview" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Each_is_told_by_its_rule(HitSignals hit, bool person, string reason) => Assert.Equal(new HitJudgement(person, reason), HitRules.Judge(hit));

    [Theory]
    [InlineData(null, null, false, true)]
    [InlineData(null, null, true, false)]
    [InlineData(null, true, true, true)]
    [InlineData(null, false, false, false)]
    [InlineData(true, false, true, true)]
    [InlineData(false, true, false, false)]
    public void The_task_decides_then_the_account_then_the_kind_of_mailbox(bool? task, bool? account, bool isGmail, bool wanted) =>
        Assert.Equal(wanted, TrackingRules.IsWanted(task, account, isGmail));
}
