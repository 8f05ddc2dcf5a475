using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>A window's open stretch, kept until it ends: finding it walks minutes of local time, too slow for every begin.</summary>
internal sealed class OpenStretch
{
    private string? _window;
    private (DateTimeOffset From, DateTimeOffset Until)? _stretch;

    /// <summary>The stretch that holds <paramref name="now"/>, or the next one; null without a window, or when it never opens.</summary>
    public (DateTimeOffset From, DateTimeOffset Until)? Open(MailboxRow mailbox, DateTimeOffset now)
    {
        if (mailbox.SendWindow is null) return null;
        if (_window == mailbox.SendWindow && _stretch is { } kept && now < kept.Until) return kept;
        (_window, _stretch) = (mailbox.SendWindow, MailboxWindow.Of(mailbox)!.Open(now));
        return _stretch;
    }
}
