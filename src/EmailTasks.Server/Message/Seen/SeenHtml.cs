using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message.Seen;

/// <summary>Words of a mail that readers don't see, and why.</summary>
internal sealed record HiddenPart(string Why, IReadOnlyList<Segment> Words);

/// <summary>A link as readers see it: where it leads, and what it says (words, alt texts, the title that shows on hovering).</summary>
internal sealed record SeenLink(IReadOnlyList<Segment> Target, IReadOnlyList<Segment> Words);

/// <summary>
/// A cleaned HTML body as mail programs show it: the words that are seen, those that are not, its links and remote pictures.
/// Read once for a content, with its outputs as parts; each recipient's values are put in by whoever asks.
/// </summary>
internal sealed class SeenHtml
{
    private const int MostHidden = 200;

    /// <summary>What is seen, as a text.</summary>
    public required CompiledTemplate Text { get; init; }

    /// <summary>The words of it alone, without the addresses of links.</summary>
    public required CompiledTemplate Words { get; init; }

    /// <summary>What is not.</summary>
    public required IReadOnlyList<HiddenPart> Hidden { get; init; }

    public required IReadOnlyList<SeenLink> Links { get; init; }

    /// <summary>Where pictures come from, of elements and of styles.</summary>
    public required IReadOnlyList<IReadOnlyList<Segment>> Pictures { get; init; }

    /// <summary>Words that the style sheet writes itself.</summary>
    public required IReadOnlyList<string> Written { get; init; }

    /// <summary>Some words are shown in another order than they are written.</summary>
    public required bool Turned { get; init; }

    /// <summary>There are more style rules than are tried.</summary>
    public required bool IsTooMuch { get; init; }

    /// <summary>Outputs that stand where they decide how others look: classes, colours, sizes.</summary>
    public required IReadOnlyList<VariableNode> Deciding { get; init; }

    /// <summary>Reads a cleaned source.</summary>
    /// <param name="values">What stands for outputs in attributes that decide how others look; null leaves them open.</param>
    public static SeenHtml Of(string source, Func<VariableNode, string?>? values = null)
    {
        var template = LiquidTemplate.Parse(source).Template ?? throw new InvalidOperationException("A compiled source no longer parses.");
        var marks = new Placeholders(source, template);
        using var document = EmailHtml.Parse(marks.Marked);
        return Read(document, marks, values);
    }

    /// <summary>What readers see of a message that was rendered.</summary>
    public static string TextOf(string html)
    {
        var marks = new Placeholders(html, new LiquidTemplate([new TextNode(html)]));
        using var document = EmailHtml.Parse(html);
        return new TextFromHtml(marks, new Eyes(document)).Of(document).ToSource();
    }

    private static SeenHtml Read(IHtmlDocument document, Placeholders marks, Func<VariableNode, string?>? values)
    {
        var deciding = new List<VariableNode>();
        var asks = document.QuerySelectorAll("style").Any(s => s.TextContent.Contains('['));
        foreach (var element in document.All)
        {
            foreach (var attribute in element.Attributes.Where(a => (asks || Decides(a.Name)) && marks.In(a.Value).Any()).ToList())
            {
                deciding.AddRange(marks.In(attribute.Value).Select(i => marks.Output(i)!));
                if (values is not null) attribute.Value = string.Concat(marks.Split(attribute.Value).Select(p => p.Literal ?? values(marks.Output(p.Index)!)));
            }
        }
        var eyes = new Eyes(document);
        var body = document.Body!;
        return new SeenHtml
        {
            Text = new TextFromHtml(marks, eyes).Of(document),
            Words = new TextFromHtml(marks, eyes, wordsOnly: true).Of(document),
            Hidden = HiddenIn(body, eyes, marks),
            Links = [.. body.QuerySelectorAll("a[href]").Where(a => eyes.Of(a).Hidden is null).Select(a => new SeenLink(Parts(a.GetAttribute("href")!, marks), Parts(Said(a, eyes), marks)))],
            Pictures = [.. Sources(document).Select(s => Parts(s, marks))],
            Written = [.. eyes.Rules.Written.Select(w => w.Trim('"', '\'', ' ')).Where(w => w.Any(char.IsLetterOrDigit) && w is not ("none" or "normal"))],
            Turned = body.QuerySelectorAll("*").Any(e => eyes.Of(e).Turned && e.TextContent.Any(char.IsLetter)),
            IsTooMuch = eyes.Rules.IsTooMuch,
            Deciding = [.. deciding.DistinctBy(d => d.Expression)],
        };
    }

    private static bool Decides(string attribute) => attribute is not ("alt" or "title" or "summary" or "abbr" or "lang" or "content" or "datetime" or "value" or "aria-label") && !EmailHtml.UrlAttributes.Contains(attribute);

    private static List<HiddenPart> HiddenIn(IElement body, Eyes eyes, Placeholders marks)
    {
        var found = new List<HiddenPart>();
        var words = new StringBuilder();
        string? why = null;
        void Close()
        {
            if (words.Length > 0 && found.Count < MostHidden) found.Add(new HiddenPart(why!, Parts(words.ToString(), marks)));
            words.Clear();
        }
        foreach (var text in body.Descendants<IText>())
        {
            if (text.Parent is not IElement around || around.LocalName is "style" or "title" || string.IsNullOrWhiteSpace(text.Data)) continue;
            var reason = eyes.Of(around).Why;
            if (reason != why) Close();
            why = reason;
            if (reason is not null) words.Append(words.Length > 0 ? " " : "").Append(text.Data.Trim());
        }
        Close();
        return found;
    }

    private static string Said(IElement link, Eyes eyes)
    {
        var words = new StringBuilder();
        foreach (var node in link.Descendants())
        {
            if (node is IText { Parent: IElement around } text && eyes.Of(around).Why is null) words.Append(text.Data);
            else if (node is IElement { LocalName: "img" } picture) words.Append(' ').Append(picture.GetAttribute("alt")).Append(' ');
            else if (node is IElement { LocalName: "br" or "div" or "p" or "td" }) words.Append(' ');
        }
        return link.GetAttribute("title") is { } title ? words.Append(" | ").Append(title).ToString() : words.ToString();
    }

    private static IEnumerable<string> Sources(IHtmlDocument document)
    {
        foreach (var element in document.All)
        {
            if (element.LocalName == "img" && element.GetAttribute("src") is { } source) yield return source;
            if (element.GetAttribute("background") is { } background) yield return background;
            foreach (var url in StyleUrls.In(element.GetAttribute("style"))) yield return url;
            if (element.LocalName == "style")
            {
                foreach (var url in StyleUrls.In(element.TextContent)) yield return url;
            }
        }
    }

    private static List<Segment> Parts(string text, Placeholders marks) =>
        [.. marks.Split(text).Select(p => new Segment(p.Literal, p.Literal is null ? marks.Output(p.Index) : null, SegmentContext.Plain))];
}
