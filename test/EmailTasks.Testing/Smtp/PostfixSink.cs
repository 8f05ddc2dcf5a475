using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace EmailTasks.Testing;

/// <summary>A mail that smtp-sink has taken.</summary>
/// <param name="From">Envelope sender.</param>
/// <param name="To">Envelope recipients.</param>
/// <param name="Data">The mail's text as dumped: line ends are LF.</param>
public sealed record PostfixMail(string From, IReadOnlyList<string> To, string Data);

/// <summary>
/// Debian's smtp-sink (package postfix): an SMTP server that we did not write. Each mail it takes becomes a file.
/// </summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class PostfixSink : IAsyncDisposable
{
    /// <summary>Where Debian puts it.</summary>
    public const string Binary = "/usr/sbin/smtp-sink";

    private readonly Process process;
    private readonly string folder;

    private PostfixSink(Process process, string folder, int port)
    {
        this.process = process;
        this.folder = folder;
        Port = port;
    }

    /// <summary>Whether it is installed here.</summary>
    public static bool Installed => File.Exists(Binary);

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="more">Further arguments, such as <c>-Q .</c> (421 and disconnect at the dot) or <c>-f RCPT</c>.</param>
    public static Task<PostfixSink> StartAsync(params string[] more) => StartAtAsync(LoopbackPorts.Free(), more);

    /// <summary>The same on a port that was chosen before, for a server that comes back.</summary>
    public static async Task<PostfixSink> StartAtAsync(int port, params string[] more)
    {
        var dumps = Directory.CreateTempSubdirectory("smtp-sink-").FullName;
        File.SetUnixFileMode(dumps, (UnixFileMode)0b111_111_111);   // it drops its rights when started by root
        var start = new ProcessStartInfo(Binary) { WorkingDirectory = dumps, UseShellExecute = false };
        if (Environment.IsPrivilegedProcess)
        {
            start.ArgumentList.Add("-u");
            start.ArgumentList.Add("nobody");
        }
        foreach (var argument in more.Concat(["-d", "mail.", $"127.0.0.1:{port}", "128"])) start.ArgumentList.Add(argument);
        var started = Process.Start(start) ?? throw new InvalidOperationException("smtp-sink did not start.");
        var sink = new PostfixSink(started, dumps, port);
        await sink.ReadyAsync();
        return sink;
    }

    /// <summary>The mails taken so far.</summary>
    public IReadOnlyList<PostfixMail> Mails() => [.. Directory.GetFiles(folder, "mail.*").Order(StringComparer.Ordinal).Select(Read).OfType<PostfixMail>()];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task ReadyAsync()
    {
        for (var i = 0; i < 100; i++)
        {
            if (process.HasExited) throw new InvalidOperationException($"smtp-sink ended with {process.ExitCode}.");
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
        throw new TimeoutException("smtp-sink does not listen.");
    }

    /// <summary>Headers X-Mail-Args and X-Rcpt-Args come before the mail itself, then one header "Received".</summary>
    private static PostfixMail? Read(string file)
    {
        string text;
        try
        {
            text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
        }
        catch (FileNotFoundException)
        {
            return null; // a mail that was not finished: smtp-sink takes its file away
        }
        string from = "";
        List<string> to = [];
        var rest = text;
        while (rest.StartsWith("X-", StringComparison.Ordinal))
        {
            var end = rest.IndexOf('\n');
            if (end < 0) return null;
            var line = rest[..end];
            if (line.StartsWith("X-Mail-Args: <", StringComparison.Ordinal)) from = Path(line);
            else if (line.StartsWith("X-Rcpt-Args: <", StringComparison.Ordinal)) to.Add(Path(line));
            else if (!line.StartsWith("X-Client", StringComparison.Ordinal) && !line.StartsWith("X-Helo", StringComparison.Ordinal)) break;
            rest = rest[(end + 1)..];
        }
        return to.Count == 0 ? null : new PostfixMail(from, to, rest);
    }

    private static string Path(string line) => line[(line.IndexOf('<') + 1)..line.IndexOf('>')];
}
