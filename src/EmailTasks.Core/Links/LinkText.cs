namespace EmailTasks.Core.Links;

/// <summary>Whether a link leads where its words say.</summary>
public static class LinkText
{
    /// <summary>The address that a link's words show although it leads elsewhere; null when they show none, or the same.</summary>
    public static string? Differs(string words, string target)
    {
        if (WebAddress.Parse(target) is not { } to) return null;
        WebAddress? other = null;
        foreach (var shown in WebAddress.In(words))
        {
            if (IsThere(shown, to, words)) return null;
            other ??= shown;
        }
        return other is null ? null : other.Mailbox ?? other.Host + other.Path;
    }

    private static bool IsThere(WebAddress shown, WebAddress to, string words)
    {
        if (shown.Mailbox is { } mailbox) return mailbox == to.Mailbox;
        if (!WebAddress.Same(shown.Host, to.Host)) return false;
        if (to.Mailbox is not null || shown.Path.Length == 0) return true;
        // A page that is named must be the page; what is counted behind its address makes it no other.
        var page = Page(shown.Path);
        if (page.EndsWith('…') || words.TrimEnd().EndsWith("...", StringComparison.Ordinal)) return to.Path.StartsWith(page.TrimEnd('…', '.'), StringComparison.OrdinalIgnoreCase);
        return page.Length == 0 || Page(to.Path).Equals(page, StringComparison.OrdinalIgnoreCase);
    }

    private static string Page(string path) => path.Split('?', '#')[0].TrimEnd('/');
}
