using EmailTasks.Server.Message;
using Xunit;

namespace EmailTasks.Server.Tests.Message;

/// <summary>Each body gets what it lacks, and nothing else.</summary>
public sealed class FooterTests
{
    private const string OptOut = "{{ unsubscribe_url }}";
    private const string Address = "{{ postal_address }}";

    [Theory]
    [InlineData("<p>Hi</p>", "Hi", true, "both", "both")]
    [InlineData("<p>Hi</p>", null, true, "both", "both")]
    [InlineData(null, "Hi", true, "none", "both")]
    [InlineData("<p>Hi " + OptOut + "</p>", "Hi", true, "address", "both")]
    [InlineData("<p>Hi " + Address + "</p>", "Hi " + OptOut, true, "opt_out", "address")]
    [InlineData("<p>Hi " + OptOut + Address + "</p>", null, true, "none", "none")]
    [InlineData("<p>Hi " + OptOut + "</p>", null, false, "none", "none")]
    [InlineData("<p>Hi</p>", "Hi", false, "opt_out", "opt_out")]
    public void A_body_gets_what_it_lacks(string? html, string? text, bool hasAddress, string inHtml, string inText)
    {
        var content = Contents.Compile(html, text);
        var footer = Footer.For(content, "A & B", hasAddress ? "1 Main St\n{{ name }}" : null);
        var plain = content.Render(plan: Contents.Plan());
        var full = content.Render(plan: Contents.Plan() with { Footer = footer });
        Assert.Equal(inText, Added(plain.Text, full.Text, "\n\n--\n", "A & B\n1 Main St\n{{ name }}", "Unsubscribe: mailto:me@brand.example?subject="));
        if (html is null) Assert.Null(full.Html);
        else Assert.Equal(inHtml, Added(plain.Html!.Replace("</body></html>", ""), full.Html!.Replace("</body></html>", ""), "<div style=", "A &amp; B<br>1 Main St<br>{{ name }}", "<a href=\"mailto:me@brand.example?subject="));
        if (html is not null) Assert.EndsWith("</body></html>", full.Html);
        if (inHtml == "none" && inText == "none") Assert.Null(footer);
    }

    private static string Added(string plain, string full, string begin, string address, string optOut)
    {
        Assert.StartsWith(plain, full);
        var added = full[plain.Length..];
        if (added.Length == 0) return "none";
        Assert.StartsWith(begin, added);
        return (added.Contains(address, StringComparison.Ordinal), added.Contains(optOut, StringComparison.Ordinal)) switch
        {
            (true, true) => "both",
            (true, false) => "address",
            (false, true) => "opt_out",
            _ => "rubbish",
        };
    }
}
