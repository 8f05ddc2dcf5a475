using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

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

    private readonly Process _process;
    private readonly string _folder;

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
    public static async Task<Dovecot> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dovecot-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        var (port, tlsPort) = (LoopbackPorts.Free(), LoopbackPorts.Free());
        var certificate = TestCertificates.For("localhost", "127.0.0.1");
        File.WriteAllText(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(folder, "mail")).FullName, (UnixFileMode)0b111_111_111);
        var conf = Path.Combine(folder, "dovecot.conf");
        File.WriteAllText(conf, Configuration(folder, port, tlsPort));
        var start = new ProcessStartInfo(Binary) { WorkingDirectory = folder, UseShellExecute = false };
        foreach (var argument in new[] { "-F", "-c", conf }) start.ArgumentList.Add(argument);
        var server = new Dovecot(Process.Start(start) ?? throw new InvalidOperationException("Dovecot did not start."), folder, port, tlsPort, certificate);
        await server.ReadyAsync();
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // SIGTERM: the master takes its children with it, which a kill would leave behind.
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()])!) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        _process.Dispose();
        Certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
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
