using System.Globalization;
using System.Text.Json;
using EmailTasks.Cli.Lang;

namespace EmailTasks.Cli.Show;

/// <summary>A report, of one task or several: each number with its share as a bar, what nobody observed as unknown, and what happened when.</summary>
internal static class ReportScreen
{
    private const int BarColumns = 20;
    private const int TimesShown = 12;

    private static readonly (string Label, string Count, string Whole)[] Lines =
    [
        ("Sent", "sent_count", "recipient_count"), ("Pending", "pending_count", "recipient_count"), ("Handed", "handed_count", "recipient_count"),
        ("Failed", "failed_count", "recipient_count"), ("Uncertain", "uncertain_count", "recipient_count"), ("Suppressed", "suppressed_count", "recipient_count"),
        ("Cancelled", "cancelled_count", "recipient_count"), ("Expired", "expired_count", "recipient_count"),
        ("Opened", "open_count", "sent_count"), ("Clicked", "click_count", "sent_count"), ("Replied", "reply_count", "sent_count"),
        ("Bounced", "bounce_count", "sent_count"), ("Opted out", "unsubscribe_count", "sent_count"), ("Complained", "complaint_count", "sent_count"),
    ];

    /// <summary>True when the data is a report.</summary>
    public static bool IsReport(JsonElement data) =>
        data.Number("recipient_count") is not null && data.Number("sent_count") is not null && (data.Text("task_id") is not null || data.Number("task_count") is not null);

    /// <summary>Adds the screen.</summary>
    public static void Show(Plain plain, JsonElement report)
    {
        plain.Bold(report.Number("task_count") is { } tasks
            ? Said.Of($"{tasks} tasks")
            : $"{report.Text("name")}   {report.Text("task_id")}   {report.Text("status")}{(report.At("settled").ValueKind == JsonValueKind.True ? ", settled" : "")}");
        plain.Line();
        plain.Labelled("Recipients", Json.Shown(report.At("recipient_count")));
        foreach (var (label, count, whole) in Lines)
        {
            // Of the states, only those that somebody is in; of what came back, all: a null is told as well.
            if (whole == "recipient_count" && count != "sent_count" && report.Number(count) is null or 0) continue;
            plain.Labelled(label, Line(report, count, whole));
        }
        if (report.Number("auto_reply_count") is > 0 and var automatic) plain.Labelled("Automatic", Said.Of($"{automatic} answered by a machine, which is no reply"));
        if (report.Text("first_sent_at") is { } first) plain.Labelled("When", $"{Minute(first)} – {Minute(report.Text("last_sent_at"))}");
        plain.Labelled("Inbound", $"{report.Text("inbound", "status")}{(report.Text("inbound", "synced_at") is { } at ? Said.Of($", read up to {Minute(at)}") : "")}");
        if (report.Text("delivery") == "files") plain.Labelled("Delivery", Said.Of("files: nothing left this machine"));
        Times(plain, report);
        Explained(plain, report);
        if (report.Text("output", "path") is { } path) plain.Labelled("Written to", path);
    }

    /// <summary>A share as a bar of eighths.</summary>
    public static string Bar(double share, int columns)
    {
        var eighths = (int)Math.Round(Math.Clamp(share, 0, 1) * columns * 8);
        if (eighths == 0 && share > 0) eighths = 1; // somebody is not nobody
        var rest = eighths % 8;
        return new string('█', eighths / 8) + (rest > 0 ? ((char)('█' + 8 - rest)).ToString() : "");
    }

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Line(JsonElement report, string count, string whole)
    {
        if (report.Number(count) is not { } number) return Said.Of("unknown");
        var all = report.Number(whole) ?? 0;
        var share = all > 0 ? (double)number / all : 0;
        var text = $"{Screen.Pad(Bar(share, BarColumns), BarColumns)} {number,7}{(all > 0 ? $" {Percent(share),7}" : "")}";
        return text + More(report, count);
    }

    private static string More(JsonElement report, string count) => count switch
    {
        "pending_count" when report.Number("retrying_count") is > 0 and var retrying => Said.Of($"   {retrying} of them again"),
        "open_count" when report.Number("machine_open_count") is > 0 and var machines => Said.Of($"   {machines} more by machines only"),
        "click_count" when report.Number("machine_click_count") is > 0 and var machines => Said.Of($"   {machines} more by machines only"),
        "reply_count" when report.Number("inbound_message_count") is > 0 and var messages => Said.Of($"   {report.Number("replied_creator_count")} creators, {messages} messages"),
        _ => "",
    };

    private static void Times(Plain plain, JsonElement report)
    {
        var times = report.Items("timeline").ToList();
        if (times.Count == 0) return;
        plain.Line();
        plain.Bold(Said.Of(times.Count > TimesShown ? $"The last {TimesShown} of {times.Count} times (UTC)" : "When (UTC)"));
        var most = Math.Max(1, times.Max(t => t.Number("sent") ?? 0));
        foreach (var time in times.TakeLast(TimesShown))
        {
            var sent = time.Number("sent") ?? 0;
            var more = string.Concat(new[] { "opens", "clicks", "replies" }.Where(m => time.Number(m) is > 0).Select(m => $"   {Said.Of(m)} {time.Number(m)}"));
            plain.Line($"{Minute(time.Text("at"))}  {Screen.Pad(Bar((double)sent / most, BarColumns), BarColumns)} {sent,7}{more}");
        }
    }

    private static void Explained(Plain plain, JsonElement report)
    {
        if (report.At("explained").ValueKind != JsonValueKind.Object) return;
        plain.Line();
        plain.Bold(Said.Of($"Behind {report.Text("explained", "number")}"));
        Table.Show(plain, report.At("explained", "recipients"));
        if (report.At("explained", "truncated").ValueKind == JsonValueKind.True) plain.Line(Said.Of("There are more; see `email recipients list` and `message list`."));
    }

    private static string Minute(string? instant) => instant is { Length: >= 16 } ? instant[..10] + " " + instant[11..16] + "Z" : instant ?? "";
}
