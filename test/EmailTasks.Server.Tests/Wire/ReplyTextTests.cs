using EmailTasks.Server.Wire;
using Xunit;

namespace EmailTasks.Server.Tests.Wire;

public sealed class ReplyTextTests
{
    [Theory]
    [InlineData(550, "5.1.1 no such user", "5.1.1")]
    [InlineData(550, "5.7.515 Access denied", "5.7.515")]
    [InlineData(550, "5.7.26 not\n5.7.26 authenticated", "5.7.26")]
    [InlineData(550, "#5.1.0 Address rejected.", "5.1.0")]
    [InlineData(451, "Timed out (#4.4.2)", "4.4.2")]
    [InlineData(550, "5.1.8.20 is on a list", null)]
    [InlineData(550, "host 5.1.8 said", null)]
    [InlineData(451, "5.1.1 class does not fit", null)]
    [InlineData(550, "Version 5.1", null)]
    [InlineData(550, "", null)]
    [InlineData(550, "5.1234.1 x", null)]
    [InlineData(550, "5..1 x", null)]
    public void Enhanced_codes_are_read_where_they_stand(int code, string text, string? enhanced) => Assert.Equal(enhanced, ReplyText.Enhanced(code, text));

    [Fact]
    public void Words_are_kept_without_control_characters_and_not_for_ever()
    {
        Assert.Equal("a b  c", ReplyText.Clean("\u001b\u0000a\nb\r\nc\u202e\u0007"));
        Assert.Equal(500, ReplyText.Clean(new string('x', 100_000)).Length);
    }
}
