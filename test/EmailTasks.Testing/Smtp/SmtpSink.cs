using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EmailTasks.Testing;

/// <summary>
/// A scriptable SMTP server on 127.0.0.1 inside the test process. Its log is the oracle: it records that it saw the end of data
/// before it does anything about it, in whatever segments that came.
/// </summary>
public sealed class SmtpSink : IAsyncDisposable
{
    private readonly Socket listener;
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<SinkTransaction> log = new();
    private readonly ConcurrentDictionary<int, Task> connections = new();
    private readonly Task accepting;
    private int accepted;

    private SmtpSink(SinkOptions options, Func<SinkEvent, SinkReply?>? script)
    {
        Options = options;
        Script = script;
        listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1024);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>What the sink offers.</summary>
    public SinkOptions Options { get; }

    /// <summary>What the sink does; null, or null from it, is friendly. May be exchanged at any time.</summary>
    public Func<SinkEvent, SinkReply?>? Script { get; set; }

    /// <summary>Connections accepted so far.</summary>
    public int Connections => Volatile.Read(ref accepted);

    /// <summary>Every transaction begun with MAIL, in order.</summary>
    public IReadOnlyCollection<SinkTransaction> Log => log;

    /// <summary>Transactions whose end of data was seen.</summary>
    public IEnumerable<SinkTransaction> Dotted => log.Where(t => t.DotSeenAt is not null);

    /// <summary>Starts.</summary>
    public static SmtpSink Start(Func<SinkEvent, SinkReply?>? script = null, SinkOptions? options = null) => new(options ?? new SinkOptions(), script);

    /// <summary>A script that does one thing at one step and is friendly otherwise.</summary>
    public static Func<SinkEvent, SinkReply?> At(SinkStep step, SinkReply reply) => e => e.Step == step ? reply : null;

    /// <summary>Forgets the log.</summary>
    public void Clear() => log.Clear();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        await Task.WhenAll(connections.Values);
        stop.Dispose();
    }

    internal void Record(SinkTransaction transaction) => log.Enqueue(transaction);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(stop.Token);
                socket.NoDelay = true;
                var number = Interlocked.Increment(ref accepted);
                connections[number] = Task.Run(async () =>
                {
                    await new SinkConnection(this, socket, number).RunAsync(stop.Token);
                    connections.TryRemove(number, out _);
                });
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
        }
    }
}
