using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>Finds where each output stands in a document, and refuses the places where no escaping makes a value safe.</summary>
internal static class HtmlPlaces
{
    private const string Member = "html_body";

    private static readonly HashSet<string> RawText = new(StringComparer.Ordinal)
    {
        "style", "script", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext", "textarea",
    };

    /// <summary>Checks the document as it came in, before anything is taken out.</summary>
    public static void Check(IHtmlDocument document, Placeholders marks, List<ContentProblem> problems)
    {
        var seen = new bool[marks.Count];
        Place(document, marks, (index, refusal, cards) =>
        {
            seen[index] = true;
            var output = marks.Output(index)!;
            if (refusal is not null) Refuse(output, refusal, problems);
            else if (!cards && output.Name == BuiltIns.ProductCards) Refuse(output, "an attribute or the title, where cards can't be shown", problems);
        });
        for (var i = 0; i < seen.Length; i++)
        {
            if (!seen[i]) Refuse(marks.Output(i)!, "a place that HTML does not show", problems);
        }
    }

    private static void Refuse(VariableNode output, string place, List<ContentProblem> problems)
    {
        if (problems.Any(p => p.Member == Member && p.Line == output.Line && p.Column == output.Column)) return;
        problems.Add(new ContentProblem(Member, output.Line, output.Column, $"{{{{ {output.Name} }}}} stands in {place}.",
            "Use it in text between tags, or inside a quoted attribute such as href, src, alt or title."));
    }

    private static void Place(IHtmlDocument document, Placeholders marks, Action<int, string?, bool> found)
    {
        foreach (var node in document.Descendants())
        {
            switch (node)
            {
                case IElement element:
                    Report(element.LocalName, "a tag name", false);
                    foreach (var attribute in element.Attributes)
                    {
                        Report(attribute.Name, "an attribute name", false);
                        Report(attribute.Value, Refusal(attribute.LocalName, element), false);
                    }
                    break;
                case IText { Parent: IElement parent } text:
                    Report(text.Data, RawText.Contains(parent.LocalName) ? $"<{parent.LocalName}>" : null, parent.LocalName != "title");
                    break;
                case IComment comment:
                    Report(comment.Data, "a comment", false);
                    break;
                default:
                    break;
            }
        }

        void Report(string text, string? refusal, bool cards)
        {
            foreach (var index in marks.In(text)) found(index, refusal, cards);
        }
    }

    private static string? Refusal(string attribute, IElement element) => attribute switch
    {
        "style" => "a style attribute",
        _ when attribute.StartsWith("on", StringComparison.Ordinal) => "an event attribute",
        "http-equiv" or "charset" => "a meta setting",
        _ when RawText.Contains(element.LocalName) => $"<{element.LocalName}>",
        _ => null,
    };
}
