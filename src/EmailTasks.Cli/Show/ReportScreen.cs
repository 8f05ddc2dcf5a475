using System.Text.Json;
using EmailTasks.Cli.Lang;

namespace EmailTasks.Cli.Show;

/// <summary>A report: recipients by state, what came back, when. A null number says why it is not a number.</summary>
internal static class ReportScreen
{
    private static readonly (string Label, string[] Members)[] Lines =
    [
        ("Sent", ["sent_count"]),
        ("Open", ["pending_count", "retrying_count", "handed_count"]),
        ("Not sent", ["failed_count", "uncertain_count", "suppressed_count", "cancelled_count", "expired_count"]),
        ("Replies", ["reply_count", "replied_creator_count", "inbound_message_count", "auto_reply_count"]),
        ("Reactions", ["open_count", "machine_open_count", "click_count", "machine_click_count"]),
        ("Trouble", ["bounce_count", "unsubscribe_count", "complaint_count"]),
        ("Rates", ["reply_rate", "open_rate", "click_rate", "bounce_rate"]),
    ];

    /// <summary>True when the data is a report.</summary>
    public static bool IsReport(JsonElement data) => data.Number("recipient_count") is not null && data.Number("sent_count") is not null && data.Text("task_id") is not null;

    /// <summary>Adds the screen.</summary>
    public static void Show(Plain plain, JsonElement report)
    {
        plain.Bold($"{report.Text("name")}   {report.Text("task_id")}   {report.Text("status")}{(report.At("settled").ValueKind == JsonValueKind.True ? ", settled" : "")}");
        plain.Line();
        plain.Labelled("Recipients", Json.Shown(report.At("recipient_count")));
        foreach (var (label, members) in Lines)
        {
            plain.Labelled(label, string.Join(", ", members.Where(m => report.At(m).ValueKind != JsonValueKind.Undefined).Select(m => Number(report, m))));
        }
        if (report.Text("first_sent_at") is { } first) plain.Labelled("When", $"{first} to {report.Text("last_sent_at")}");
        plain.Labelled("Inbound", $"{report.Text("inbound", "status")}{(report.Text("inbound", "synced_at") is { } at ? $", read {at}" : "")}");
        if (report.Text("delivery") == "files") plain.Labelled("Delivery", Said.Of("files: nothing left this machine"));
    }

    private static string Number(JsonElement report, string member)
    {
        var value = report.At(member);
        var words = member.Replace("_count", "").Replace("_rate", "").Replace('_', ' ');
        if (value.ValueKind == JsonValueKind.Null) return $"{words} unknown";
        return member.EndsWith("_rate", StringComparison.Ordinal) && value.TryGetDouble(out var rate) ? $"{words} {rate * 100:0.#} %" : $"{words} {Json.Shown(value)}";
    }
}
