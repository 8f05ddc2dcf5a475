using System.Text;
using EmailTasks.Server.Inbound;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

public sealed class InboundBodyTests
{
    private static InboundBody Html(string html, string type = "text/html; charset=utf-8") =>
        InboundBodies.Read(Encoding.UTF8.GetBytes($"From: ann@creator.example\r\nContent-Type: {type}\r\n\r\n{html}"));

    [Fact]
    public void Plain_text_is_shown_with_its_quotes()
    {
        var body = InboundBodies.Read(Corpus.All.Single(s => s.File == "reply-top-quote.eml").Bytes);
        Assert.StartsWith("Hi Mia,\n\nsounds good", body.Text);
        Assert.Contains("> Would you try one?", body.Text);
        Assert.Null(body.Html);
        Assert.False(body.TextTruncated || body.HtmlTruncated || body.AttachmentsTruncated);
    }

    [Fact]
    public void Nothing_in_shown_html_loads_runs_or_can_be_followed()
    {
        var body = Html("""
            <html><head><style>p{background:url(https://evil.example/a.png)} @import "https://evil.example/b.css";</style><base href="https://evil.example/"></head>
            <body background="https://evil.example/c.png" onload="x()"><script>alert(1)</script>
            <p style="background-image:url('https://evil.example/d.png')">Hello <a href="https://evil.example/e" target="_blank">link</a></p>
            <img src="https://evil.example/f.png" srcset="https://evil.example/g.png 2x" alt="picture"><img src="cid:1"><a href="javascript:x()">j</a>
            <form action="https://evil.example/h"><input name="a"><button>go</button></form><iframe src="https://evil.example/i"></iframe>
            <svg><image href="https://evil.example/j"/></svg><video src="https://evil.example/k"></video><link rel="stylesheet" href="https://evil.example/l">
            <meta http-equiv="refresh" content="0;url=https://evil.example/m"></body></html>
            """);
        Assert.DoesNotMatch(@"(?i)(href|src|srcset|background|action|cite)\s*=", body.Html!);
        Assert.DoesNotMatch("(?i)url\\(|@import|<script|onload|<iframe|<form|<input|<base|<link|<svg|http-equiv", body.Html!);
        Assert.Contains("title=\"https://evil.example/e\"", body.Html!);
        Assert.Contains("alt=\"picture\"", body.Html!);
        Assert.Contains("Hello link", body.Text);
    }

    [Fact]
    public void Html_that_would_grow_is_not_shown_and_its_text_is()
    {
        string[] bombs =
        [
            string.Concat(Enumerable.Range(0, 5000).Select(i => $"<b x{i}>")) + string.Concat(Enumerable.Repeat("<p>a", 5000)),
            string.Concat(Enumerable.Repeat("<div>", 60_000)) + "deep",
            string.Concat(Enumerable.Repeat("<table><tr><td>", 15_000)) + "tables",
            string.Concat(Enumerable.Repeat("<a href=x><table>", 9_000)) + "foster",
            string.Concat(Enumerable.Repeat("<!--", 100_000)) + "x",
            string.Concat(Enumerable.Repeat("<style>", 70_000)) + "x",
            string.Concat(Enumerable.Repeat("<title>a</title>", 30_000)),
            new string('<', 500_000),
            string.Concat(Enumerable.Repeat("&amp", 120_000)),
            string.Concat(Enumerable.Repeat("<p style=\"" + new string('(', 50) + "\">", 8_000)),
        ];
        foreach (var bomb in bombs)
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var body = Html("hello " + bomb);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{bomb[..20]}: {clock.Elapsed}");
            Assert.StartsWith("hello", body.Text);
            if (body.Html is not null) Assert.True(body.Html.Length < 4_000_000);
        }
        Assert.True(Html("hello " + bombs[0]).HtmlTruncated);
        Assert.Null(Html("hello " + bombs[1]).Html);
    }

    [Fact]
    public void Attachments_are_listed_by_their_last_name()
    {
        var parts = string.Concat(Enumerable.Range(0, 150).Select(i => $"--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"../../etc/rates{i}.pdf\"\r\n\r\n12345\r\n"));
        var body = InboundBodies.Read(Encoding.ASCII.GetBytes($"From: a@creator.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n{parts}--x--\r\n"));
        Assert.Equal(InboundLimits.Attachments, body.Attachments.Length);
        Assert.True(body.AttachmentsTruncated);
        Assert.Equal(new InboundAttachment("rates0.pdf", "application/pdf", 5), body.Attachments[0]);
        Assert.Equal("hi", body.Text.Trim());
    }

    [Fact]
    public void Long_text_is_cut_and_says_so()
    {
        var body = InboundBodies.Read(Encoding.UTF8.GetBytes("From: a@creator.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + string.Concat(Enumerable.Repeat("😀 lang\r\n", 100_000))));
        Assert.True(body.TextTruncated);
        Assert.True(body.Text.Length <= InboundLimits.BodyBytes);
        Assert.DoesNotContain('\ufffd', body.Text);
    }

    [Fact]
    public void Every_message_of_the_corpus_can_be_shown()
    {
        foreach (var s in Corpus.All)
        {
            var body = InboundBodies.Read(s.Bytes);
            Assert.DoesNotContain('\0', body.Text + body.Html);
            if (body.Html is not null) Assert.DoesNotMatch(@"(?i)<[^>]*\s(href|src|background)\s*=", body.Html);
        }
    }
}
