using CsCheck;
using EmailTasks.Core.Content;
using Xunit;

namespace EmailTasks.Core.Tests.Content;

public class LiquidEvaluateTests
{
    private static ValueResult Of(string output, string? value) =>
        LiquidTemplate.Parse(output).Template!.Outputs[0].Evaluate(name => name == "x" ? value : null);

    [Theory]
    [InlineData("{{ x }}", "Ann", "Ann")]
    [InlineData("{{ x | upcase }}", "straße é", "STRASSE É", "STRAßE É")]
    [InlineData("{{ x | downcase }}", "ÀB", "àb")]
    [InlineData("{{ x | capitalize }}", "my GREAT title", "My great title")]
    [InlineData("{{ x | strip }}", "  a b \n", "a b")]
    [InlineData("{{ x | truncate: 5 }}", "abcdefgh", "ab...")]
    [InlineData("{{ x | truncate: 5 }}", "abcde", "abcde")]
    [InlineData("{{ x | truncate: 3, \"…\" }}", "😀😀😀😀", "😀😀…")]
    [InlineData("{{ x | truncate: 3, \"…\" }}", "😀😀😀", "😀😀😀")]
    [InlineData("{{ x | escape }}", "<a>", "<a>")]
    [InlineData("{{ x | append: \"!\" | prepend: '¡' }}", "hola", "¡hola!")]
    [InlineData("{{ x | replace: \"a\", \"bb\" }}", "aXa", "bbXbb")]
    [InlineData("{{ x | default: \"you\" }}", "Ann", "Ann")]
    public void Filters_do_what_their_name_says(string output, string value, params string[] expected) =>
        Assert.Contains(Of(output, value).Value, expected);

    [Theory]
    [InlineData("{{ x }}", null)]
    [InlineData("{{ x }}", "")]
    [InlineData("{{ x }}", " \t\u00a0")]
    [InlineData("{{ x | append: \"!\" }}", null)]
    [InlineData("{{ x | replace: \"a\", \"\" }}", "aa")]
    public void Empty_and_blank_are_missing(string output, string? value) =>
        Assert.Equal(new ValueResult(null, false, Missing: true), Of(output, value));

    [Theory]
    [InlineData("{{ x | default: \"you\" }}", null, "you")]
    [InlineData("{{ x | default: \"you\" }}", "  ", "you")]
    [InlineData("{{ x | default: \"you\" | upcase }}", null, "YOU")]
    [InlineData("{{ x | append: \"!\" | default: \"you\" }}", null, "you")]
    [InlineData("{{ x | default: \"\" }}", null, "")]
    public void A_default_stands_in_and_says_so(string output, string? value, string expected) =>
        Assert.Equal(new ValueResult(expected, DefaultUsed: true, Missing: false), Of(output, value));

    [Fact]
    public void A_chain_of_replace_is_cut_before_it_fills_the_memory()
    {
        var output = "{{ x" + string.Concat(Enumerable.Repeat(" | replace: \"a\", \"" + new string('a', 1_000) + "\"", 9)) + " }}";
        Assert.Equal(new ValueResult(null, false, false, TooLong: true), Of(output, "aaa"));
    }

    [Fact]
    public void Truncate_never_exceeds_its_length_and_never_splits_a_character() =>
        Gen.Select(Gen.String, Gen.Int[3, 40]).Sample((text, n) =>
        {
            var valid = string.Concat(text.EnumerateRunes());
            if (Of($"{{{{ x | truncate: {n} }}}}", valid).Value is not { } cut) return;
            Assert.True(cut.EnumerateRunes().Count() <= n);
            Assert.DoesNotContain(cut.EnumerateRunes().Except(valid.EnumerateRunes()), r => r.Value == 0xFFFD);
        });

    [Fact]
    public void Parsing_never_throws() => Gen.String[Gen.Char["{}%|:\"', xa1.-\n"], 0, 40].Sample(source =>
    {
        var parse = LiquidTemplate.Parse(source);
        Assert.Equal(parse.Template is null, parse.Problems.Count > 0);
        if (parse.Template is { } t)
            Assert.Equal(source, string.Concat(t.Nodes.Select(n => n is TextNode text ? text.Text : ((VariableNode)n).Source)));
    });
}
