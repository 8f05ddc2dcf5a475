using EmailTasks.Core.Content;
using Xunit;

namespace EmailTasks.Core.Tests.Content;

/// <summary>What nobody sees is written out, and what writing needs is left alone.</summary>
public sealed class InvisibleTextTests
{
    public static TheoryData<string, string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var c in Tsv.Rows("Content/invisible.tsv")) data.Add(c[0], c[1], c[2]);
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Characters_that_nobody_sees_are_written_out(string what, string text, string shown)
    {
        Assert.NotEmpty(what);
        Assert.Equal(shown, InvisibleText.Mark(text));
        Assert.Equal(shown, InvisibleText.Mark(shown));
    }
}
