using EmailTasks.Core.Dispatch;
using MailKit;

namespace EmailTasks.Server.Wire;

/// <summary>
/// The phase of one send, its time limits and its gate. Before the dot everything that stops the send goes through the gate:
/// only who refuses it may close the connection. After the dot nothing but the dot's own limit does.
/// </summary>
internal sealed class SendClock : ITransferProgress, IDisposable
{
    private readonly DotGate gate;
    private readonly long wireSize;
    private readonly SmtpTimeouts limits;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stop = new();
    private readonly ITimer beforeDot;
    private readonly CancellationTokenRegistration abort;
    private ITimer? afterDot;
    private bool opened;

    /// <summary>Starts at MAIL.</summary>
    public SendClock(DotGate gate, long wireSize, SmtpTimeouts limits, TimeProvider time, CancellationToken abortBeforeGate)
    {
        this.gate = gate;
        this.wireSize = wireSize;
        this.limits = limits;
        this.time = time;
        Phase = SmtpPhase.Mail;
        beforeDot = time.CreateTimer(static me => ((SendClock)me!).TimeOutBeforeDot(), this, limits.Mail, Timeout.InfiniteTimeSpan);
        abort = abortBeforeGate.UnsafeRegister(static me => ((SendClock)me!).Abort(), this);
    }

    /// <summary>Where the send stands.</summary>
    public SmtpPhase Phase { get; private set; }

    /// <summary>A limit of ours stopped the send.</summary>
    public bool TimedOut { get; private set; }

    /// <summary>The caller stopped the send before the gate.</summary>
    public bool Aborted { get; private set; }

    /// <summary>Stops MailKit.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>The next phase has begun and has its own limit.</summary>
    public void Enter(SmtpPhase phase)
    {
        if (phase <= Phase || opened) return;
        Phase = phase;
        beforeDot.Change(phase switch
        {
            SmtpPhase.Rcpt => limits.Rcpt,
            SmtpPhase.Data => limits.Data,
            _ => limits.Block,
        }, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The server has refused and MailKit resets the session: that may not take long.</summary>
    public void Decided() => (afterDot ?? beforeDot).Change(limits.Aside, Timeout.InfiniteTimeSpan);

    /// <summary>Called by MailKit after each block; the end of data is written only after the last of these calls has returned.</summary>
    public void Report(long bytesTransferred, long totalSize) => Report(bytesTransferred);

    /// <inheritdoc/>
    public void Report(long bytesTransferred)
    {
        if (opened) return;
        if (bytesTransferred < wireSize)
        {
            Enter(SmtpPhase.Body);
            beforeDot.Change(limits.Block, Timeout.InfiniteTimeSpan);
            return;
        }
        if (!gate.TryDot()) throw new GateRefusedException();
        opened = true;
        Phase = SmtpPhase.Dot;
        afterDot = time.CreateTimer(static me => ((SendClock)me!).Stop(), this, limits.Dot, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        abort.Dispose();
        beforeDot.Dispose();
        afterDot?.Dispose();
        stop.Dispose();
    }

    private void TimeOutBeforeDot()
    {
        if (gate.TryRefuse()) Stop();
    }

    private void Stop()
    {
        TimedOut = true;
        Cancel();
    }

    private void Abort()
    {
        if (!gate.TryRefuse()) return;
        Aborted = true;
        Cancel();
    }

    private void Cancel()
    {
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The send was over first.
        }
    }
}
