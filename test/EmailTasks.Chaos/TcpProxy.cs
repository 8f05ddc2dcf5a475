using System.Net;
using System.Net.Sockets;

namespace EmailTasks.Chaos;

/// <summary>
/// Stands between one node and the database. A blackhole stalls both ways and closes nothing, as a lost route does;
/// afterwards it goes on where it was, or everything is reset.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private const int BlockBytes = 64 * 1024;

    private readonly Socket _listener;
    private readonly int _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Socket> _open = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private TaskCompletionSource _flows = Flowing();

    public TcpProxy(int target)
    {
        _target = target;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = Task.Run(Accept);
    }

    /// <summary>Where the node finds its database.</summary>
    public int Port { get; }

    /// <summary>From now on nothing passes.</summary>
    public void Stall()
    {
        lock (_gate)
        {
            if (_flows.Task.IsCompleted) _flows = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Everything passes again.</summary>
    /// <param name="reset">What was open ends with a reset instead.</param>
    public void Resume(bool reset)
    {
        TaskCompletionSource flows;
        lock (_gate)
        {
            flows = _flows;
            if (reset)
            {
                foreach (var socket in _open) Reset(socket);
                _open.Clear();
            }
        }
        flows.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Resume(reset: true);
        _listener.Dispose();
        await _accepting;
    }

    private static TaskCompletionSource Flowing()
    {
        var flowing = new TaskCompletionSource();
        flowing.SetResult();
        return flowing;
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptAsync(_stop.Token);
                _ = Task.Run(() => Carry(near));
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // The world ends.
        }
    }

    private async Task Carry(Socket near)
    {
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        lock (_gate)
        {
            _open.Add(near);
            _open.Add(far);
        }
        try
        {
            await Flow();
            await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _target), _stop.Token);
            await Task.WhenAny(Pump(near, far), Pump(far, near));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone; so is the other then.
        }
        lock (_gate)
        {
            _open.Remove(near);
            _open.Remove(far);
        }
        near.Dispose();
        far.Dispose();
    }

    private async Task Pump(Socket from, Socket to)
    {
        var block = new byte[BlockBytes];
        try
        {
            while (await from.ReceiveAsync(block.AsMemory(), _stop.Token) is > 0 and var read)
            {
                await Flow();
                for (var sent = 0; sent < read;) sent += await to.SendAsync(block.AsMemory(sent, read - sent), _stop.Token);
            }
            await Flow();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // As above.
        }
    }

    private Task Flow()
    {
        lock (_gate) return _flows.Task;
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Never connected, or gone.
        }
        socket.Dispose();
    }
}
