using System.Text.Json;
using EmailTasks.Cli.Lang;

namespace EmailTasks.Cli.Show;

/// <summary>A list as a table of its main columns, as many as fit.</summary>
internal static class Table
{
    /// <summary>Columns worth their place, most wanted first. A list shows those that its rows have.</summary>
    private static readonly string[] Wanted =
    [
        "check", "result", "detail", "fix", "command", "exit_code", "error_code", "task_id", "recipient_id", "template_id", "email_product_id", "product_collect_id", "sender_id", "key_id", "creator_id", "uid",
        "name", "title", "email_address", "address", "email", "role", "actor", "kind", "status", "state", "reason", "selected", "health.state", "language",
        "counts.recipient_count", "counts.sent_count", "price", "currency", "link", "subject", "stale", "summary", "when", "updated_at", "state_at", "at",
    ];

    /// <summary>Lists whose rows want others, by a member that only theirs have.</summary>
    private static readonly (string Member, string[] Columns)[] Special =
    [
        ("task_count", ["uid", "name", "task_count", "sent_count", "open_rate", "click_rate", "reply_rate"]),
        ("matched_by", ["message_id", "email_address", "kind", "received_at", "untrusted.subject"]),
        ("message_ids", ["recipient_id", "email_address", "creator_id", "at", "message_ids"]),
    ];

    private const int ColumnsMax = 7;
    private const int Gap = 2;
    private const int RateColumns = 8;

    /// <summary>Adds the table, or a line saying that there is nothing.</summary>
    public static void Show(Plain plain, JsonElement items)
    {
        var rows = items.EnumerateArray().ToList();
        if (rows.Count == 0)
        {
            plain.Line(Said.Of("(none)"));
            return;
        }
        var columns = Columns(rows);
        if (columns.Count == 0)
        {
            foreach (var row in rows) plain.Line(Json.Shown(row));
            return;
        }
        var cells = rows.ConvertAll(r => columns.ConvertAll(c => Cell(r, c)));
        var widths = columns.Select((c, i) => Math.Max(Head(c).Length, cells.Max(r => Screen.Columns(r[i])))).ToArray();
        Fit(widths, columns, plain.Width);
        plain.Bold(Row([.. columns.Select(Head)], widths));
        foreach (var row in cells) plain.Line(Row(row, widths));
    }

    private static List<string> Columns(List<JsonElement> rows) =>
        [.. (Array.Find(Special, s => rows[0].At(s.Member).ValueKind != JsonValueKind.Undefined).Columns ?? Wanted).Where(c => rows.Exists(r => r.At(c.Split('.')).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))).Take(ColumnsMax)];

    private static string Head(string column) => (column.StartsWith("untrusted.", StringComparison.Ordinal) ? column.Split('.')[^1] + " (untrusted)" : column.Split('.')[^1]).ToUpperInvariant();

    private static string Cell(JsonElement row, string column)
    {
        var value = row.At(column.Split('.'));
        var text = Clean.Line(value.ValueKind == JsonValueKind.Array ? string.Join(' ', value.EnumerateArray().Select(Json.Shown)) : Json.Shown(value));
        if (column == "when") return Said.Of(text);
        if (column.EndsWith("_rate", StringComparison.Ordinal) && row.At(column) is { ValueKind: JsonValueKind.Number } rate)
            return $"{ReportScreen.Percent(rate.GetDouble()),7} {Screen.Pad(ReportScreen.Bar(rate.GetDouble(), RateColumns), RateColumns)}";
        // An instant to the minute is what a table has room for.
        return (column == "at" || column.EndsWith("_at", StringComparison.Ordinal)) && text.Length >= 16 && text[10] == 'T' ? text[..10] + " " + text[11..16] + "Z" : text;
    }

    /// <summary>Narrows the widest columns until the row fits; ids are never cut, half an id is none.</summary>
    private static void Fit(int[] widths, List<string> columns, int screen)
    {
        while (widths.Sum() + (Gap * (widths.Length - 1)) > screen)
        {
            var widest = -1;
            for (var i = 0; i < widths.Length; i++)
            {
                if (columns[i].EndsWith("_id", StringComparison.Ordinal) || widths[i] <= 8) continue;
                if (widest < 0 || widths[i] > widths[widest]) widest = i;
            }
            if (widest < 0) return;
            widths[widest]--;
        }
    }

    private static string Row(List<string> cells, int[] widths) =>
        string.Join(new string(' ', Gap), cells.Select((c, i) => Screen.Pad(Screen.Cut(c, widths[i]), widths[i]))).TrimEnd();
}
