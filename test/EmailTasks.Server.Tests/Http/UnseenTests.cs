using System.Text;
using EmailTasks.Contracts;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>What nobody sees is shown, what no sentence may repeat is not, and a name stays inside its quotation.</summary>
public sealed class UnseenTests
{
    private static readonly string Key = $"nox_ab12cd_{new string('a', 32)}{new string('7', 32)}";

    [Fact]
    public void Both_lists_of_unseen_characters_are_one()
    {
        var differ = Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(c => new Rune(c)).Where(c => Unseen.Is(c) != Core.Content.Invisible.Is(c)).ToList();
        Assert.Empty(differ);
        Assert.True(Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Count(c => Unseen.Is(new Rune(c))) > 4_000);
    }

    [Theory]
    [InlineData("A\u200Bna", "A\\u200Bna")]
    [InlineData("A\u00ADna", "A\\u00ADna")]
    [InlineData("\u202Egpj.exe", "\\u202Egpj.exe")]
    [InlineData("\u2066x\u2069", "\\u2066x\\u2069")]
    [InlineData("A\uFEFF\u2060\u180E\u034F", "A\\uFEFF\\u2060\\u180E\\u034F")]
    [InlineData("hi\U000E0069\U000E0067", "hi\\u{E0069}\\u{E0067}")]
    [InlineData("a\U000E0101", "a\\u{E0101}")]
    [InlineData("a\uFE0F", "a\\uFE0F")]
    [InlineData("a\u200Db", "a\\u200Db")]
    [InlineData("\u3164\u115F\u2800", "\\u3164\\u115F\\u2800")]
    [InlineData("x\u001B[31m\u0085", "x\\u001B[31m\\u0085")]
    public void Each_of_these_is_escaped(string text, string shown)
    {
        Assert.Equal(shown, Unseen.Escaped(text));
        Assert.Equal(shown, TextCheck.Shown(text));
    }

    [Theory]
    [InlineData("👨\u200D👩\u200D👧 ❤\uFE0F 1\uFE0F\u20E3")]
    [InlineData("می\u200Cخواهم")]
    [InlineData("क\u094D\u200Dष")]
    [InlineData("葛\U000E0100")]
    [InlineData("Zoë Müller, 漢字, Привет")]
    public void What_a_script_needs_stays(string text) => Assert.Equal(text, Unseen.Escaped(text));

    [Fact]
    public void A_name_can_not_end_its_quotation()
    {
        Assert.Equal("Ana\\\" deleted; 3 tasks sent. \\\"", TextCheck.Shown("Ana\" deleted; 3 tasks sent. \""));
        Assert.Equal("a\\\\\\\"b", TextCheck.Shown("a\\\"b"));
        Assert.Equal("two lines", TextCheck.Shown("two\nlines"));
        Assert.DoesNotContain('\uFFFD', TextCheck.Shown(string.Concat(Enumerable.Repeat("👋", 80))));
    }

    public static TheoryData<string> DressedUp =>
    [
        Key, $"see {Key}.", Key.ToUpperInvariant(), Key.Insert(20, "\u200B"), Key.Replace("_", "%5F", StringComparison.Ordinal), $"https://x.example/?k={Key}", Key + "00",
        Key.Insert(2, "\u00AD"), $"{{{{ {Key} }}}}", $"tsk_{Key}", Key.Replace("n", "%6e", StringComparison.Ordinal), Key.Replace("_", "&#95;", StringComparison.Ordinal), Key.Insert(30, "&shy;"),
    ];

    [Theory, MemberData(nameof(DressedUp))]
    public void A_key_of_ours_is_found_however_it_is_dressed_up_and_never_repeated(string text)
    {
        Assert.True(KeyText.In(text));
        var problem = Assert.Single(TextCheck.Problems(text, "$.name", new WireAttribute("") { Max = 5, Id = "tsk" }));
        Assert.Equal("api_key", problem.Code);
        Assert.DoesNotContain("aaaaaaaa", $"{problem}{TextCheck.Shown(text)}{KeyText.Without(text)}", StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("nox_ab12cd_abc")]
    [InlineData("nox_")]
    [InlineData("p1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("100 % nox, 50 %zz equinox_box_")]
    public void What_only_looks_a_little_like_one_is_none(string text) => Assert.False(KeyText.In(text));
}
