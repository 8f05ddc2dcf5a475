using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>An HTML body, cleaned and split.</summary>
internal sealed record CompiledHtml(CompiledTemplate Template, string Source, CompiledTemplate DerivedText, IReadOnlyList<string> Removed);

/// <summary>Turns a Liquid HTML source into segments: mark outputs, check their places, clean, split.</summary>
internal static class HtmlCompiler
{
    private const string Member = "html_body";

    /// <summary>More phrases would not be read.</summary>
    private const int MaxRemoved = 50;

    private const string PreheaderOpen = "<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">";

    /// <summary>The compiled body, or null with the problems added.</summary>
    public static CompiledHtml? Compile(string source, LiquidTemplate? preheader, List<ContentProblem> problems)
    {
        var parse = LiquidTemplate.Parse(source);
        problems.AddRange(parse.Problems.Select(p => new ContentProblem(Member, p.Line, p.Column, p.Problem, p.Fix)));
        if (parse.Template is not { } template) return null;
        if (HtmlBounds.Problem(source) is { } much)
        {
            problems.Add(new ContentProblem(Member, 1, 1, $"There are {much}.", "Close the elements that are opened, and send shorter mail."));
            return null;
        }
        var marks = new Placeholders(source, template);
        var before = problems.Count;
        using (var raw = EmailHtml.Parse(marks.Marked))
        {
            if (EmailHtml.IsTooDeep(raw))
            {
                problems.Add(new ContentProblem(Member, 1, 1, $"Elements are nested more than {EmailHtml.MaxDepth} deep.", "Close the elements that are opened."));
                return null;
            }
            HtmlPlaces.Check(raw, marks, problems);
        }
        if (problems.Count > before) return null;
        var removed = new List<string>();
        if (EmailHtml.Clean(marks.Marked, what => { if (removed.Count < MaxRemoved && !removed.Contains(what)) removed.Add(what); }) is not { } clean)
        {
            problems.Add(new ContentProblem(Member, 1, 1, "This HTML reads differently each time it is parsed.", "Close every element where it belongs, and keep tables and lists well-formed."));
            return null;
        }
        using var document = EmailHtml.Parse(clean);
        var text = new TextFromHtml(marks).Of(document);
        document.Body!.InsertBefore(document.CreateTextNode(marks.PreheaderMark), document.Body.FirstChild);
        return Split(document, marks, preheader, text, removed);
    }

    private static CompiledHtml Split(IHtmlDocument document, Placeholders marks, LiquidTemplate? preheader, CompiledTemplate text, List<string> removed)
    {
        var contexts = Contexts(document, marks, out var urls);
        var segments = new List<Segment>();
        var source = new StringBuilder();
        var links = LinkMarks.Put(document, marks);
        foreach (var (literal, index) in marks.Split(EmailHtml.Write(document)))
        {
            if (literal is not null)
            {
                var safe = WithoutBraces(literal);
                source.Append(safe);
                segments.Add(new Segment(safe, null, SegmentContext.HtmlText));
            }
            else if (marks.Output(index) is { } output)
            {
                // A brace of the text in front of an output would make three.
                if (source.Length > 0 && source[^1] == '{')
                {
                    source.Length--;
                    source.Append("&#123;");
                    segments[^1] = segments[^1] with { Literal = segments[^1].Literal![..^1] + "&#123;" };
                }
                source.Append(output.Source);
                segments.Add(new Segment(null, output, contexts[index]));
            }
            else if (links.Mark(index) is { } mark) segments.Add(new Segment(null, null, SegmentContext.UrlAttribute, mark));
            else if (preheader is not null) segments.AddRange(Preheader(preheader));
        }
        return new CompiledHtml(new CompiledTemplate(Joined(segments), urls) { Links = links.Values }, source.ToString(), text, removed);
    }

    private static Dictionary<int, SegmentContext> Contexts(IHtmlDocument document, Placeholders marks, out List<UrlValue> urls)
    {
        var contexts = new Dictionary<int, SegmentContext>();
        urls = [];
        foreach (var node in document.Descendants())
        {
            if (node is IText text)
            {
                foreach (var index in marks.In(text.Data)) contexts[index] = SegmentContext.HtmlText;
            }
            if (node is not IElement element) continue;
            foreach (var attribute in element.Attributes)
            {
                var isUrl = EmailHtml.UrlAttributes.Contains(attribute.Name);
                var context = isUrl ? SegmentContext.UrlAttribute : SegmentContext.Attribute;
                var any = false;
                foreach (var index in marks.In(attribute.Value))
                {
                    contexts[index] = context;
                    any = true;
                }
                if (isUrl && any)
                {
                    urls.Add(new UrlValue(attribute.Name,
                        [.. marks.Split(attribute.Value).Select(p => new Segment(p.Literal, p.Literal is null ? marks.Output(p.Index) : null, context))]));
                }
            }
        }
        return contexts;
    }

    // Text that merely looks like Liquid, written with entities, must not become Liquid in the saved source. Inside
    // <style> the filter lets no such pair through.
    private static string WithoutBraces(string literal) =>
        literal.Replace("{{", "{&#123;", StringComparison.Ordinal).Replace("{%", "{&#37;", StringComparison.Ordinal);

    private static IEnumerable<Segment> Preheader(LiquidTemplate preheader) =>
    [
        new Segment(PreheaderOpen, null, SegmentContext.HtmlText),
        .. preheader.Nodes.Select(n => n is VariableNode output
            ? new Segment(null, output, SegmentContext.HtmlText)
            : new Segment(HtmlEscape.Of(((TextNode)n).Text), null, SegmentContext.HtmlText)),
        new Segment("</div>", null, SegmentContext.HtmlText),
    ];

    private static List<Segment> Joined(List<Segment> segments)
    {
        var joined = new List<Segment>();
        foreach (var segment in segments)
        {
            if (segment.Literal is { } more && joined.Count > 0 && joined[^1].Literal is { } literal) joined[^1] = new Segment(literal + more, null, SegmentContext.HtmlText);
            else joined.Add(segment);
        }
        return joined;
    }
}
