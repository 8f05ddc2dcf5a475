using System.Net;
using System.Net.Sockets;
using EmailTasks.Core.Dns;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;
using static EmailTasks.Server.Tests.Wire.WireWorld;

namespace EmailTasks.Server.Tests.Wire;

/// <summary>Every way a name server can answer, or not.</summary>
public sealed class NameLookupTests
{
    private static NameLookups Of(IPEndPoint server) => new(server) { Limit = TimeSpan.FromMilliseconds(400) };

    [Fact]
    public async Task Records_come_whole_and_trouble_is_an_answer()
    {
        var huge = "v=spf1 " + new string('x', 20_000);
        await using var dns = TestDns.Start().Txt("one.example", "v=spf1 -all", "other").Txt("long.example", new string('a', 300) + "b").Txt("huge.example", huge).Alias("alias.example", "one.example")
            .Alias("nowhere.example", "gone.example").Address("addressed.example", "192.0.2.1").Broken("broken.example").Silent("silent.example").Garbled("garbled.example")
            .Txt("cut.example", "v=spf1 a -all").Truncated("cut.example").Txt("latin.example", "grün").Txt("void.example", "");
        var lookups = Of(dns.EndPoint);
        async Task Is(string name, LookupStatus status, params string[] texts)
        {
            var answer = await lookups.TextsAsync(name, Ct);
            Assert.True(status == answer.Status, $"{name}: {answer.Status}");
            Assert.Equal(texts, answer.Texts);
        }
        await Is("one.example", LookupStatus.Answered, "v=spf1 -all", "other");
        await Is("long.example", LookupStatus.Answered, new string('a', 300) + "b");
        await Is("huge.example", LookupStatus.Answered, huge[..8192]);
        await Is("alias.example", LookupStatus.Answered, "v=spf1 -all", "other");
        await Is("nowhere.example", LookupStatus.NoSuchName);
        await Is("addressed.example", LookupStatus.Answered);
        await Is("unknown.example", LookupStatus.NoSuchName);
        await Is("broken.example", LookupStatus.Failed);
        await Is("silent.example", LookupStatus.Failed);
        await Is("garbled.example", LookupStatus.Failed);
        await Is("cut.example", LookupStatus.Answered, "v=spf1 a -all");
        await Is("void.example", LookupStatus.Answered, "");
        await Is(new string('x', 300) + ".example", LookupStatus.Failed);
        await Is("a..example", LookupStatus.NoSuchName);
        Assert.Contains(dns.Asked, a => a is { Name: "cut.example", Tcp: true });
        Assert.Equal(LookupStatus.Answered, (await lookups.TextsAsync("latin.example", Ct)).Status);
    }

    [Fact]
    public async Task A_name_server_that_is_not_there_makes_every_finding_a_temperror_and_never_throws()
    {
        var found = await DomainCheck.RunAsync(Of(new IPEndPoint(IPAddress.Loopback, LoopbackPorts.Free())), TimeProvider.System, "brand.example", null, Task.FromResult<IReadOnlyList<DkimSelector>?>([new("s1", "brand.example", SelectorSource.Given)]), Ct);
        Assert.All(found.All, f => Assert.Equal((DnsResult.Temperror, "no_answer"), (f.Finding.Result, f.Finding.Code)));
    }

    [Fact]
    public async Task Names_of_mail_servers_are_asked_once_and_every_address_is_checked()
    {
        await using var dns = TestDns.Start().Address("inside.example", "127.0.0.1").Address("mixed.example", "93.184.216.34", "10.0.0.1").Address("six.example", "::1")
            .Address("meta.example", "169.254.169.254").Alias("alias.example", "inside.example").Address("public.example", "93.184.216.34").Broken("broken.example");
        var names = Of(dns.EndPoint);
        foreach (var name in new[] { "inside.example", "mixed.example", "six.example", "meta.example", "alias.example" })
        {
            var check = await HostGuard.ResolveAsync(name, 587, allowPrivate: false, names, Ct);
            Assert.True(check.Refusal is not null && check.Addresses.Count == 0, name);
            Assert.Equal(2, dns.Asked.Count(a => a.Name == name));   // A and AAAA: no second look that could answer otherwise
        }
        Assert.Equal(IPAddress.Parse("93.184.216.34"), Assert.Single((await HostGuard.ResolveAsync("public.example", 587, allowPrivate: false, names, Ct)).Addresses));
        await Assert.ThrowsAsync<SocketException>(() => HostGuard.ResolveAsync("unknown.example", 587, allowPrivate: false, names, Ct));
        await Assert.ThrowsAsync<SocketException>(() => HostGuard.ResolveAsync("broken.example", 587, allowPrivate: false, names, Ct));
        Assert.NotNull((await HostGuard.ResolveAsync("public.example", 22, allowPrivate: false, names, Ct)).Refusal);
    }
}
