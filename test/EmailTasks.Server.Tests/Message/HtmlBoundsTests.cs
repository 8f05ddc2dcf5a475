using System.Diagnostics;
using AngleSharp.Dom;
using CsCheck;
using EmailTasks.Server.Message;
using Xunit;

namespace EmailTasks.Server.Tests.Message;

/// <summary>What passes the bounds can be parsed in bounded work, however its tags are written; what real mails do passes.</summary>
public sealed class HtmlBoundsTests
{
    private const int Repeats = 2_300;
    private const int DepthMost = 4 * HtmlBounds.Open;
    private const int ElementsMost = HtmlBounds.Reopened + (3 * HtmlBounds.Tags);

    [Theory]
    [InlineData("<div>")]
    [InlineData("<div></span>")]
    [InlineData("<div title=\"</div>\">")]
    [InlineData("<div title='</div>'>")]
    [InlineData("<div title = \"</div>\">")]
    [InlineData("<div title=x title=\"</div>\" id='</div>'>")]
    [InlineData("<div><!-- </div> -->")]
    [InlineData("<div><!--></div><div><!-- </div> -->")]
    [InlineData("<div><style></div></style>")]
    [InlineData("<div><title></div></title>")]
    [InlineData("<div><textarea></div></textarea>")]
    [InlineData("<div><xmp></div></xmp>")]
    [InlineData("<div><script></div></script>")]
    [InlineData("<div><script><!--<script></script></div>--></script>")]
    [InlineData("<div><!x </div>")]
    [InlineData("<div><?x </div>")]
    [InlineData("<xxxxxxxxxxxxA></xxxxxxxxxxxxB>")]
    [InlineData("<xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxA></xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxB>")]
    [InlineData("<x=\"1></x=\"2>")]
    [InlineData("<x-one></x-two>")]
    [InlineData("<x:one></x:two>")]
    [InlineData("<div><table><tr><td></div>")]
    [InlineData("<div><table><tr><td></div></table>")]
    [InlineData("<div><object></div></object>")]
    [InlineData("<object><table></object></table>")]
    [InlineData("<svg><title></svg></title>")]
    [InlineData("<div><svg><title><style></svg></div></style></title></svg>")]
    [InlineData("<div><svg><style a=\"</style>\"></svg></div>", true)]
    [InlineData("<div><svg><![CDATA[</svg></div>]]></svg>")]
    [InlineData("<b class=N></i>")]
    [InlineData("<b class=N></b class=\"", true)]
    [InlineData("<b class=N><table><tr><td></b></table>")]
    [InlineData("<b class=N><object></b></object>")]
    [InlineData("<b class=N title='</b>'>")]
    [InlineData("<i class=N><style></i></style>")]
    public void What_hides_that_it_nests_is_refused(string unit, bool mayPass = false)
    {
        var html = Repeated(unit, Math.Min(Repeats, HtmlBounds.Tags / unit.Count(c => c == '<')));
        var problem = HtmlBounds.Problem(html);
        TestContext.Current.TestOutputHelper?.WriteLine($"{unit}: {problem ?? "passes"}");
        if (problem is null) Parsed(html);
        Assert.True(problem is not null || mayPass);
    }

    [Fact]
    public void Formatting_that_is_opened_again_in_every_block_is_refused_by_what_it_would_cost()
    {
        var head = "<p>" + Repeated("<b class=N>", HtmlBounds.OpenFormatting);
        Assert.NotNull(HtmlBounds.Problem(head + Repeated("<p>x", 15_000)));
        var most = head + Repeated("<p>x", 900);
        Assert.Null(HtmlBounds.Problem(most));
        Parsed(most);
    }

    [Theory]
    [InlineData("<!-- --!", 10_000)]
    [InlineData("</script", 19_000, "<script><!--<script")]
    [InlineData("<!--[if mso]>", 19_000)]
    [InlineData("<a b='", 19_000)]
    [InlineData("<![CDATA[", 19_000, "<svg>")]
    [InlineData("<x", 19_000, "<!--")]
    public void Looking_costs_little_itself(string unit, int times, string head = "")
    {
        var html = head + Repeated(unit, times) + new string('x', 300_000);
        var started = Stopwatch.GetTimestamp();
        HtmlBounds.Problem(html);
        var took = Stopwatch.GetElapsedTime(started);
        TestContext.Current.TestOutputHelper?.WriteLine($"{head}{unit}: {took.TotalMilliseconds:F0} ms");
        Assert.True(took < TimeSpan.FromSeconds(5), $"{took}");
    }

    [Fact]
    public void Foreign_content_nests_where_HTML_does_not() => Assert.NotNull(HtmlBounds.Problem("<svg>" + Repeated("<td>", 5_000)));

    [Theory]
    [InlineData("a table of tables", "<table><tr><td><div><table><tr><td><a href=\"x\"><b>Hi</b></a></td></tr></table></div></td></tr></table>", 600)]
    [InlineData("tables for one program, opened in one comment and closed in another", "<!--[if mso]><table><tr><td><![endif]--><div><a href=x><span>Hi</span></a></div><!--[if mso]></td></tr></table><![endif]-->", 600)]
    [InlineData("buttons padded for one program", "<a href=x><!--[if mso]><i style=\"letter-spacing:25px\">&nbsp;</i><![endif]--><span>Go</span><!--[if mso]><i>&nbsp;</i><![endif]--></a>", 900)]
    [InlineData("paragraphs that nobody closed", "<p>One<p>Two<br><li>Three", 3_000)]
    [InlineData("quotes and signs in attributes", "<img alt='a \"b\" > c' src=x><a title=\"2 > 1\" href=x>y</a>", 3_000)]
    [InlineData("a style sheet within a comment", "<style><!-- p > b { color: red } --></style><div>Hi</div>", 1_500)]
    [InlineData("a picture of shapes", "<div><svg viewBox=\"0 0 1 1\"><title>x</title><path d=\"M0 0\"/></svg></div><a>y</a>", 400)]
    [InlineData("data for a program", "<script type=\"application/ld+json\">{\"@type\":\"Order\"}</script><div>Hi</div>", 1_000)]
    [InlineData("signs that are no tags", "1 < 2, a <- b, <3 </3 < p", 1_000)]
    public void What_real_mails_do_passes(string what, string unit, int repeats) => Assert.True(HtmlBounds.Problem(Repeated(unit, repeats)) is null, what);

    [Fact]
    public void Whatever_passes_is_parsed_in_bounded_work() =>
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[1, 8].Sample(
            unit =>
            {
                var text = string.Concat(unit);
                var html = Repeated(text, Math.Min(Repeats, HtmlBounds.Tags / Math.Max(1, text.Count(c => c == '<'))));
                if (HtmlBounds.Problem(html) is null) Parsed(html);
            },
            iter: 120, threads: 1);

    private static readonly string[] Pieces =
    [
        "<div>", "</div>", "<b class=N>", "</b>", "<p>", "</p>", "<table>", "<tr><td>", "</table>", "<a href=N>", "</a>", "<svg>", "</svg>", "<math>", "</math>", "<td>", "<title>", "</title>", "<style>", "</style>",
        "<!--", "-->", "<![CDATA[", "]]>", "<x y=\"", "\">", "'", "<select>", "</select>", "<object>", "</object>", "<template>", "</template>", "<button>", "</button>", "<foreignObject>", "<desc>", "<mi>", "</script>", "<script>", "x",
        "<font color=N>", "</font>", "<li>", "<option>", "<textarea>", "</textarea>", "<plaintext>", "<caption>", "<html>", "</body>", "<frameset>",
    ];

    private static string Repeated(string unit, int times) => string.Concat(Enumerable.Range(0, times).Select(i => unit.Replace("N", "n" + i, StringComparison.Ordinal)));

    private static void Parsed(string html)
    {
        var started = Stopwatch.GetTimestamp();
        using var document = EmailHtml.Parse(html);
        var elements = document.All.Length;
        var depth = 0;
        for (INode? node = document; node is not null; node = node.LastChild) depth++;
        Assert.True(elements <= ElementsMost, $"{elements} elements from {html[..Math.Min(300, html.Length)]}");
        Assert.True(depth <= DepthMost, $"{depth} deep: {html[..Math.Min(300, html.Length)]}");
        if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(2)) TestContext.Current.TestOutputHelper?.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s, {elements} elements, {depth} deep: {html[..Math.Min(120, html.Length)]}");
    }
}
