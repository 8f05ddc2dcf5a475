using EmailTasks.Core.Recipients;
using Xunit;

namespace EmailTasks.Core.Tests.Recipients;

public sealed class PersonKeyTests
{
    [Theory]
    [InlineData("ana@creators.example", "Ana+news@Creators.example")]
    [InlineData("ana@creators.example", "ana+a+b@creators.example")]
    [InlineData("ana.lopez@gmail.com", "analopez@gmail.com")]
    [InlineData("ana.lopez@gmail.com", "a.n.a.l.o.p.e.z+x@googlemail.com")]
    [InlineData("Ana.Lopez@GoogleMail.com", "analopez@gmail.com")]
    public void These_are_one_person(string one, string other) => Assert.Equal(Of(one), Of(other));

    [Theory]
    [InlineData("ana.lopez@creators.example", "analopez@creators.example")]
    [InlineData("ana@creators.example", "ana@other.example")]
    [InlineData("ana@gmail.com", "anna@gmail.com")]
    [InlineData("+ana@creators.example", "+ben@creators.example")]
    [InlineData("ana-news@creators.example", "ana@creators.example")]
    public void These_are_two(string one, string other) => Assert.NotEqual(Of(one), Of(other));

    private static string Of(string address) => PersonKey.Of(EmailAddress.TryParse(address, out _)!.Key);
}
