using System.Net;
using System.Net.Sockets;
using EmailTasks.Core.Inbound;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;
using static EmailTasks.Server.Tests.Wire.WireWorld;

namespace EmailTasks.Server.Tests.Wire;

/// <summary>Logins against Dovecot, which we did not write, and against servers that misbehave.</summary>
public sealed class ImapLoginTests
{
    private static SmtpSettings Settings(int port, WireSecurity security, string? password = Dovecot.Password) => new()
    {
        Host = "localhost", Port = port, Security = security, Username = "mia", Password = password, AllowPrivateHosts = true, Timeouts = SmtpTimeouts.All(TimeSpan.FromSeconds(20)),
    };

    private static async Task<string?> Code(SmtpSettings settings) => (await ImapLogin.TryAsync(settings, Ct))?.Code;

    [Fact]
    public async Task Dovecot_lets_the_right_password_in_and_says_why_not_otherwise()
    {
        await using var server = await Dovecot.StartAsync();
        var roots = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection(server.Certificate);
        Assert.Null(await ImapLogin.TryAsync(Settings(server.Port, WireSecurity.None), Ct));
        Assert.Null(await ImapLogin.TryAsync(Settings(server.Port, WireSecurity.StartTls) with { ExtraRoots = roots }, Ct));
        Assert.Null(await ImapLogin.TryAsync(Settings(server.TlsPort, WireSecurity.Tls) with { ExtraRoots = roots }, Ct));
        Assert.Equal("auth_failed", await Code(Settings(server.Port, WireSecurity.None, "wrong")));
        Assert.Equal("auth_failed", await Code(Settings(server.TlsPort, WireSecurity.Tls, "wrong") with { ExtraRoots = roots }));
        Assert.Equal("tls_failed", await Code(Settings(server.TlsPort, WireSecurity.Tls)));
        Assert.Equal("tls_failed", await Code(Settings(server.Port, WireSecurity.StartTls)));
        Assert.Equal("auth_unsupported", await Code(Settings(server.Port, WireSecurity.None, null)));
        Assert.Equal("auth_unsupported", await Code(Settings(server.Port, WireSecurity.None, null) with { AccessToken = _ => ValueTask.FromResult("token") }));
        Assert.Equal("host_not_allowed", await Code(Settings(server.Port, WireSecurity.None) with { AllowPrivateHosts = false }));
        Assert.Equal("oauth_refused", await Code(Settings(server.Port, WireSecurity.None) with { AccessToken = _ => throw new OAuthRefusedException("invalid_grant") }));
        Assert.NotNull(await ImapLogin.TryAsync(Settings(server.TlsPort, WireSecurity.None) with { Timeouts = SmtpTimeouts.All(TimeSpan.FromSeconds(2)) }, Ct));
    }

    [Theory]
    [InlineData("", "connect_timeout")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "connection_lost")]
    [InlineData("* BYE go away\r\n", "connection_lost")]
    [InlineData("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n", "auth_unsupported")]
    [InlineData("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS] ready\r\n", "tls_failed", WireSecurity.StartTls)]
    [InlineData("* OK [CAPABILITY IMAP4rev1] ready\r\n", "tls_failed", WireSecurity.StartTls)]
    [InlineData("* OK [CAPABILITY IMAP4rev1] ready\r\n|NO [ALERT] Application-specific password required", "auth_app_password")]
    [InlineData("* OK [CAPABILITY IMAP4rev1] ready\r\n|NO [UNAVAILABLE] Not now", "auth_temporary")]
    [InlineData("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n|NO [ALERT] Please log in via your web browser", "auth_web_login")]
    [InlineData("* OK [CAPABILITY IMAP4rev1] ready\r\n|BYE", "connection_lost")]
    public async Task A_server_that_misbehaves_becomes_words(string script, string code, WireSecurity security = WireSecurity.None)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(Ct);
            var parts = script.Split('|');
            var stream = client.GetStream();
            await using var writer = new StreamWriter(stream) { AutoFlush = true };
            using var reader = new StreamReader(stream);
            await writer.WriteAsync(parts[0]);
            while (await reader.ReadLineAsync(Ct) is { } line)
            {
                var words = line.Split(' ');
                if (parts.Length > 1 && parts[1] == "BYE") return;
                if (words.Length > 1 && words[1] == "STARTTLS") await writer.WriteAsync($"{words[0]} BAD no\r\n");
                else if (words.Length > 1 && words[1] == "CAPABILITY") await writer.WriteAsync($"* CAPABILITY IMAP4rev1\r\n{words[0]} OK done\r\n");
                else if (parts.Length > 1) await writer.WriteAsync($"{words[0]} {parts[1]}\r\n");
            }
        }, Ct);
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.Equal(code, await Code(Settings(port, security, "x") with { Timeouts = SmtpTimeouts.All(TimeSpan.FromSeconds(2)) }));
        listener.Stop();
        await serving.ContinueWith(_ => { }, Ct, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    [Fact]
    public async Task Nobody_listening_is_said() => Assert.Equal("connect_refused", await Code(Settings(LoopbackPorts.Free(), WireSecurity.None)));

    [Fact]
    public void A_maildir_is_made_checked_and_never_reached_through_a_link()
    {
        var root = Directory.CreateTempSubdirectory("maildir-").FullName;
        var folder = Path.Combine(root, "account", "replies");
        try
        {
            Assert.Equal("maildir_missing", Problem(folder, create: false));
            Assert.Null(Problem(folder, create: true));
            Assert.Null(Problem(folder, create: false));
            Directory.Delete(Path.Combine(folder, "new"));
            Assert.Equal("maildir_missing", Problem(folder, create: false));
            Directory.CreateSymbolicLink(Path.Combine(folder, "new"), root);
            Assert.Equal("maildir_is_link", Problem(folder, create: false));
            Directory.CreateSymbolicLink(Path.Combine(root, "account", "linked"), root);
            Assert.Equal("maildir_is_link", Problem(Path.Combine(root, "account", "linked", "in"), create: true));
            File.WriteAllText(Path.Combine(root, "account", "file"), "");
            Assert.Equal("maildir_closed", Problem(Path.Combine(root, "account", "file"), create: true));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
        string? Problem(string path, bool create) => MaildirFolder.Problem(Path.Combine(root, "account"), path, create)?.Code;
    }
}
