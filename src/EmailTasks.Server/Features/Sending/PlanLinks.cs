using EmailTasks.Core.Tracking;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Message;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Sending;

/// <summary>What of a task's mails would point at this server: the same for preview, plan and sending.</summary>
internal static class PlanLinks
{
    /// <summary>As things stand now. Without a public URL nothing is tracked, and plain text has nothing to track in.</summary>
    public static PlanTracking Of(App app, AccountRow? account, TaskRow task, MailboxRow? mailbox, bool hasHtml)
    {
        var url = app.Options.PublicUrl?.TrimEnd('/');
        var isGmail = mailbox?.Kind == "gmail";
        return new PlanTracking(
            url is not null && hasHtml && TrackingRules.IsWanted(task.TrackOpens, account?.TrackOpens, isGmail),
            url is not null && hasHtml && TrackingRules.IsWanted(task.TrackClicks, account?.TrackClicks, isGmail),
            url, TakesPost(url) && mailbox?.ListHeadersSigned == true, app.Tokens.CurrentKey);
    }

    /// <summary>RFC 8058 §3.1 asks for https.</summary>
    public static bool TakesPost(string? url) => url?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>As the message room takes it.</summary>
    public static OwnLinks Own(this PlanTracking tracking) => new(tracking.PublicUrl, tracking.Opens, tracking.Clicks, tracking.OneClick);
}
