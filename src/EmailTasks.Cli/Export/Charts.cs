using System.Globalization;
using System.Text;
using System.Text.Json;
using EmailTasks.Cli.Lang;
using EmailTasks.Cli.Show;

namespace EmailTasks.Cli.Export;

/// <summary>Charts as SVG in the page: bars with their numbers beside them, so that nothing is told by length or colour alone.</summary>
internal static class Charts
{
    private const int Width = 800;
    private const int RowHeight = 30;
    private const int LabelWidth = 110;
    private const int NumberWidth = 90;

    /// <summary>Bars of the timeline: more would be thinner than a pixel on a phone.</summary>
    private const int BinsMax = 120;

    /// <summary>The server tells days where a timeline spans more than this.</summary>
    private const int HoursUpTo = 90 * 24;

    private static readonly string[] Series = ["sent", "opens", "clicks", "replies"];

    /// <summary>One bar a step, against the longest; steps that nobody observed are left out.</summary>
    public static string Funnel(IReadOnlyList<(string Label, long? Number)> steps)
    {
        var known = steps.Where(s => s.Number is not null).ToList();
        var most = Math.Max(1, known.Select(s => s.Number!.Value).DefaultIfEmpty(0).Max());
        var svg = Open(known.Count * RowHeight, string.Join(", ", known.Select(s => $"{s.Label} {ReportPage.Count(s.Number!.Value)}")));
        for (var i = 0; i < known.Count; i++)
        {
            var (y, number) = (i * RowHeight, known[i].Number!.Value);
            var length = (double)number / most * (Width - LabelWidth - NumberWidth);
            svg.Append($"<text x=\"0\" y=\"{y + 19}\">{ReportPage.Text(known[i].Label)}</text>")
                .Append($"<rect class=\"bar\" x=\"{LabelWidth}\" y=\"{y + 5}\" width=\"{Number(length)}\" height=\"{RowHeight - 10}\" rx=\"3\"/>")
                .Append($"<text x=\"{Number(LabelWidth + length + 8)}\" y=\"{y + 19}\">{ReportPage.Count(number)}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>A row of bars for each thing that was observed, all on one axis of time; each row has a scale of its own, which is written beside it.</summary>
    public static string Timeline(JsonElement report)
    {
        var entries = report.Items("timeline").Select(e => (At: Instant(e.Text("at")), Entry: e)).Where(e => e.At is not null).OrderBy(e => e.At).ToList();
        if (entries.Count == 0) return "";
        var first = entries[0].At!.Value;
        var span = (entries[^1].At!.Value - first).TotalHours;
        var step = span > HoursUpTo ? 24.0 : 1.0;
        var slots = (int)(span / step) + 1;
        var merged = (slots + BinsMax - 1) / BinsMax;
        var bins = Math.Max(1, (slots + merged - 1) / merged);
        var shown = Series.Where(s => entries.Exists(e => e.Entry.Number(s) is not null)).ToList();
        const int height = 64;
        var svg = Open(shown.Count * height + 24, Said.Of("What happened when, hour by hour or day by day."));
        for (var row = 0; row < shown.Count; row++)
        {
            var sums = new long[bins];
            foreach (var (at, entry) in entries) sums[(int)((at!.Value - first).TotalHours / step) / merged] += entry.Number(shown[row]) ?? 0;
            Row(svg, shown[row], sums, row * height, height, bin => first.AddHours(bin * merged * step));
        }
        var bottom = shown.Count * height + 16;
        svg.Append($"<text class=\"soft\" x=\"{LabelWidth}\" y=\"{bottom}\">{Minute(first)}</text><text class=\"soft\" x=\"{Width}\" y=\"{bottom}\" text-anchor=\"end\">{Minute(first.AddHours(bins * merged * step))}</text>\n</svg>\n");
        var each = merged * step;
        return svg.Append($"<p class=\"note\">{ReportPage.Text(each % 24 == 0 ? Said.Of($"Times are UTC; a bar is {each / 24:0} days.") : Said.Of($"Times are UTC; a bar is {each:0} hours."))}</p>\n").ToString();
    }

    private static void Row(StringBuilder svg, string name, long[] sums, int top, int height, Func<int, DateTimeOffset> at)
    {
        var (most, room) = (Math.Max(1, sums.Max()), height - 16);
        var width = (double)(Width - LabelWidth) / sums.Length;
        svg.Append($"<text x=\"0\" y=\"{top + height / 2}\">{ReportPage.Text(Said.Of(char.ToUpperInvariant(name[0]) + name[1..]))}</text><text class=\"soft\" x=\"0\" y=\"{top + height / 2 + 16}\">{ReportPage.Text(Said.Of($"most {ReportPage.Count(sums.Max())}"))}</text>")
            .Append($"<line class=\"axis\" x1=\"{LabelWidth}\" y1=\"{top + height}\" x2=\"{Width}\" y2=\"{top + height}\"/>\n");
        for (var i = 0; i < sums.Length; i++)
        {
            if (sums[i] == 0) continue;
            var tall = Math.Max(1.5, (double)sums[i] / most * room);
            svg.Append($"<rect class=\"bar\" x=\"{Number(LabelWidth + i * width)}\" y=\"{Number(top + height - tall)}\" width=\"{Number(Math.Min(Math.Max(1, width * 0.86), 40))}\" height=\"{Number(tall)}\"><title>{Minute(at(i))}: {ReportPage.Count(sums[i])}</title></rect>\n");
        }
    }

    private static StringBuilder Open(int height, string label) => new($"<svg viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{ReportPage.Text(label)}\">\n");

    private static DateTimeOffset? Instant(string? text) => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static string Minute(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
