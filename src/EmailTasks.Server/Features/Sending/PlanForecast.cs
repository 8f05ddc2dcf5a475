using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>When a plan's mails would leave, and what somebody should know about that.</summary>
internal static class PlanForecast
{
    /// <summary>The forecast of what would leave from <paramref name="start"/> on, up to <c>send_until</c>.</summary>
    public static Forecast Of(SendingPlan p, SendTerms terms, DateTimeOffset start) => p.Mailbox is null
        ? new Forecast(null, null, [], "nothing", p.Scan.ToSend)
        : Forecasting.Of(MailboxWindow.Forecast(p.Mailbox, p.Usage, p.Scan.ToSend, start) with { SendUntil = Micros.At(terms.SendUntil) });

    /// <summary>Who would not be mailed in time.</summary>
    public static List<PlanNote> Warnings(SendingPlan p, SendTerms terms, DateTimeOffset start, Forecast forecast)
    {
        if (p.Mailbox is null || forecast.Left == 0) return [];
        if (terms.SendUntil is null || terms.SendUntil > Micros.Of(start + Forecasting.Horizon))
            return [new PlanNote("FORECAST_TOO_LONG", forecast.Left, $"At the mailbox's limits {forecast.Left} of {Plural.Of(p.Scan.ToSend, "mail")} would not have left within 2 years.", [], "Raise the limits, widen the window, or send fewer.")];
        var whole = Of(p, SendTerms.None, start).LastAt is { } last ? $"The last mail would be through at {last.UtcDateTime:yyyy-MM-dd'T'HH:mm'Z'}: give a later send_until, or raise the limits." : "Raise the limits, widen the window, or send fewer.";
        return [new PlanNote("SEND_UNTIL_TOO_EARLY", forecast.Left, $"{forecast.Left} of {Plural.Of(p.Scan.ToSend, "mail")} would not have left by send_until and would expire.", [], whole)];
    }
}
