using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using EmailTasks.Cli.Lang;
using EmailTasks.Cli.Show;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Export;

/// <summary>
/// A report as one page: numbers, charts and what each number means. It loads nothing and runs nothing, so it can be mailed,
/// kept and printed; it names no recipient.
/// </summary>
internal static class ReportPage
{
    private static readonly (string Label, string Count, string? Rate)[] Tiles =
    [
        ("Sent", "sent_count", null), ("Opened", "open_count", "open_rate"), ("Clicked", "click_count", "click_rate"),
        ("Replied", "reply_count", "reply_rate"), ("Bounced", "bounce_count", "bounce_rate"), ("Unsubscribed", "unsubscribe_count", null),
    ];

    /// <summary>The page.</summary>
    /// <param name="report">The report as the server told it.</param>
    /// <param name="at">When that was.</param>
    public static string Of(JsonElement report, DateTimeOffset at)
    {
        var html = new StringBuilder(16 * 1024);
        var title = report.Text("name") ?? "";
        html.Append($"<!doctype html>\n<html lang=\"{(Said.IsForeign ? "zh" : "en")}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
            .Append($"<title>{Text(title)}</title>\n<style>\n{Style}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{Text(title)}</h1>\n<p>");
        html.Append(Text(Said.Of($"{report.Text("status")}, as of {Minute(at)}"))).Append($" · <code>{Text(report.Text("task_id") ?? "")}</code></p>\n");
        if (report.Text("delivery") == "files") html.Append($"<p class=\"note\">{Text(Said.Of("Written to files: nothing left the machine."))}</p>\n");
        html.Append("</header>\n");
        TilesOf(html, report);
        Section(html, "From sent to replied", Charts.Funnel(
        [
            (Said.Of("Recipients"), report.Number("recipient_count")), (Said.Of("Sent"), report.Number("sent_count")), (Said.Of("Opened"), report.Number("open_count")),
            (Said.Of("Clicked"), report.Number("click_count")), (Said.Of("Replied"), report.Number("reply_count")),
        ]));
        Section(html, "Over time", Charts.Timeline(report));
        Table(html, report);
        html.Append($"<footer><p>{Text(Said.Of("A number is “unknown” where nobody observed it: opens and clicks that were not tracked, replies that nobody read. Opens are a hint: proxies and scanners are counted apart, but not all of them can be told."))}</p></footer>\n</main>\n</body>\n</html>\n");
        return html.ToString();
    }

    /// <summary>Text in HTML; also made harmless to read.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(Clean.Line(text));

    /// <summary>A whole number with its thousands apart.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Minute(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static void TilesOf(StringBuilder html, JsonElement report)
    {
        html.Append("<section class=\"tiles\">\n");
        foreach (var (label, count, rate) in Tiles)
        {
            var number = report.Number(count);
            html.Append($"<div class=\"tile\"><span class=\"label\">{Text(Said.Of(label))}</span><span class=\"number\">{(number is { } n ? Count(n) : "–")}</span><span class=\"detail\">{Text(Detail(report, count, rate, number))}</span></div>\n");
        }
        html.Append("</section>\n");
    }

    private static string Detail(JsonElement report, string count, string? rate, long? number)
    {
        if (number is null) return Said.Of("unknown");
        if (count == "sent_count") return Said.Of($"of {Count(report.Number("recipient_count") ?? 0)}");
        var share = rate is not null && report.At(rate) is { ValueKind: JsonValueKind.Number } r ? r.GetDouble().ToString("0.# %", CultureInfo.InvariantCulture) : "";
        var more = count switch
        {
            "open_count" => report.Number("machine_open_count") is > 0 and var machines ? Said.Of($"{Count(machines)} more by machines") : "",
            "click_count" => report.Number("machine_click_count") is > 0 and var scanners ? Said.Of($"{Count(scanners)} more by machines") : "",
            "reply_count" => report.Number("replied_creator_count") is > 0 and var creators ? Said.Of($"by {Count(creators)} creators") : "",
            _ => "",
        };
        return string.Join(", ", new[] { share, more }.Where(t => t.Length > 0));
    }

    private static void Section(StringBuilder html, string title, string body)
    {
        if (body.Length > 0) html.Append($"<section>\n<h2>{Text(Said.Of(title))}</h2>\n{body}</section>\n");
    }

    private static void Table(StringBuilder html, JsonElement report)
    {
        html.Append($"<section>\n<h2>{Text(Said.Of("All numbers"))}</h2>\n<table>\n");
        foreach (var member in ReportFile.Defined())
        {
            var value = report.At(member.Name);
            var shown = value.ValueKind != JsonValueKind.Number ? Said.Of("unknown")
                : member.Shape.Kind == ShapeKind.Number ? value.GetDouble().ToString("0.## %", CultureInfo.InvariantCulture)
                : Count(value.GetInt64());
            html.Append($"<tr><th scope=\"row\"><code>{member.Name}</code></th><td class=\"value\">{Text(shown)}</td><td>{Text(Said.Of(member.Wire.Description))}</td></tr>\n");
        }
        html.Append("</table>\n</section>\n");
    }

    private const string Style =
        """
        :root { --ink: #1c1c1a; --soft: #6b6b66; --line: #dededa; --paper: #ffffff; --ground: #f5f5f3; --bar: #2f6fdb; color-scheme: light dark }
        @media (prefers-color-scheme: dark) { :root { --ink: #f1f1ee; --soft: #a5a59f; --line: #3b3b38; --paper: #232321; --ground: #191918; --bar: #6aa0f5 } }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
        main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem }
        h1 { margin: 0; font-size: 1.7rem; overflow-wrap: anywhere }
        h2 { margin: 0 0 .75rem; font-size: 1.1rem }
        header p, footer p, .note { color: var(--soft); margin: .25rem 0 }
        section { margin: 1.25rem 0; padding: 1.25rem; background: var(--paper); border: 1px solid var(--line); border-radius: 10px }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: 1rem }
        .tile { display: flex; flex-direction: column }
        .label, .detail { color: var(--soft); font-size: .85rem }
        .number { font-size: 1.8rem; line-height: 1.2; font-variant-numeric: tabular-nums }
        svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif }
        svg text { fill: var(--ink) } svg .soft { fill: var(--soft) } svg .bar { fill: var(--bar) } svg .axis { stroke: var(--line) }
        table { width: 100%; border-collapse: collapse; font-size: .9rem }
        th, td { padding: .4rem .5rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: normal }
        tr:first-child > * { border-top: 0 }
        .value { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
        @media (max-width: 40rem) { tr { display: grid; grid-template-columns: 1fr auto } th code { overflow-wrap: anywhere } td:last-child { grid-column: 1 / -1; padding-top: 0; border-top: 0; color: var(--soft) } }
        @media print { body { background: none } section { break-inside: avoid } }

        """;
}
