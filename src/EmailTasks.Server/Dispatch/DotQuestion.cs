namespace EmailTasks.Server.Dispatch;

/// <summary>The question every gate asks at the moment of its dot.</summary>
internal static class DotQuestion
{
    /// <summary>The question of an attempt that begins now.</summary>
    public static Func<bool> Of(DispatchParts parts, string task, string mailbox, long epoch)
    {
        var (begun, time, signals) = (parts.App.Time.GetTimestamp(), parts.App.Time, parts.App.Signals);
        // ReadAt before Allows: a reading in between is later than this, never earlier.
        return () => parts.Control.View.ReadAt is var readAt && parts.Control.Allows(task, mailbox, epoch)
            && !signals.IsStopped(task, readAt) && !signals.IsStopped(mailbox, readAt)
            && parts.App.Standstill.Why is null && time.GetElapsedTime(begun) < DispatchParts.PreDotDeadline;
    }
}
