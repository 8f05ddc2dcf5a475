using CsCheck;
using EmailTasks.Core.Recipients;
using Xunit;

namespace EmailTasks.Core.Tests.Recipients;

public sealed class EmailAddressTests
{
    public static TheoryData<string, string, string> Cases()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var row in Tsv.Rows("Recipients/addresses.tsv")) data.Add(row[0], row[1], row[2]);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_address_is_kept_as_the_table_says(string typed, string kept, string key)
    {
        var address = EmailAddress.TryParse(typed, out var problem);
        if (kept == "!")
        {
            Assert.Null(address);
            Assert.Contains(key, problem);
            return;
        }
        Assert.NotNull(address);
        Assert.Equal("", problem);
        Assert.Equal((kept, key, key[(key.LastIndexOf('@') + 1)..]), (address.Text, address.Key, address.Domain));
    }

    [Theory]
    [InlineData(64, 254, true)]
    [InlineData(64, 255, false)]
    [InlineData(65, 254, false)]
    public void Lengths_end_where_smtp_ends(int local, int total, bool fits)
    {
        var domain = string.Join('.', Enumerable.Repeat(new string('d', 40), 3)) + ".example";
        domain = new string('e', total - local - 1 - domain.Length - 1) + "." + domain;
        Assert.Equal(total, local + 1 + domain.Length);
        Assert.Equal(fits, EmailAddress.TryParse($"{new string('a', local)}@{domain}", out _) is not null);
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void A_local_part_is_measured_in_octets(int letters, bool fits) =>
        Assert.Equal(fits, EmailAddress.TryParse(new string('ö', letters) + "@brand.example", out _) is not null);

    [Fact]
    public void A_domain_is_measured_as_it_is_sent()
    {
        var domain = string.Join('.', Enumerable.Repeat("日本語日本語日本語", 12)) + ".example";
        Assert.True($"mia@{domain}".Length < 254);
        Assert.Null(EmailAddress.TryParse($"mia@{domain}", out _));
    }

    [Fact]
    public void A_key_is_its_own_key_and_one_line() => Gen.Select(Gen.String[Gen.Char["abZÖß .@-_+İıΣς漢\u0301\r\n\0\u200b1"], 1, 12], Gen.String[Gen.Char["abZÜ.-İ漢1ß"], 1, 10]).Sample(
        (local, domain) =>
        {
            if (EmailAddress.TryParse($"{local}@{domain}.Example", out _) is not { } address) return;
            var again = EmailAddress.TryParse(address.Key, out var problem);
            Assert.True(again is not null, $"{address.Key}: {problem}");
            Assert.Equal((address.Key, address.Key, address.Domain), (again.Text, again.Key, again.Domain));
            Assert.DoesNotContain(address.Text, char.IsControl);
            Assert.All(address.Domain, c => Assert.True(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.'));
        },
        iter: 30_000);
}
