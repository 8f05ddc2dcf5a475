using EmailTasks.Server.Message;
using Xunit;

namespace EmailTasks.Server.Tests.Message;

public class TextFromHtmlTests
{
    [Theory]
    [InlineData("<h1>Hi  {{ name }}</h1><p>one<br>two\n three</p><p>four</p>", "Hi Ann\n\none\ntwo three\n\nfour")]
    [InlineData("<ul><li>a</li><li><p>b</p></li></ul><ol><li>c<li>d</ol>", "- a\n- b\n\n1. c\n2. d")]
    [InlineData("<p>See <a href=\"https://x.example/a\">our page</a> or <a href=\"https://x.example/\">x.example</a>.</p>", "See our page (https://x.example/a) or x.example.")]
    [InlineData("<a href=\"mailto:a@b.example\">a@b.example</a> <a href=\"#top\">top</a>", "a@b.example top")]
    [InlineData("<a href=\"https://x.example/{{ name }}\"><img src=https://x.example/i.png alt=\"Shoe\"></a>", "Shoe (https://x.example/Ann)")]
    [InlineData("<a href=\"{{ unsubscribe_url }}\">out</a>", "out (mailto:me@brand.example?subject=unsubscribe-uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu)")]
    [InlineData("<title>t</title><style>p{color:red}</style><div style=\"DISPLAY: none\">hidden</div><p>seen</p>", "seen")]
    [InlineData("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc")]
    [InlineData("<p>x {{ product_cards }} y</p>", "x\n\nShoe & <b> - 49.00 EUR\nhttps://s.example/?a=1&b=2\n\ny")]
    [InlineData("<p>a&nbsp;&nbsp;b &lt;c&gt; {{ x | default: \"<d>\" }}</p>", "a b <c> <d>")]
    [InlineData("<pre>a\n  b</pre><hr>c", "a\nb\n\n---\n\nc")]
    public void Html_without_text_gets_one(string html, string expected)
    {
        var plan = Contents.Plan(products: [new ProductCard("Shoe & <b>", "https://s.example/?a=1&b=2", "49.00", "EUR", null)]);
        Assert.Equal(expected, Contents.Compile(html, preheader: "not in the text").Render(plan: plan).Text);
    }
}
