using System.Text.Json;
using EmailTasks.Core.Dispatch;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A mailbox's stored window as the domain's.</summary>
public static class MailboxWindow
{
    /// <summary>The window, or null when the mailbox may always send.</summary>
    public static SendWindow? Of(MailboxRow mailbox)
    {
        if (mailbox.SendWindow is null) return null;
        var w = JsonSerializer.Deserialize(mailbox.SendWindow, StoredJson.Default.WindowSetting)!;
        return new SendWindow(w.Days.Select(SendWindow.Day).ToHashSet(), TimeOnly.Parse(w.From), TimeOnly.Parse(w.To), TimeZoneInfo.FindSystemTimeZoneById(w.Zone));
    }
}
