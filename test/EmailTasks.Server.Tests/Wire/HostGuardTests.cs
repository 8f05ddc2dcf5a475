using System.Net;
using System.Net.Sockets;
using EmailTasks.Server.Wire;
using Xunit;
using static EmailTasks.Server.Tests.Wire.WireWorld;

namespace EmailTasks.Server.Tests.Wire;

public sealed class HostGuardTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.10")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("169.254.169.254")]
    [InlineData("168.63.129.16")]
    [InlineData("192.0.0.192")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("::7f00:1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public async Task Closed_addresses_are_refused_unless_allowed(string address)
    {
        Assert.True(HostGuard.IsClosed(IPAddress.Parse(address)));
        var check = await HostGuard.ResolveAsync(address, 587, allowPrivate: false, Ct);
        Assert.NotNull(check.Refusal);
        Assert.Empty(check.Addresses);
        Assert.Null((await HostGuard.ResolveAsync(address, 4711, allowPrivate: true, Ct)).Refusal);
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("2a00:1450:4001::1")]
    [InlineData("2606:4700::1")]
    public async Task Public_addresses_pass_on_mail_ports_only(string address)
    {
        foreach (var port in new[] { 25, 465, 587, 2525, 143, 993 })
        {
            var check = await HostGuard.ResolveAsync(address, port, allowPrivate: false, Ct);
            Assert.Equal((IPAddress.Parse(address), null, false), (Assert.Single(check.Addresses), check.Refusal, check.Loopback));
        }
        foreach (var port in new[] { 22, 80, 443, 6379, 0, -1, 65536 })
            Assert.NotNull((await HostGuard.ResolveAsync(address, port, allowPrivate: false, Ct)).Refusal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("[::1]")]
    public async Task Other_spellings_of_this_computer_are_refused_too(string host)
    {
        try
        {
            Assert.NotNull((await HostGuard.ResolveAsync(host, 587, allowPrivate: false, Ct)).Refusal);
        }
        catch (SocketException)
        {
            // It does not resolve here: as good.
        }
    }

    [Fact]
    public async Task Loopback_is_told_apart() =>
        Assert.True((await HostGuard.ResolveAsync("127.0.0.1", 25, allowPrivate: true, Ct)).Loopback);
}
