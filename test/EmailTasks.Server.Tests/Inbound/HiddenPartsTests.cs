using System.Text;
using System.Text.RegularExpressions;
using EmailTasks.Server.Inbound;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Inbound;

/// <summary>What a person does not see of an HTML mail is left out of its text, and counted.</summary>
public sealed class HiddenPartsTests
{
    public static TheoryData<string, string, string, int> Cases
    {
        get
        {
            var data = new TheoryData<string, string, string, int>();
            foreach (var line in File.ReadLines(Repository.At("test/data/inbound/hidden.tsv")).Where(l => l[0] != '#'))
            {
                var c = line.Split('\t').Select(Regex.Unescape).ToArray();
                data.Add(c[0], c[1], c[2], int.Parse(c[3]));
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void What_nobody_sees_is_left_out_and_counted(string what, string html, string seen, int parts)
    {
        Assert.NotEmpty(what);
        var body = InboundBodies.Read(Encoding.UTF8.GetBytes($"From: ann@creator.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}"));
        Assert.Equal((seen, parts), (body.Text, body.HiddenParts));
        Assert.Equal(parts > 0, body.HiddenCharacters > 0);
    }

    /// <summary>An opt-out that nobody sees is none, and one beside hidden words is one.</summary>
    [Theory]
    [InlineData("Yes, gladly!<div style='display:none'>unsubscribe</div>", "Reply")]
    [InlineData("Unsubscribe<div style='font-size:0'>and many other words that nobody reads</div>", "Unsubscribe")]
    public void What_nobody_sees_decides_nothing(string html, string kind) => Assert.Equal(kind, Core.Inbound.InboundRules.Judge(InboundReader.Read(
        Encoding.UTF8.GetBytes($"From: ann@creator.example\r\nIn-Reply-To: <1@brand.example>\r\nContent-Type: text/html\r\n\r\n{html}"))).Kind.ToString());
}
