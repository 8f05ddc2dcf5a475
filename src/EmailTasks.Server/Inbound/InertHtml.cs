using AngleSharp.Dom;
using EmailTasks.Server.Message;

namespace EmailTasks.Server.Inbound;

/// <summary>
/// HTML from a stranger as it may be shown: cleaned as our own content is, then without anything that reaches out.
/// Links keep their address as a title, images their alt text; nothing loads, nothing can be followed.
/// </summary>
internal static class InertHtml
{
    /// <summary>The inert document; null when it cannot be made safe in bounded work: then the text is what there is.</summary>
    public static string? Of(string html)
    {
        if (HtmlBounds.Problem(html) is not null || EmailHtml.Clean(html, _ => { }) is not { } clean) return null;
        using var document = EmailHtml.Parse(clean);
        foreach (var element in document.All.ToList())
        {
            if (element.LocalName is "style" && Reaches(element.TextContent)) element.Remove();
            else MakeInert(element);
        }
        return EmailHtml.Write(document);
    }

    private static void MakeInert(IElement element)
    {
        if (element.LocalName == "a" && element.GetAttribute("href") is { Length: > 0 } href && href[0] != '#') element.SetAttribute("title", href);
        foreach (var attribute in EmailHtml.UrlAttributes) element.RemoveAttribute(attribute);
        element.RemoveAttribute("target");
        if (element.GetAttribute("style") is { } style && Reaches(style)) element.RemoveAttribute("style");
    }

    private static bool Reaches(string css) =>
        css.Contains("url", StringComparison.OrdinalIgnoreCase) || css.Contains("@import", StringComparison.OrdinalIgnoreCase) || css.Contains("image", StringComparison.OrdinalIgnoreCase) && css.Contains('(');
}
