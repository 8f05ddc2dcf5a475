using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EmailTasks.Testing;

/// <summary>A message of a <see cref="LyingImap"/>.</summary>
/// <param name="Raw">What it is.</param>
public sealed record LyingMessage(byte[] Raw)
{
    /// <summary>Bytes that are sent instead, whatever was asked for; null sends the message.</summary>
    public long? Sends { get; init; }

    /// <summary>The size that is told; null tells the truth.</summary>
    public long? Says { get; init; }

    /// <summary>Its bytes come one by one, for ever.</summary>
    public bool Dribbles { get; init; }

    /// <summary>The connection breaks in its midst.</summary>
    public bool Breaks { get; init; }

    /// <summary>The server says NO.</summary>
    public bool IsRefused { get; init; }
}

/// <summary>An IMAP server on 127.0.0.1 that knows just enough to be read from, and lies about sizes and numbers as told.</summary>
public sealed class LyingImap : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _said = new();
    private readonly Task _loop;

    private LyingImap()
    {
        _listener.Start();
        _loop = Task.Run(AcceptAsync);
    }

    public static LyingImap Start() => new();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The messages by number, from 1.</summary>
    public List<LyingMessage> Messages { get; } = [];

    /// <summary>What the first search is answered with, such as <c>ESEARCH (TAG "{tag}") UID ALL 1:30000000</c>; null tells the truth.</summary>
    public string? FirstSearch { get; set; }

    /// <summary>A command that is answered by a line without an end, such as CAPABILITY.</summary>
    public string? Endless { get; set; }

    /// <summary>Every command heard, in order.</summary>
    public IReadOnlyCollection<string> Said => _said;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true) talks.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var own = client;
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
            await Say(stream, "* OK [CAPABILITY IMAP4rev1 ESEARCH IDLE] ready");
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                var words = line.Split(' ');
                if (words.Length < 2) continue; // DONE
                _said.Enqueue(line[(words[0].Length + 1)..]);
                if (Endless is { } endless && line.Contains(endless, StringComparison.Ordinal)) await Flood(stream, long.MaxValue);
                await Answer(stream, reader, words[0], line[(words[0].Length + 1)..]);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other side has had enough, or the test is over.
        }
    }

    private async Task Answer(NetworkStream stream, StreamReader reader, string tag, string command)
    {
        if (command.StartsWith("CAPABILITY", StringComparison.Ordinal)) await Say(stream, "* CAPABILITY IMAP4rev1 ESEARCH IDLE");
        else if (command.StartsWith("LIST", StringComparison.Ordinal)) await Say(stream, "* LIST () \"/\" INBOX");
        else if (command.StartsWith("EXAMINE", StringComparison.Ordinal)) await Say(stream, $"* {Messages.Count} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT {Messages.Count + 1}] x");
        else if (command.StartsWith("UID SEARCH", StringComparison.Ordinal)) await Say(stream, "* " + Search(tag, command));
        else if (command.StartsWith("UID FETCH", StringComparison.Ordinal) && !await Fetch(stream, tag, command)) return;
        else if (command.StartsWith("IDLE", StringComparison.Ordinal))
        {
            await Say(stream, "+ idling");
            await reader.ReadLineAsync(_stop.Token);
        }
        await Say(stream, $"{tag} OK {(command.StartsWith("EXAMINE", StringComparison.Ordinal) ? "[READ-ONLY] " : "")}done");
    }

    private string Search(string tag, string command)
    {
        if (FirstSearch is { } lie)
        {
            FirstSearch = null;
            return lie.Replace("{tag}", tag, StringComparison.Ordinal);
        }
        var from = command.LastIndexOf("UID ", StringComparison.Ordinal) is > 4 and var at && int.TryParse(command[(at + 4)..].Split(':')[0], out var first) ? first : 1;
        var all = Enumerable.Range(1, Messages.Count).Where(n => n >= from).ToList();
        return $"ESEARCH (TAG \"{tag}\") UID" + (all.Count == 0 ? "" : " ALL " + string.Join(',', all));
    }

    /// <summary>False when it has answered to the end.</summary>
    private async Task<bool> Fetch(NetworkStream stream, string tag, string command)
    {
        var numbers = command.Split(' ')[2].Split(',').SelectMany(Range);
        foreach (var n in numbers)
        {
            var message = Messages[n - 1];
            if (!command.Contains("BODY", StringComparison.Ordinal))
            {
                await Say(stream, $"* {n} FETCH (UID {n} INTERNALDATE \"27-Nov-2026 10:00:00 +0000\" RFC822.SIZE {message.Says ?? message.Raw.Length})");
                continue;
            }
            if (message.IsRefused)
            {
                await Say(stream, $"{tag} NO not this one");
                return false;
            }
            await Say(stream, $"* {n} FETCH (UID {n} BODY[]<0> {{{(message.Dribbles || message.Breaks ? 1_000_000 : message.Sends ?? message.Raw.Length)}}}");
            if (message.Sends is { } bytes) await Flood(stream, bytes);
            else if (message.Breaks) throw new IOException("It breaks here.");
            else
            {
                while (message.Dribbles)
                {
                    await stream.WriteAsync("x"u8.ToArray(), _stop.Token);
                    await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, _stop.Token);
                }
                await stream.WriteAsync(message.Raw, _stop.Token);
            }
            await Say(stream, ")");
        }
        return true;
    }

    private IEnumerable<int> Range(string text)
    {
        var ends = text.Split(':').Select(t => Math.Min(Messages.Count + 1, long.Parse(t, CultureInfo.InvariantCulture))).Order().ToArray();
        return Enumerable.Range((int)ends[0], (int)(ends[^1] - ends[0]) + 1).Where(n => n <= Messages.Count);
    }

    private async Task Flood(NetworkStream stream, long bytes)
    {
        var block = new byte[64 * 1024];
        Array.Fill(block, (byte)'x');
        for (var left = bytes; left > 0; left -= block.Length) await stream.WriteAsync(block.AsMemory(0, (int)Math.Min(left, block.Length)), _stop.Token);
    }

    private async Task Say(NetworkStream stream, string line) => await stream.WriteAsync(Encoding.Latin1.GetBytes(line + "\r\n"), _stop.Token);
}
