using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>
/// Finds the links of a document whose clicks can be counted, and marks where their addresses begin and end. Addresses that
/// can't become http or https, and the opt-out, are none of them.
/// </summary>
internal sealed class LinkMarks
{
    /// <summary>A link's number has two bytes in its token; no content that people read comes near.</summary>
    public const int Most = 1_000;

    private readonly Dictionary<int, LinkMark> _marks = [];
    private readonly List<UrlValue> _values = [];

    /// <summary>The addresses in the order of their numbers, unescaped.</summary>
    public IReadOnlyList<UrlValue> Values => _values;

    /// <summary>The mark that a word of <see cref="Placeholders"/> stands for, or null.</summary>
    public LinkMark? Mark(int index) => _marks.TryGetValue(index, out var mark) ? mark : null;

    /// <summary>Puts words around the addresses of the document's links.</summary>
    public static LinkMarks Put(IHtmlDocument document, Placeholders words)
    {
        var marks = new LinkMarks();
        var next = words.Count + 1; // behind the outputs and the preheader
        foreach (var link in document.QuerySelectorAll("a[href], area[href]"))
        {
            var href = link.GetAttribute("href")!;
            List<Segment> parts = [.. words.Split(href).Select(p => new Segment(p.Literal, p.Literal is null ? words.Output(p.Index) : null, SegmentContext.UrlAttribute))];
            if (marks._values.Count == Most || !MayBeCounted(parts)) continue;
            marks._values.Add(new UrlValue("href", parts));
            marks._marks[next] = new LinkMark(marks._values.Count, Ends: false);
            marks._marks[next + 1] = new LinkMark(marks._values.Count, Ends: true);
            link.SetAttribute("href", words.Word(next) + href + words.Word(next + 1));
            next += 2;
        }
        return marks;
    }

    private static bool MayBeCounted(List<Segment> parts) => parts switch
    {
        [] => false,
        [{ Literal: { } only }] => UrlRule.AllowsWeb(only),
        _ => !parts.Exists(p => p.Output?.Name == BuiltIns.UnsubscribeUrl),
    };
}
