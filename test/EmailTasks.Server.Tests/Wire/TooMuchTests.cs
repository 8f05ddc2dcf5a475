using System.Net;
using System.Net.Sockets;
using System.Text;
using EmailTasks.Core.Dispatch;
using EmailTasks.Core.Dns;
using EmailTasks.Server.Tests.Inbound;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;
using static EmailTasks.Server.Tests.Wire.WireWorld;

namespace EmailTasks.Server.Tests.Wire;

/// <summary>Servers that say more than any real one does: each is cut off, soon and in little memory.</summary>
[Collection(Alone.Name)]
public sealed class TooMuchTests(ITestOutputHelper output)
{
    private const long MemoryMax = 50L << 20;

    /// <summary>What stands before the flood, and what is repeated in it.</summary>
    [Theory]
    [InlineData("a greeting of lines", "", "220-hello hello hello\r\n")]
    [InlineData("a greeting of one line", "220 ", "x")]
    [InlineData("capabilities", "220 hi\r\n|250-me\r\n", "250-AUTH PLAIN\r\n")]
    [InlineData("one capability", "220 hi\r\n|250-AUTH ", "PLAIN ")]
    [InlineData("a refusal", "220 hi\r\n|250-me\r\n250 AUTH PLAIN\r\n|", "535-5.7.8 no\r\n")]
    public async Task An_smtp_reply_ends_after_64_KB(string what, string script, string repeated)
    {
        using var server = new Flood(script.Split('|'), repeated);
        using var peak = new PeakMemory();
        var settings = new SmtpSettings { Host = "localhost", Port = server.Port, Security = WireSecurity.None, Username = "mia", Password = "right", AllowPrivateHosts = true, Timeouts = SmtpTimeouts.All(TimeSpan.FromSeconds(20)) };
        var opening = await SmtpSession.OpenAsync(settings, Ct);
        Assert.Equal(SmtpEnding.Lost, opening.Failure!.Ending);
        output.WriteLine($"{what}: cut off after {server.Sent >> 10} KB were sent, {peak.Stop() >> 20} MB more at most");
        Assert.True(server.Sent < 16L << 20, $"{server.Sent >> 20} MB were taken"); // what the buffers of two sockets hold
        Assert.True(peak.Stop() < MemoryMax, $"{peak.Stop() >> 20} MB");
    }

    [Theory]
    [InlineData("a token answer", "|HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"access_token\":\"", "x")]
    [InlineData("a token answer whose length is told", "|HTTP/1.1 200 OK\r\nContent-Length: 700000000\r\n\r\n", "x")]
    [InlineData("headers", "|HTTP/1.1 200 OK\r\n", "X-A: b\r\n")]
    public async Task A_token_answer_ends_after_64_KB(string what, string script, string repeated)
    {
        using var server = new Flood(script.Split('|'), repeated);
        using var peak = new PeakMemory();
        using var http = OAuthTokens.NewClient();
        using var tokens = new OAuthTokens(http, new OAuthSettings(OAuthProvider.Google, "client", null, "refresh", new Uri($"http://127.0.0.1:{server.Port}/token")), TimeProvider.System);
        await Assert.ThrowsAsync<HttpRequestException>(async () => await tokens.GetAsync(Ct));
        output.WriteLine($"{what}: cut off after {server.Sent >> 10} KB were sent, {peak.Stop() >> 20} MB more at most");
        Assert.True(server.Sent < 16L << 20, $"{server.Sent >> 20} MB were taken");
        Assert.True(peak.Stop() < MemoryMax, $"{peak.Stop() >> 20} MB");
    }

    [Fact]
    public async Task A_name_server_s_answers_are_cut_to_what_real_ones_hold()
    {
        await using var dns = TestDns.Start()
            .Txt("many.example", [.. Enumerable.Range(0, 600).Select(i => $"v=spf1 include:{i}.example -all")]).Txt("long.example", new string('x', 30_000))
            .Address("hosts.example", [.. Enumerable.Range(1, 250).Select(i => $"192.0.2.{i}")]);
        using var peak = new PeakMemory();
        var names = new NameLookups(dns.EndPoint);
        var many = await names.TextsAsync("many.example", Ct);
        var one = await names.TextsAsync("long.example", Ct);
        Assert.InRange(many.Texts.Count, 1, 200);
        Assert.InRange(one.Texts.Single().Length, 1, 8_192);
        Assert.InRange((await names.AddressesAsync("hosts.example", Ct)).Length, 1, 16);
        output.WriteLine($"600 records, one of 30 KB, 250 addresses: {peak.Stop() >> 20} MB more at most");
        Assert.True(peak.Stop() < MemoryMax, $"{peak.Stop() >> 20} MB");
    }

    [Fact]
    public async Task A_domain_cannot_make_us_ask_for_ever()
    {
        await using var dns = TestDns.Start();
        for (var i = 0; i < 200; i++) dns.Txt($"d{i}.example", $"v=spf1 include:d{(i * 2) + 1}.example include:d{(i * 2) + 2}.example -all");
        var found = await DomainCheck.RunAsync(new NameLookups(dns.EndPoint), TimeProvider.System, "d0.example", null, Task.FromResult<IReadOnlyList<DkimSelector>?>(null), Ct);
        output.WriteLine($"{dns.Asked.Count} questions, {found.Spf.Code}");
        Assert.True(dns.Asked.Count < 60, $"{dns.Asked.Count} questions");
    }

    /// <summary>Says each piece after a line of the client's, then repeats one for ever.</summary>
    private sealed class Flood : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Flood(string[] pieces, string repeated)
        {
            _listener.Start();
            _ = Serve(pieces, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(repeated, 1 + (16_384 / repeated.Length)))));
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public long Sent { get; private set; }

        public void Dispose() => _listener.Stop();

        private async Task Serve(string[] pieces, byte[] block)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync();
                var stream = client.GetStream();
                var buffer = new byte[4_096];
                for (var i = 0; i < pieces.Length; i++)
                {
                    if (i > 0 && await stream.ReadAsync(buffer) == 0) return;
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(pieces[i]));
                }
                for (; ; Sent += block.Length) await stream.WriteAsync(block);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // Cut off, as it should be.
            }
        }
    }
}
