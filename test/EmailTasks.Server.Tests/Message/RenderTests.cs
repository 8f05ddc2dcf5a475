using System.Text;
using CsCheck;
using EmailTasks.Server.Message;
using Xunit;

namespace EmailTasks.Server.Tests.Message;

public class RenderTests
{
    private const string Attack = "<script>alert('x')</script>\"&";

    [Fact]
    public void Escape_happens_once_in_html()
    {
        var text = Contents.Compile("<p title=\"{{ x | escape }}\">{{ x | escape | upcase }} {{ x }}</p>", subject: "{{ x }}").Render(Contents.Recipient(variables: ("x", "a & <b> \"'")));
        Assert.Contains("<p title=\"a &amp; &lt;b&gt; &quot;&#39;\">A &amp; &lt;B&gt; &quot;&#39; a &amp; &lt;b&gt; &quot;&#39;</p>", text.Html);
        Assert.Equal("A & <B> \"' a & <b> \"'", text.Text);
        Assert.Equal("a & <b> \"'", text.Subject);
    }

    [Theory]
    [InlineData("<p>{{ x }}</p>")]
    [InlineData("<p title=\"{{ x }}\">Hi</p>")]
    [InlineData("<p title={{ x }}>Hi</p>")]
    [InlineData("<p title='{{ x }}'>Hi</p>")]
    [InlineData("<title>{{ x }}</title><p>Hi</p>")]
    [InlineData("<p>{{ y | default: \"<script>alert(1)</script>\" }}</p>")]
    [InlineData("<p>{{ x | append: \"</p><script>\" }}</p>")]
    public void A_value_never_becomes_markup(string html)
    {
        var content = Contents.Compile(html, preheader: "{{ x }}");
        var rendered = content.Render(Contents.Recipient(Attack, variables: ("x", Attack))).Html!;
        using var plain = EmailHtml.Parse(content.Render(Contents.Recipient(variables: ("x", "plain"))).Html!);
        using var document = EmailHtml.Parse(rendered);
        Assert.Equal(plain.All.Select(e => e.LocalName), document.All.Select(e => e.LocalName));
        Assert.Equal(plain.All.Select(e => e.Attributes.Length), document.All.Select(e => e.Attributes.Length));
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("JavaScript:alert(1)")]
    [InlineData(" javascript:alert(1)")]
    [InlineData("java\tscript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("//evil.example")]
    [InlineData("/path")]
    [InlineData("https://")]
    [InlineData("https:///x")]
    [InlineData("https://x.example/a b")]
    [InlineData("https://x.example/\"onclick=x")]
    [InlineData("https:\\\\x.example")]
    [InlineData("ftp://x.example")]
    [InlineData("mailto:")]
    [InlineData("x.example")]
    public void A_url_of_another_kind_is_refused_by_name(string url)
    {
        var problem = Assert.Single(Contents.Compile("<a href=\"{{ link }}\">x</a>").Refusals(Contents.Recipient(variables: ("link", url))));
        Assert.Equal(("bad_url", "link"), (problem.Code, problem.Variable));
        Assert.DoesNotContain(url, problem.Problem);
    }

    [Theory]
    [InlineData("{{ link }}", "https://x.example/?a=1&b='2", false)]
    [InlineData("{{ link }}", "https://x.example/?a=1&b=2", true)]
    [InlineData("{{ link }}", "HTTP://x.example", true)]
    [InlineData("{{ link }}", "mailto:a@b.example", true)]
    [InlineData("https://x.example/{{ link }}?z=1", "a/b", true)]
    [InlineData("https://x.example/{{ link }}", "a b", false)]
    [InlineData("{{ link }}.example", "https://x", true)]
    [InlineData("mailto:{{ email_address }}", "", true)]
    public void The_whole_attribute_is_judged(string href, string value, bool allowed)
    {
        var refusals = Contents.Compile($"<a href=\"{href}\">x</a>").Refusals(Contents.Recipient(variables: ("link", value)));
        Assert.Equal(allowed, refusals.Count == 0);
    }

    [Theory]
    [InlineData("Ann\r\nBcc: evil@x.example")]
    [InlineData("Ann\nX: y")]
    [InlineData("Ann\rX")]
    [InlineData("Ann\0")]
    [InlineData("Ann\u0085X")]
    [InlineData("Ann\u2028X")]
    [InlineData("Ann\u007f")]
    public void A_header_is_never_broken_by_a_name_or_a_value(string value)
    {
        var text = Contents.Compile(null, "Hi");
        Assert.Equal(("control_character", "name"), text.Refusals(Contents.Recipient(value)).Select(p => (p.Code, p.Variable)).Single());
        var subject = Contents.Compile(null, "Hi", "For {{ x }}");
        Assert.Equal(("control_character", "x"), subject.Refusals(Contents.Recipient(variables: ("x", value))).Select(p => (p.Code, p.Variable)).Single());
        Assert.Equal(("control_character", "sender_name"), text.Refusals(Contents.Recipient(), Contents.Plan(fromName: value)).Select(p => (p.Code, p.Variable)).Single());
        Assert.NotEmpty(text.Refusals(Contents.Recipient(address: "a@b.example>" + value)));
        Assert.NotEmpty(text.Refusals(Contents.Recipient(), Contents.Plan(replyTo: value + "@x.example")));
    }

    [Fact]
    public void Line_breaks_in_a_value_stay_in_bodies_and_null_is_refused()
    {
        var content = Contents.Compile("<p>{{ x }}</p>");
        Assert.Contains("<p>a\r\nb</p>", content.Render(Contents.Recipient(variables: ("x", "a\r\nb"))).Html);
        Assert.Equal("control_character", Assert.Single(content.Refusals(Contents.Recipient(variables: ("x", "a\0b")))).Code);
    }

    [Fact]
    public void All_problems_of_a_recipient_come_at_once()
    {
        var problems = Contents.Compile("<a href=\"{{ link }}\">{{ a }}{{ a | upcase }}{{ b }} {{ product_cards }}</a>", subject: "{{ s }}")
            .Refusals(Contents.Recipient(null, variables: [("link", "x"), ("s", "\n!"), ("b", " ")]));
        Assert.Equal(
            [("missing_variable", "a"), ("missing_variable", "b"), ("missing_variable", "product_cards"), ("control_character", "s"), ("bad_url", "link")],
            problems.Select(p => (p.Code, p.Variable!)).OrderBy(p => p.Item1 == "missing_variable" ? 0 : p.Item1 == "bad_url" ? 2 : 1).ThenBy(p => p.Item2));
    }

    [Fact]
    public void Built_in_names_come_from_the_plan_and_the_recipient_and_variables_can_not_replace_them()
    {
        var text = Contents.Compile(null, "{{ name }}|{{ email_address }}|{{ sender_name }}|{{ unsubscribe_url }}|{{ postal_address }}")
            .Render(Contents.Recipient(variables: ("name", "Eve")), Contents.Plan("me+a%b@brand.example"));
        Assert.Equal($"Ann|ann@example.com|Brand|mailto:me+a%25b@brand.example?subject=unsubscribe-{Contents.Tokens.Unsubscribe}|1 Main St", text.Text);
    }

    [Fact]
    public void Defaults_used_are_named()
    {
        var text = Contents.Compile("<p>{{ b | default: \"1\" }}{{ a | default: \"2\" }}{{ name | default: \"3\" }}</p>").Render();
        Assert.Equal(["a", "b"], text.DefaultsUsed);
        Assert.Equal("12Ann", text.Text);
    }

    [Fact]
    public void Product_cards_are_escaped_and_their_links_checked()
    {
        var content = Contents.Compile("<div>{{ product_cards }}</div>");
        var html = content.Render(plan: Contents.Plan(products: [new ProductCard("<b>Shoe</b>", "https://s.example/?a=1&b=2", "49.00", "EUR", "https://s.example/i.png")])).Html!;
        Assert.Contains("&lt;b&gt;Shoe&lt;/b&gt;", html);
        Assert.Contains("<img src=\"https://s.example/i.png\"", html);
        Assert.Contains("49.00 EUR", html);
        Assert.Equal("bad_url", Assert.Single(content.Refusals(Contents.Recipient(), Contents.Plan(products: [new ProductCard("x", "javascript:x", null, null, null)]))).Code);
    }

    [Fact]
    public void The_preheader_opens_the_body_hidden_and_escaped()
    {
        var html = Contents.Compile("<body class=a><p>Hi</p></body>", preheader: "A & {{ x }}").Render(Contents.Recipient(variables: ("x", "<b>"))).Html;
        Assert.Contains("<body class=\"a\"><div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">A &amp; &lt;b&gt;</div><p>Hi</p>", html);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void Check_agrees_with_render()
    {
        var value = OneOf<string?>(null, "", " ", "Ann", "a\nb", "\0", "https://x.example/a", "javascript:x", "<&>", new string('a', 9_000));
        var output = OneOf("{{ a }}", "{{ b | default: \"d\" }}", "{{ name | upcase }}", "{{ c | replace: \"a\", \"aaa\" }}", "{{ sender_name }}", "{{ product_cards }}", "{{ unsubscribe_url }}", "{{ a | default: \"\" }}");
        var html = Gen.Select(output, output, output).Select((x, y, z) => $"<p>{x} <a href=\"{y}\">w</a> <a href=\"https://x.example/{z}\">v</a></p>"
            .Replace("\"{{ product_cards }}\"", "\"{{ a }}\"", StringComparison.Ordinal).Replace("/{{ product_cards }}", "/", StringComparison.Ordinal));
        var subject = output.Select(o => "S " + o.Replace("product_cards", "a", StringComparison.Ordinal));
        Gen.Select(html, subject, Gen.Select(value, value, value, value), Gen.Bool).Sample((body, line, values, products) =>
        {
            var (a, b, c, name) = values;
            var variables = new (string Key, string? Value)[] { ("a", a), ("b", b), ("c", c) }.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value!);
            var recipient = new MessageRecipient("ann@example.com", name, variables);
            var plan = Contents.Plan(products: products ? [new ProductCard("t", "https://s.example", null, null, null)] : []);
            var renderer = new MessageRenderer(Contents.Compile(body, subject: line), plan);
            var defaults = new HashSet<string>();
            var check = renderer.Check(recipient, defaults);
            var result = renderer.Render(recipient, Contents.Tokens);
            Assert.Equal(result.Problems, check);
            Assert.Equal(result.Text is null, check.Count > 0);
            if (result.Text is not { } text) return;
            Assert.Equal(text.DefaultsUsed, defaults.Order(StringComparer.Ordinal));
            using var message = renderer.BuildMime(text, recipient, Contents.Tokens, Contents.Date);
            Assert.NotEmpty(MessageRenderer.ToBytes(message));
        }, iter: 300);
    }

    [Fact]
    public void Rendering_in_parallel_mixes_nobody_up()
    {
        var renderer = new MessageRenderer(Contents.Compile("<p>{{ name }} {{ x }} <a href=\"https://x.example/{{ x }}\">l</a></p>", subject: "{{ x }}", preheader: "{{ x }}"), Contents.Plan());
        Parallel.For(0, 5_000, i =>
        {
            var me = $"w{i:D6}";
            var recipient = Contents.Recipient(me, me + "@example.com", ("x", me));
            var text = renderer.Render(recipient, Contents.Tokens).Text!;
            using var message = renderer.BuildMime(text, recipient, Contents.Tokens, Contents.Date);
            var bytes = Encoding.ASCII.GetString(MessageRenderer.ToBytes(message)).Replace("=\r\n", "", StringComparison.Ordinal);
            Assert.Equal(10, bytes.Split(me).Length - 1);
            Assert.Equal(10, System.Text.RegularExpressions.Regex.Count(bytes, "w[0-9]{6}"));
        });
    }
}
