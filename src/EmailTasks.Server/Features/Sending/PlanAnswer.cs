using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;
using EmailTasks.Server.Features.Content;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>The plan as the contract shows it.</summary>
internal static class PlanAnswer
{
    private const int DomainsShown = 50;

    /// <summary>Puts the answer together.</summary>
    /// <param name="read">The plan is another than the one that was named: what comes next is to read it, not to do it.</param>
    public static PlanView Of(SendingPlan p, SendTerms terms, string digest, Call call, bool read)
    {
        var refusals = PlanNotes.Refusals(p, terms);
        var ready = refusals.Count == 0;
        var start = Micros.At(p.Start);
        var forecast = PlanForecast.Of(p, terms, start);
        return new PlanView(
            ready ? "ready" : "refused", digest, p.Scan.ToSend, p.Mailbox is null ? null : p.Mailbox.Kind == "pickup" ? "files" : "smtp",
            ready ? Steps.Offered(read ? call.Own : call.ItsForcedCall(digest), call.Key)?.View() : null,
            refusals, [.. PlanNotes.Warnings(p, terms), .. PlanForecast.Warnings(p, terms, start, forecast)],
            new ExcludedView(p.Scan.Suppressed, p.Scan.SuppressedSample, 0, 0),
            new SeenBeforeView(p.Seen.Count, p.Seen.Told, Micros.At(p.Seen.LastMailedAt), Micros.At(p.Seen.LastRepliedAt), p.SeenSample),
            Tasks.Get.Sender(p.Task, p.Mailbox), Timing(p, terms, start, forecast),
            [.. p.Scan.Domains(DomainsShown).Select(d => new DomainCount(d.Key, d.Value))],
            [.. p.Cards.Select(c => new ProductCardView(c.Id, c.Product, c.Position, c.Title, c.Link, c.Price, c.Currency, c.ThumbnailUrl, c.Stale))],
            new PlanTrackingView(p.Part.Tracking.Opens, p.Part.Tracking.Clicks, p.Part.Tracking.PublicUrl, p.Part.Tracking.OneClick),
            Samples(p, start), p.Tested switch { null => "never", true => "yes", false => "changed since" }, p.Task.Id, p.Task.Version);
    }

    private static TimingView Timing(SendingPlan p, SendTerms terms, DateTimeOffset start, Forecast forecast) => new(
        start, terms.GivenAt is null ? null : Instants.OffsetOf(terms.GivenAt), p.Mailbox is null ? null : MailboxWindow.Of(p.Mailbox)?.Zone.Id, forecast.FirstAt, forecast.LastAt,
        [.. forecast.PerDay.Select(d => new DayView(d.Date.ToString("yyyy-MM-dd"), d.Mails))], forecast.LimitedBy, Micros.At(terms.SendUntil));

    private static List<PreviewMessage> Samples(SendingPlan p, DateTimeOffset date)
    {
        if (p.Renderer is null || p.Task.Sender is null) return [];
        return [.. p.Scan.Telling.Select(r => Preview.Of(p.Renderer, r, false, date, null).Message).OfType<PreviewMessage>()];
    }
}
