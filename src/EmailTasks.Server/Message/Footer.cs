using System.Text;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>
/// What the server adds below a content that has no opt-out or no postal address: for each body the pieces between which
/// the opt-out address stands; one piece when it needs none, null when nothing is added. The words are part of the plan,
/// so a later version of them changes no mail that was approved.
/// </summary>
public sealed record Footer(IReadOnlyList<string>? Html, IReadOnlyList<string>? Text)
{
    private const string Open = "<div style=\"margin:24px 0 0 0;font-size:12px;color:#666666\">";
    private const string Close = "</div>";

    /// <summary>The footer a content needs, or null.</summary>
    /// <param name="company">Stands above the address, or null.</param>
    /// <param name="postalAddress">The account's, in lines; null when it has none.</param>
    public static Footer? For(CompiledContent content, string? company, string? postalAddress)
    {
        var lines = postalAddress is null ? [] : (company is null ? [] : new[] { company }).Concat(postalAddress.Split('\n')).ToList();
        var html = content.Html is null ? null : Html_(Names(content.Html, BuiltIns.UnsubscribeUrl), Names(content.Html, BuiltIns.PostalAddress) ? [] : lines);
        var text = Text_(Names(content.Text, BuiltIns.UnsubscribeUrl), Names(content.Text, BuiltIns.PostalAddress) ? [] : lines);
        return html is null && text is null ? null : new Footer(html, text);
    }

    /// <summary>The HTML body's footer as a template.</summary>
    internal IEnumerable<Segment> HtmlSegments => Segments(Html, SegmentContext.UrlAttribute);

    /// <summary>The text body's footer as a template.</summary>
    internal IEnumerable<Segment> TextSegments => Segments(Text, SegmentContext.Plain);

    private static bool Names(CompiledTemplate body, string builtIn) => body.Outputs.Any(o => o.Name == builtIn);

    private static List<string>? Html_(bool hasOptOut, List<string> address)
    {
        if (hasOptOut && address.Count == 0) return null;
        var lines = string.Join("<br>", address.Select(HtmlEscape.Of));
        if (hasOptOut) return [Open + lines + Close];
        return [Open + lines + (lines.Length > 0 ? "<br>" : "") + "<a href=\"", "\" style=\"color:#666666\">Unsubscribe</a>" + Close];
    }

    private static List<string>? Text_(bool hasOptOut, List<string> address)
    {
        if (hasOptOut && address.Count == 0) return null;
        var lines = new StringBuilder("\n\n--\n").AppendJoin('\n', address);
        if (hasOptOut) return [lines.ToString()];
        return [lines.Append(address.Count > 0 ? "\n" : "").Append("Unsubscribe: ").ToString(), ""];
    }

    private static IEnumerable<Segment> Segments(IReadOnlyList<string>? pieces, SegmentContext context)
    {
        var optOut = LiquidTemplate.Parse($"{{{{ {BuiltIns.UnsubscribeUrl} }}}}").Template!.Outputs[0];
        for (var i = 0; i < (pieces?.Count ?? 0); i++)
        {
            if (i > 0) yield return new Segment(null, optOut, context);
            yield return new Segment(pieces![i], null, context);
        }
    }
}
