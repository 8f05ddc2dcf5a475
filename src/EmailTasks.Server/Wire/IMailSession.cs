using EmailTasks.Core.Dispatch;
using MimeKit;

namespace EmailTasks.Server.Wire;

/// <summary>Something that takes one mail at a time: an SMTP session, or a pickup folder.</summary>
public interface IMailSession : IAsyncDisposable
{
    /// <summary>Whether another mail may go through it; false is final.</summary>
    bool Usable { get; }

    /// <summary>How long nothing has been said.</summary>
    TimeSpan IdleFor { get; }

    /// <summary>Hands one mail over and reports what happened; never throws.</summary>
    Task<AttemptReport> SendAsync(MimeMessage message, string from, string to, DotGate gate, CancellationToken abortBeforeGate);

    /// <summary>Asks whether the other side is still there.</summary>
    Task<bool> NoopAsync();
}
