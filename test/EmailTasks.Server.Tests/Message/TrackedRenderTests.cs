using System.Text;
using System.Text.RegularExpressions;
using EmailTasks.Server.Message;
using Xunit;

namespace EmailTasks.Server.Tests.Message;

/// <summary>What of a message points at this server, what is left as it was, and where its links lead.</summary>
public sealed partial class TrackedRenderTests
{
    private const string Base = "https://mail.brand.example";
    private static readonly OwnLinks All = new(Base, Opens: true, Clicks: true, OneClick: true);
    private static readonly ProductCard Shoe = new("Shoe", "https://shop.example/shoe?a=1&b=2", "49.00", "EUR", "https://shop.example/shoe.png");

    private static RenderPlan Plan(OwnLinks links, params ProductCard[] products) => Contents.Plan(products: products) with { Links = links };

    private static string Html(string html, OwnLinks? links = null, MessageRecipient? recipient = null, params ProductCard[] products) =>
        Contents.Compile(html).Render(recipient, Plan(links ?? All, products)).Html!;

    [Fact]
    public void Web_links_lead_through_this_server_and_nothing_else_does()
    {
        var html = Html("<p><a href=\"https://a.example/x?y=1&amp;z=2\">a</a> <a href=\"http://b.example/\">b</a> <a href=\"mailto:me@brand.example\">m</a> "
            + "<a href=\"#top\">t</a> <a href=\"{{ unsubscribe_url }}\">stop</a> <img src=\"https://a.example/i.png\"></p>");
        Assert.Contains($"<a href=\"{Base}/t/c/{Contents.Tokens.Click(1)}\">a</a> <a href=\"{Base}/t/c/{Contents.Tokens.Click(2)}\">b</a>", html);
        Assert.Contains("<a href=\"mailto:me@brand.example\">m</a> <a href=\"#top\">t</a>", html);
        Assert.Contains($"<a href=\"{Base}/u/{Contents.Tokens.Unsubscribe}\">stop</a>", html);
        Assert.Contains("src=\"https://a.example/i.png\"", html);
        Assert.DoesNotContain("a.example/x", html);
    }

    [Fact]
    public void The_pixel_is_the_last_thing_of_the_body()
    {
        var pixel = $"<img src=\"{Base}/t/o/{Contents.Tokens.Open}.gif\" width=\"1\" height=\"1\" alt=\"\" style=\"border:0\"></body></html>";
        Assert.EndsWith(pixel, Html("<p>Hi</p>").TrimEnd());
        var footer = new Footer(["<div>1 Main St</div>"], null);
        var html = Contents.Compile("<p>Hi</p>").Render(plan: Plan(All) with { Footer = footer }).Html!;
        Assert.EndsWith("<div>1 Main St</div>" + pixel, html.TrimEnd());
        Assert.Single(Regex.Matches(html, "/t/o/"));
        Assert.DoesNotContain("/t/o/", Html("<p>Hi</p>", All with { Opens = false }));
        Assert.DoesNotContain("/t/c/", Html("<p><a href=\"https://a.example\">a</a></p>", All with { Clicks = false }));
    }

    [Fact]
    public void Plain_text_is_left_alone_but_for_the_opt_out()
    {
        var text = Contents.Compile(text: "See https://a.example or {{ unsubscribe_url }}").Render(plan: Plan(All));
        Assert.Null(text.Html);
        Assert.Equal($"See https://a.example or {Base}/u/{Contents.Tokens.Unsubscribe}", text.Text);
        var derived = Contents.Compile("<p><a href=\"https://a.example/x\">here</a></p>").Render(plan: Plan(All));
        Assert.Contains("https://a.example/x", derived.Text);
        Assert.DoesNotContain("/t/c/", derived.Text);
    }

    [Fact]
    public void Product_cards_are_counted_too_each_under_one_number()
    {
        var html = Html("<p><a href=\"https://a.example\">a</a></p><p>{{ product_cards }}</p>", products: [Shoe, Shoe with { Title = "Boot", Link = "https://shop.example/boot", ThumbnailUrl = null }]);
        Assert.Equal([(1, 1), (2, 2), (3, 1)], Numbers(html).GroupBy(n => n).Select(g => (g.Key, g.Count())).OrderBy(g => g));
        Assert.DoesNotContain("shop.example/boot", html);
        Assert.Contains("src=\"https://shop.example/shoe.png\"", html);
    }

    [Theory]
    [InlineData("https://{{ host }}/p", "shop.example", "https://shop.example/p")]
    [InlineData("{{ host }}", "https://shop.example/ä?q=ü", "https://shop.example/ä?q=ü")]
    [InlineData("{{ host }}", "mailto:ann@example.com", null)]
    public void A_link_leads_where_it_would_have_led(string href, string value, string? target)
    {
        var content = Contents.Compile($"<p><a href=\"https://first.example/\">f</a> <a href=\"{href}\">x</a></p>");
        var renderer = new MessageRenderer(content, Plan(All));
        var recipient = Contents.Recipient(variables: ("host", value));
        Assert.Equal("https://first.example/", renderer.LinkTarget(recipient, 1));
        Assert.Equal(target, renderer.LinkTarget(recipient, 2));
        Assert.Equal([null, null, null], new[] { 0, 3, -1 }.Select(n => renderer.LinkTarget(recipient, n)));
        var html = renderer.Render(recipient, Contents.Tokens).Text!.Html!;
        Assert.Contains(target is null ? $"href=\"{value}\"" : $"href=\"{Base}/t/c/{Contents.Tokens.Click(2)}\"", html);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("https://shop.example\" onclick=\"x")]
    [InlineData("//evil.example")]
    public void A_value_that_is_no_address_leads_nowhere(string value)
    {
        var renderer = new MessageRenderer(Contents.Compile("<p><a href=\"{{ host }}\">x</a></p>"), Plan(All));
        Assert.Null(renderer.LinkTarget(Contents.Recipient(variables: ("host", value)), 1));
    }

    [Fact]
    public void What_is_saved_knows_nothing_of_marks()
    {
        const string html = "<p><a href=\"https://a.example/{{ video }}\">a</a> <a href=\"https://b.example/\">b</a></p>";
        var content = Contents.Compile(html);
        Assert.Contains("<a href=\"https://a.example/{{ video }}\">a</a> <a href=\"https://b.example/\">b</a>", content.HtmlSource);
        Assert.Equal(content.Digest, Contents.Compile(content.HtmlSource).Digest);
        var untracked = content.Render(Contents.Recipient(variables: ("video", "v")), Plan(OwnLinks.None)).Html!;
        Assert.Contains("<a href=\"https://a.example/v\">a</a> <a href=\"https://b.example/\">b</a>", untracked);
    }

    [Fact]
    public void The_bytes_of_a_preview_are_those_of_the_wire_but_for_the_tokens()
    {
        var renderer = new MessageRenderer(Contents.Compile("<p>{{ name }} <a href=\"https://a.example/\">a</a> <a href=\"{{ unsubscribe_url }}\">stop</a></p><p>{{ product_cards }}</p>"), Plan(All, Shoe));
        string Bytes(MessageTokens tokens)
        {
            var text = renderer.Render(Contents.Recipient(), tokens).Text!;
            using var mime = renderer.BuildMime(text, Contents.Recipient(), tokens, Contents.Date);
            return Encoding.Latin1.GetString(MessageRenderer.ToBytes(mime));
        }
        string real = Bytes(Contents.Tokens), shown = Bytes(MessageTokens.Inert);
        Assert.Equal(real.Length, shown.Length);
        var differ = real.Zip(shown).Where(p => p.First != p.Second).Select(p => p.Second).Distinct().Order();
        Assert.Equal("abcd", string.Concat(differ));
    }

    [Fact]
    public void The_header_offers_page_and_mail_and_the_post_only_where_it_may()
    {
        string Headers(OwnLinks links)
        {
            var renderer = new MessageRenderer(Contents.Compile("<p>Hi</p>"), Plan(links));
            using var mime = renderer.BuildMime(renderer.Render(Contents.Recipient(), Contents.Tokens).Text!, Contents.Recipient(), Contents.Tokens, Contents.Date);
            return Encoding.Latin1.GetString(MessageRenderer.ToBytes(mime)).Split("\r\n\r\n")[0];
        }
        var u = Contents.Tokens.Unsubscribe;
        Assert.Contains($"<{Base}/u/{u}>, <mailto:me@brand.example?subject=unsubscribe-{u}>", Headers(All));
        Assert.Contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click", Headers(All));
        Assert.DoesNotContain("-Post", Headers(All with { OneClick = false }));
        Assert.DoesNotContain(Base, Headers(OwnLinks.None));
    }

    private static IEnumerable<int> Numbers(string html) => Click().Matches(html).Select(m => m.Groups["number"].Value[0] - '0');

    [GeneratedRegex("/t/c/(?<number>[0-9])[0-9]{47}\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Click();
}
