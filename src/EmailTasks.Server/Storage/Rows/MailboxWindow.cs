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

    /// <summary>What a forecast of so many mails through a mailbox starts from.</summary>
    public static ForecastAsk Forecast(MailboxRow mailbox, IReadOnlyList<UsageBucket> usage, long mails, DateTimeOffset start) => new(mailbox.Limits, Of(mailbox), mails, start)
    {
        Mailbox = mailbox.Id, BeginNo = mailbox.BeginNo, NextBeginAt = mailbox.NextBeginAt, InFlight = mailbox.InFlight, Usage = usage,
        SecondsPerMail = mailbox.Kind == "pickup" ? Forecasting.FileSeconds : Forecasting.SmtpSeconds,
    };
}
