using CsCheck;
using EmailTasks.Server.Message;
using Xunit;

namespace EmailTasks.Server.Tests.Message;

public class ContentCompilerTests
{
    public static TheoryData<string> Hostile => new(
        "<p>Hi</p><script>alert(1)</script>",
        "<p onclick=alert(1)>Hi</p>",
        "<p>Hi</p><img src=x onerror=alert(1)>",
        "<a href=\"javascript:alert(1)\">Hi</a>",
        "<a href=\"java\nscript:alert(1)\">Hi</a>",
        "<a href=\"&#106;avascript:alert(1)\">Hi</a>",
        "<a href=\"data:text/html,<script>alert(1)</script>\">Hi</a>",
        "<a href=\"vbscript:x\">Hi</a>",
        "<p>Hi</p><iframe src=\"https://x.example\"></iframe>",
        "<p>Hi</p><svg><script>alert(1)</script></svg>",
        "<p>Hi</p><math><mtext></mtext><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\"></math>",
        "<p>Hi</p><noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<p>Hi</p><form action=\"https://x.example\"><input name=a><button>Go</button></form>",
        "<p>Hi</p><meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
        "<p>Hi</p><base href=\"https://evil.example\"><link rel=stylesheet href=\"https://evil.example\">",
        "<style>@import url(https://evil.example); p{background:url(javascript:alert(1))}</style><p>Hi</p>",
        "<p style=\"width:expression(alert(1))\">Hi</p>",
        "<p style=\"behavior:url(https://evil.example)\">Hi</p>",
        "<p style=\"width:e\\78pression(alert(1))\">Hi</p>",
        "<p>Hi</p><object data=x></object><embed src=x><template><script>alert(1)</script></template>",
        "<p>Hi<!--[if mso]><script>alert(1)</script><![endif]--></p>",
        "<p>Hi</p><textarea><img title=\"</textarea><img src=x onerror=alert(1)>\"></textarea>");

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_runs_loads_or_submits_is_taken_out_and_named(string html)
    {
        var content = Contents.Compile(html);
        Assert.NotEmpty(content.Removed);
        using var document = EmailHtml.Parse(content.Render().Html!);
        Assert.Empty(document.QuerySelectorAll("script,iframe,form,input,button,object,embed,svg,math,link,base,noscript,template,textarea,meta[http-equiv]"));
        Assert.All(document.All.SelectMany(e => e.Attributes), a =>
        {
            Assert.False(a.Name.StartsWith("on", StringComparison.Ordinal), a.Name);
            Assert.DoesNotContain("script:", a.Value.Replace("\n", "", StringComparison.Ordinal));
            Assert.DoesNotContain("expression", a.Name == "style" ? a.Value : "");
        });
        Assert.DoesNotContain("evil.example", content.HtmlSource);
        Assert.DoesNotContain("<!--", content.HtmlSource);
        Assert.Contains("Hi", content.Render().Text);
    }

    [Fact]
    public void What_was_removed_is_said_in_words()
    {
        var content = Contents.Compile("<p onclick=x style=\"color:#fff;behavior:url(#a)\">Hi</p><script>1</script><font-x>kept</font-x><a href=javascript:x>l</a><!-- c -->");
        Assert.Equal(
            ["<script> element", "CSS property behavior of <p>", "<font-x> element, its content is kept", "onclick attribute of <p>",
                "href attribute of <a> (not an http, https or mailto URL)", "comment"],
            content.Removed);
        Assert.Contains("kept", content.HtmlSource);
        Assert.Contains("style=\"color:#fff\"", content.HtmlSource);
    }

    public static TheoryData<string> Mails => new(
        "<p>Hi {{ name | default: \"there\" }}</p>",
        "<a href=\"{{ link | default: \"https://x.example/?a=1&b=2\" }}\" title='{{ t | append: \"'>\" }}'>{{name}}</a>",
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"iso-8859-1\"><title>{{ name }}</title>\n<style type=\"text/css\">\n/* c */ p > a:hover{color:#FFF !important;mso-line-height-rule:exactly}\n@media only screen and (max-width:600px){.a{width:100%!important}}@font-face{font-family:\"X\";src:url(https://x.example/f.woff)}</style>\n</head>\n<body bgcolor=\"#fff\" style=\"margin:0;font-family:'Segoe UI',Arial\">\n<center><table width=600 cellpadding=0><tr><td align=center>{{ product_cards }}</td></tr></table></center>\n</body>\n</html>\n",
        "{&#123; name }} &#123;{{ name }}} {&#37; if %} &lt;script&gt;&nbsp;&amp;amp;",
        "<pre>\n\n\n x\n y</pre><p>a<p>b<table><td>c<div>d</table>e",
        "<table><form><tr><td>Hi</td></tr></form></table><p><form>x</form>",
        "<b><p>mis</b>nested</p><a href=https://a.example>one<a href=https://b.example>two</a>",
        "<style>@media x{ %a{color:red}} a{content:\"\\7b\\7b x }}\"} b{content:'}}'}</style><p>Hi</p>",
        "text\r\nwith\rlines <img src=https://x.example/{{ id }}.png alt=\"{{ name }}\"> 日本 😀");

    [Theory]
    [MemberData(nameof(Mails))]
    public void What_was_compiled_compiles_again_to_itself(string html)
    {
        var once = Contents.Compile(html, preheader: "Pre {{ name }}");
        var twice = Contents.Compile(once.HtmlSource, preheader: "Pre {{ name }}");
        Assert.Equal(once.HtmlSource, twice.HtmlSource);
        Assert.Equal(once.Digest, twice.Digest);
        Assert.Empty(twice.Removed);
        var recipient = Contents.Recipient("<A&b>", variables: [("link", "https://y.example/?q='x'"), ("t", "\"t"), ("id", "7")]);
        var plan = Contents.Plan(products: [new ProductCard("Shoe <1>", "https://s.example", "49.00", "EUR", null)]);
        recipient = recipient with { Variables = new Dictionary<string, string> { ["link"] = "https://y.example/", ["t"] = "\"t", ["id"] = "7" } };
        Assert.Equal(once.Render(recipient, plan) with { DefaultsUsed = [] }, twice.Render(recipient, plan) with { DefaultsUsed = [] });
    }

    private static readonly string[] Scraps =
    [
        "<p>", "</p>", "<b>", "</b>", "<a href=\"", "<a href='", "\"", "'", ">", "<", "</a>", "<table>", "<tr>", "<td>", "</table>", "<ul>", "<li>", "</ul>",
        "<style>", "</style>", "<script>", "</script>", "<!--", "-->", "<title>", "</title>", "<body style=\"", "<div class=x>", "</div>", "<form>", "</form>",
        "<svg>", "</svg>", "<math>", "<mtext>", "<noscript>", "</noscript>", "<textarea>", "</textarea>", "<pre>", "\n", "</pre>", "<select>", "<option>",
        "<img src=", "https://x.example/", "javascript:", " onclick=", "alert(1)", "{{ name }}", "{{ x | default: \"<'\" }}", "{{ product_cards }}",
        "&#123;", "{", "}", "&lt;", "&amp;", "&quot;", "text", " ", "@media x{", "p{color:red}", "}", "\\7b ", "url(", ")", ";", ":", "/*", "*/", "%", "<plaintext>",
        "<frameset>", "<head>", "</head>", "<html lang=", "<br>", "<template>", "</template>", "\u00a0", "é", "<font color=", "<o:p>", "</o:p>", "<![CDATA[", "]]>", "<?x", "&#0;", "&#x80;",
    ];

    private const int Rounds = 400;

    [Fact]
    public void Any_html_is_refused_or_compiles_to_something_stable_and_clean() =>
        Gen.Int[0, Scraps.Length - 1].Select(i => Scraps[i]).Array[0, 30].Sample(scraps =>
        {
            var result = ContentCompiler.Compile(new ContentSource("s", string.Concat(scraps), "t", null));
            Assert.Equal(result.Content is null, result.Problems.Count > 0);
            if (result.Content is not { HtmlSource: { } source } once) return;
            var again = ContentCompiler.Compile(new ContentSource("s", source, "t", null));
            Assert.Empty(again.Problems);
            Assert.Equal(source, again.Content!.HtmlSource);
            Assert.Equal(once.Html!.Outputs.Select(o => o.Expression), again.Content.Html!.Outputs.Select(o => o.Expression));
            using var document = EmailHtml.Parse(string.Concat(once.Html.Segments.Select(s => s.Literal ?? "value")));
            Assert.All(document.All, e => Assert.DoesNotContain(e.LocalName, new[] { "script", "svg", "math", "template", "noscript", "form", "textarea" }));
            Assert.All(document.All.SelectMany(e => e.Attributes), a =>
            {
                Assert.False(a.Name.StartsWith("on", StringComparison.Ordinal), string.Concat(scraps) + "\n=>\n" + source);
                Assert.False(a.Name is "href" or "src" && a.Value.TrimStart().StartsWith("javascript:", StringComparison.OrdinalIgnoreCase), a.Value);
            });
        }, iter: Rounds);

    [Fact]
    public void Mail_css_is_kept_to_the_letter()
    {
        var html = Contents.Compile(Mails.ElementAt(2).Data).HtmlSource!;
        Assert.Contains("color:#FFF !important;mso-line-height-rule:exactly", html);
        Assert.Contains("@media only screen and (max-width:600px){.a{width:100%!important}", html);
        Assert.Contains("font-family:'Segoe UI',Arial", html);
        Assert.Contains("charset=\"utf-8\"", html);
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", html);
    }

    [Theory]
    [InlineData("<p>Hi</p><style>p{color:{{ c }}}</style>", 1, 25, "<style>")]
    [InlineData("<p>Hi</p><script>{{ c }}</script>", 1, 18, "<script>")]
    [InlineData("<p>Hi</p>\n<!-- {{ c }} -->", 2, 6, "a comment")]
    [InlineData("<p>Hi</p><{{ c }}>x", 1, 11, "a tag name")]
    [InlineData("<p>Hi</p><x{{ c }}>x", 1, 12, "a tag name")]
    [InlineData("<p {{ c }}=1>Hi</p>", 1, 4, "an attribute name")]
    [InlineData("<p style=\"color:{{ c }}\">Hi</p>", 1, 17, "a style attribute")]
    [InlineData("<p onclick=\"{{ c }}\">Hi</p>", 1, 13, "an event attribute")]
    [InlineData("<p>Hi</p {{ c }}>", 1, 10, "not show")]
    [InlineData("<p>Hi</p><textarea>{{ c }}</textarea>", 1, 20, "<textarea>")]
    [InlineData("<p>Hi</p><a title=\"{{ product_cards }}\">x</a>", 1, 20, "where cards can't be shown")]
    [InlineData("<title>{{ product_cards }}</title><p>Hi</p>", 1, 8, "where cards can't be shown")]
    public void An_output_where_no_escaping_helps_is_refused(string html, int line, int column, string place)
    {
        var problem = Assert.Single(Contents.Problems(html));
        Assert.Equal(("html_body", line, column), (problem.Member, problem.Line, problem.Column));
        Assert.Contains(place, problem.Problem);
    }

    [Fact]
    public void Faults_of_all_members_are_found_at_once()
    {
        var problems = Contents.Problems("<p>{{ x | nope }}</p>", "a\n{% b %}", "{{ product_cards }}", "a\nb");
        Assert.Equal(
            [("subject", 1, 1), ("preheader", 1, 2), ("html_body", 1, 11), ("text_body", 2, 1)],
            problems.Select(p => (p.Member, p.Line, p.Column)).OrderBy(p => Array.IndexOf(["subject", "preheader", "html_body", "text_body"], p.Member)));
    }

    [Theory]
    [InlineData(null, null, "Hello", "no visible text")]
    [InlineData(" ", "\n", "Hello", "no visible text")]
    [InlineData("<style>p{color:red}</style><p> &nbsp; </p>", null, "Hello", "no visible text")]
    [InlineData("<p>Hi</p>", null, " ", "subject is empty")]
    [InlineData("<p>Hi</p>", null, "a\r\nBcc: x@y.example", "control character")]
    [InlineData("<p>Hi\0</p>", null, "Hello", "U+0000")]
    [InlineData(null, "Hi\0", "Hello", "U+0000")]
    [InlineData("<p>{{ unsubscribe_url | upcase }}</p>", null, "Hello", "no filter but default")]
    public void What_can_not_be_a_mail_is_refused(string? html, string? text, string subject, string problem) =>
        Assert.Contains(problem, Assert.Single(Contents.Problems(html, text, subject)).Problem);

    /// <summary>Each of these took a parser minutes or gigabytes; it must never see them.</summary>
    [Theory]
    [InlineData("<div>", 15_000, "nested")]
    [InlineData("<div></b>", 9_000, "nested")]
    [InlineData("<table><tr><td>", 5_000, "nested")]
    [InlineData("<font color=red>", 5_000, "formatting")]
    [InlineData("<p><br>", 15_000, "tags")]
    public void What_would_grow_without_end_is_refused_before_a_tree_is_built(string piece, int times, string problem) =>
        Assert.Contains(problem, Assert.Single(Contents.Problems(string.Concat(Enumerable.Repeat(piece, times)) + "x")).Problem);

    [Fact]
    public void Sloppy_mail_is_no_endless_nesting()
    {
        Contents.Compile(string.Concat(Enumerable.Repeat("<p>one<li>two<td>three</div><br>", 2_000)) + "x");
        Contents.Compile(string.Concat(Enumerable.Repeat("<div><b>x</b></div>", 2_500)));
    }

    [Fact]
    public void The_content_says_what_it_uses()
    {
        var content = Contents.Compile("<p>{{ name }} {{ b }} {{ a | default: \"x\" }} <a href=\"{{ unsubscribe_url }}\">out</a></p>", subject: "{{ c }} {{ a | default: 'y' }}");
        Assert.Equal(["a", "b", "c"], content.VariablesUsed);
        Assert.Equal(["b", "c"], content.VariablesWithoutDefault);
        Assert.Equal(["name", "unsubscribe_url"], content.BuiltInsUsed);
        Assert.True(content.HasUnsubscribe);
        Assert.False(content.HasPostalAddress);
        Assert.Null(content.TextSource);
        Assert.False(Contents.Compile("<a href=\"{{ unsubscribe_url }}\">out</a>", "text without").HasUnsubscribe);
    }

    [Fact]
    public void Left_over_markers_are_found_in_what_people_see()
    {
        var content = Contents.Compile("<p class=\"[Name]\">Hi *|FNAME|*, [First Name] {name} &lt;&lt;x&gt;&gt; TODO [1] {{ name }}</p>", subject: "%FNAME% XXX 100%");
        Assert.Equal(["%FNAME%", "XXX", "*|FNAME|*", "[First Name]", "{name}", "<<x>>", "TODO"], content.LeftOverMarkers);
    }

    [Fact]
    public void The_digest_tells_absent_from_empty_and_one_member_from_the_next()
    {
        string[] digests =
        [
            Contents.Compile("<p>a</p>", subject: "s").Digest, Contents.Compile("<p>a</p>", "a", "s").Digest,
            Contents.Compile("<p>a</p>", subject: "s", preheader: "a").Digest, Contents.Compile(null, "a", "s").Digest, Contents.Compile(null, "s", "a").Digest,
        ];
        Assert.Equal(digests.Length, digests.Distinct().Count());
    }
}
