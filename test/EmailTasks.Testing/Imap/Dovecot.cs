using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using MimeKit;

namespace EmailTasks.Testing;

/// <summary>
/// Debian's Dovecot (package dovecot-imapd) on 127.0.0.1 with a throw-away configuration: every user has the password
/// <see cref="Password"/> and an empty inbox. One port speaks plain and STARTTLS, the other TLS.
/// </summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class Dovecot : IAsyncDisposable
{
    public const string Password = "right";

    private const string Binary = "/usr/sbin/dovecot";
    private const int NobodyId = 65534;
    private const int RefusalsMax = 25;

    private readonly string _folder;
    private Process _process;

    private Dovecot(Process process, string folder, int port, int tlsPort, X509Certificate2 certificate)
    {
        _process = process;
        _folder = folder;
        Port = port;
        TlsPort = tlsPort;
        Certificate = certificate;
    }

    /// <summary>Plain, with STARTTLS.</summary>
    public int Port { get; }

    /// <summary>TLS from the first byte.</summary>
    public int TlsPort { get; }

    /// <summary>Its own root, for localhost and 127.0.0.1.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="idle">False: it says that it knows no IDLE (RFC 2177), as old servers do.</param>
    public static async Task<Dovecot> StartAsync(bool idle = true)
    {
        var folder = Directory.CreateTempSubdirectory("dovecot-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        var (port, tlsPort) = (LoopbackPorts.Free(), LoopbackPorts.Free());
        var certificate = TestCertificates.For("localhost", "127.0.0.1");
        File.WriteAllText(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(folder, "mail")).FullName, (UnixFileMode)0b111_111_111);
        File.WriteAllText(Conf(folder), Configuration(folder, port, tlsPort) + (idle ? "" : "imap_capability = IMAP4rev1 SASL-IR LITERAL+ ID ENABLE UIDPLUS\n"));
        var server = new Dovecot(Run(folder), folder, port, tlsPort, certificate);
        await server.ReadyAsync();
        return server;
    }

    /// <summary>Stops it, connections and all; mail stays.</summary>
    public async Task StopAsync()
    {
        // SIGTERM: the master takes its children with it, which a kill would leave behind.
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()])!) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        _process.Dispose();
    }

    /// <summary>Starts it again where it was.</summary>
    /// <param name="renumbered">A user whose inbox gets another UIDVALIDITY, as after a restore from a backup.</param>
    public async Task StartAgainAsync(string? renumbered = null)
    {
        if (renumbered is not null)
        {
            foreach (var file in Directory.GetFiles(Path.Combine(_folder, "mail", renumbered), "dovecot*")) File.Delete(file);
        }
        _process = Run(_folder);
        await ReadyAsync();
    }

    /// <summary>Puts messages into a folder, as a mail server's delivery would.</summary>
    public async Task AppendAsync(string user, string folder, params byte[][] messages)
    {
        foreach (var raw in messages)
        {
            for (var tries = 1; !await TryAppendAsync(user, folder, raw); tries++)
            {
                if (tries == RefusalsMax) throw new InvalidOperationException($"Dovecot does not take a message into {folder}.");
                await Task.Delay(200);
            }
        }
    }

    /// <summary>False when it said no: while it numbers a folder anew, and somebody else reads it, it says that the folder was deleted.</summary>
    private async Task<bool> TryAppendAsync(string user, string folder, byte[] raw)
    {
        using var client = await LoginAsync(user);
        using var message = await MimeMessage.LoadAsync(new MemoryStream(raw));
        try
        {
            var to = folder == "INBOX" ? client.Inbox! : await Create(client, folder);
            await to.AppendAsync(message, MessageFlags.None, DateTimeOffset.UtcNow);
        }
        catch (ImapCommandException)
        {
            return false;
        }
        await client.DisconnectAsync(true);
        return true;
    }

    /// <summary>How many messages of an inbox are marked in any way (seen, answered, deleted), and how many there are.</summary>
    public async Task<(int Marked, int All)> MarksAsync(string user)
    {
        using var client = await LoginAsync(user);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        var items = await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.Flags | MessageSummaryItems.UniqueId);
        await client.DisconnectAsync(true);
        return (items.Count(i => (i.Flags & ~MessageFlags.Recent) != MessageFlags.None), items.Count);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Conf(string folder) => Path.Combine(folder, "dovecot.conf");

    private static Process Run(string folder)
    {
        var start = new ProcessStartInfo(Binary) { WorkingDirectory = folder, UseShellExecute = false };
        foreach (var argument in new[] { "-F", "-c", Conf(folder) }) start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException("Dovecot did not start.");
    }

    private static async Task<IMailFolder> Create(ImapClient client, string name)
    {
        var top = client.GetFolder(client.PersonalNamespaces[0]);
        try
        {
            return await top.CreateAsync(name, isMessageFolder: true) ?? throw new InvalidOperationException($"No folder {name}.");
        }
        catch (ImapCommandException)
        {
            return await top.GetSubfolderAsync(name); // it is there
        }
    }

    private async Task<ImapClient> LoginAsync(string user)
    {
        var client = new ImapClient();
        await client.ConnectAsync("127.0.0.1", Port, SecureSocketOptions.None);
        await client.AuthenticateAsync(user, Password);
        return client;
    }

    private static string Configuration(string folder, int port, int tlsPort)
    {
        // Started by anybody but root, everything runs as that user and nothing is locked into a folder.
        var own = Environment.IsPrivilegedProcess
            ? $"mail_uid = {NobodyId}\nmail_gid = {NobodyId}\nfirst_valid_uid = 1\n"
            : $"default_internal_user = {Environment.UserName}\ndefault_login_user = {Environment.UserName}\nservice anvil {{\n chroot =\n}}\nservice imap-login {{\n chroot =\n}}\n";
        return $$"""
            base_dir = {{folder}}/run
            state_dir = {{folder}}/run
            log_path = {{folder}}/log
            protocols = imap
            listen = 127.0.0.1
            ssl = yes
            ssl_cert = <{{folder}}/cert.pem
            ssl_key = <{{folder}}/key.pem
            auth_mechanisms = plain login
            auth_failure_delay = 0
            mail_location = maildir:{{folder}}/mail/%u
            passdb {
              driver = static
              args = password={{Password}}
            }
            userdb {
              driver = static
              args = home={{folder}}/mail/%u
            }
            service stats {
              unix_listener stats-writer {
                mode = 0666
              }
            }
            service imap-login {
              inet_listener imap {
                port = {{port}}
              }
              inet_listener imaps {
                port = {{tlsPort}}
                ssl = yes
              }
            }
            {{own}}

            """;
    }

    private async Task ReadyAsync()
    {
        var log = Path.Combine(_folder, "log");
        for (var i = 0; i < 100; i++)
        {
            if (_process.HasExited) throw new InvalidOperationException($"Dovecot ended with {_process.ExitCode}: {(File.Exists(log) ? File.ReadAllText(log) : "")}");
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }
        throw new TimeoutException("Dovecot does not listen.");
    }
}
