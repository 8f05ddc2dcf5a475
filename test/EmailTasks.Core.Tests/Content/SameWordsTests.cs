using EmailTasks.Core.Content;
using Xunit;

namespace EmailTasks.Core.Tests.Content;

public sealed class SameWordsTests
{
    [Theory]
    [InlineData("Hello Ana, our new shoes.", "hello  ANA our\nnew\tshoes")]
    [InlineData("Hello", "He\u200Bllo")]
    [InlineData("Hello", "H\u00ADel\u2060lo\uFEFF\U000E0041")]
    [InlineData("Hello there", "Hello\u00A0there!")]
    [InlineData("Hello there", "«Hello» — there…")]
    [InlineData("Café", "Cafe\u0301")]
    [InlineData("Hello 7", "Ｈｅｌｌｏ ７")]
    [InlineData("Hello", "𝓗𝓮𝓵𝓵𝓸")]
    [InlineData("Hello", "Ⓗⓔⓛⓛⓞ")]
    [InlineData("paypal", "p\u0430yp\u0430l")]
    [InlineData("新しい靴", "新しい 靴。")]
    [InlineData("Hi 👋 Ana", "Hi Ana")]
    public void The_same_words_have_one_key(string one, string other) => Assert.Equal(Key(one), Key(other));

    [Theory]
    [InlineData("Hello Ana", "Hello Ben")]
    [InlineData("It costs 100", "It costs 1000")]
    [InlineData("It costs 100 €", "It costs 100 $")]
    [InlineData("ab c", "a bc")]
    [InlineData("one two", "two one")]
    [InlineData("新しい靴", "新しい鞄")]
    public void Other_words_have_another(string one, string other) => Assert.NotEqual(Key(one), Key(other));

    [Fact]
    public void Half_a_surrogate_pair_is_read_over() => Assert.Equal(Key("a\uFFFDb"), Key("a\uD800b"));

    private static string Key(string text) => SameWords.Key(SameWords.Of(text));
}
