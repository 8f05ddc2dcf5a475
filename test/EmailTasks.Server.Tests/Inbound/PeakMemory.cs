namespace EmailTasks.Server.Tests.Inbound;

/// <summary>The most managed memory in use while something runs, above what was in use before.</summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _looks;
    private readonly long _before = GC.GetTotalMemory(forceFullCollection: true);
    private long _peak;

    public PeakMemory()
    {
        _looks = new Thread(() =>
        {
            while (!_stop.IsCancellationRequested)
            {
                _peak = Math.Max(_peak, GC.GetTotalMemory(forceFullCollection: false));
                Thread.Sleep(2);
            }
        }) { IsBackground = true };
        _looks.Start();
    }

    /// <summary>Stops looking; bytes above the beginning.</summary>
    public long Stop()
    {
        _stop.Cancel();
        _looks.Join();
        return Math.Max(0, _peak - _before);
    }

    public void Dispose()
    {
        Stop();
        _stop.Dispose();
    }
}
