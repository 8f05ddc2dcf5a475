using EmailTasks.Core.Content;
using Xunit;

namespace EmailTasks.Core.Tests.Content;

public class LiquidParseTests
{
    [Theory]
    [InlineData("a {{ name | date: \"x\" }}", 1, 13, "There is no filter \"date\".")]
    [InlineData("one\ntwo {% if x %}", 2, 5, "Tags")]
    [InlineData("日本😀{{ a.b }}", 1, 7, "Dotted names")]
    [InlineData("{{ a[0] }}", 1, 4, "Dotted names")]
    [InlineData("{{ Name }}", 1, 4, "\"Name\" is not a variable name.")]
    [InlineData("{{ _x }}", 1, 4, "is not a variable name")]
    [InlineData("{{ 1x }}", 1, 4, "is not a variable name")]
    [InlineData("{{ a2345678901234567890123456789012345678901 }}", 1, 4, "is not a variable name")]
    [InlineData("{{ }}", 1, 4, "The output is empty.")]
    [InlineData("{{ \"x\" }}", 1, 4, "An output begins with a variable name")]
    [InlineData("{{{ a }}}", 1, 3, "An output begins with a variable name")]
    [InlineData("x {{ a", 1, 3, "not closed")]
    [InlineData("x {{ a } {{ b }}", 1, 3, "not closed")]
    [InlineData("{{- a }}", 1, 3, "White-space control")]
    [InlineData("{{ a -}}", 1, 6, "White-space control")]
    [InlineData("{{ a | default }}", 1, 8, "does not take nothing")]
    [InlineData("{{ a | default: 5 }}", 1, 8, "does not take a number")]
    [InlineData("{{ a | default: \"x\", \"y\" }}", 1, 8, "does not take a string, a string")]
    [InlineData("{{ a | upcase: \"x\" }}", 1, 8, "does not take a string")]
    [InlineData("{{ a | truncate: \"x\" }}", 1, 8, "does not take a string")]
    [InlineData("{{ a | truncate: 0 }}", 1, 8, "out of range")]
    [InlineData("{{ a | truncate: 2 }}", 1, 8, "longer than its length")]
    [InlineData("{{ a | replace: \"x\" }}", 1, 8, "does not take")]
    [InlineData("{{ a | replace: \"\", \"x\" }}", 1, 8, "empty")]
    [InlineData("{{ a | default: \"x }}", 1, 17, "string opened here is not closed")]
    [InlineData("{{ a | default: x }}", 1, 17, "A literal is expected")]
    [InlineData("{{ a | }}", 1, 8, "A filter name is missing")]
    [InlineData("{{ a b }}", 1, 6, "is not expected here")]
    [InlineData("{{ a | append: \"x\" \"y\" }}", 1, 20, "is not expected here")]
    public void A_fault_is_reported_where_it_is(string source, int line, int column, string problem)
    {
        var parse = LiquidTemplate.Parse(source);
        Assert.Null(parse.Template);
        var found = Assert.Single(parse.Problems);
        Assert.Equal((line, column), (found.Line, found.Column));
        Assert.Contains(problem, found.Problem);
        Assert.NotEmpty(found.Fix);
    }

    [Fact]
    public void All_faults_are_found_at_once_and_capped()
    {
        var problems = LiquidTemplate.Parse("{{ a | nope }} {% x %}\n{{ B | upcase: 1 }} {{ c | default: \"q }}").Problems;
        Assert.Equal([(1, 8), (1, 16), (2, 4), (2, 8), (2, 37)], problems.Select(p => (p.Line, p.Column)));
        Assert.Equal(LiquidTemplate.MaxProblems, LiquidTemplate.Parse(string.Concat(Enumerable.Repeat("{{ X }}", 50))).Problems.Count);
    }

    [Fact]
    public void Braces_inside_a_string_do_not_end_the_output()
    {
        var template = LiquidTemplate.Parse("a{{ x | default: \"}} '{{\" }}b").Template!;
        Assert.Equal("}} '{{", Assert.Single(template.Outputs).Filters[0].First);
        Assert.Equal(3, template.Nodes.Count);
    }

    [Fact]
    public void Names_are_listed_once_in_order_and_each_use_says_whether_it_has_a_default()
    {
        var template = LiquidTemplate.Parse("{{ b }}{{ a | default: 'x' }}{{b|upcase}}").Template!;
        Assert.Equal(["b", "a"], template.Variables);
        Assert.Equal([false, true, false], template.Outputs.Select(o => o.HasDefault));
        Assert.Equal("{{b|upcase}}", template.Outputs[2].Source);
    }

    [Fact]
    public void Lone_braces_are_text()
    {
        var template = LiquidTemplate.Parse("a{b:c} }} %} {").Template!;
        Assert.Equal("a{b:c} }} %} {", Assert.IsType<TextNode>(Assert.Single(template.Nodes)).Text);
    }
}
