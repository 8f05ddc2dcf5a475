namespace EmailTasks.Server.Message;

/// <summary>How a recipient opts out: by a page of this server, and by mail, which works without any server being reachable.</summary>
internal static class Unsubscribe
{
    /// <summary>The one address for people to follow.</summary>
    public static string Url(RenderPlan plan, MessageTokens tokens) => PageUrl(plan, tokens) ?? MailUrl(plan.SenderAddress, tokens);

    /// <summary>What List-Unsubscribe holds (RFC 2369 §3.2): the page first, since only it takes a POST (RFC 8058).</summary>
    public static string Header(RenderPlan plan, MessageTokens tokens)
    {
        var mail = $"<{MailUrl(plan.SenderAddress, tokens)}>";
        return PageUrl(plan, tokens) is { } page ? $"<{page}>, {mail}" : mail;
    }

    private static string? PageUrl(RenderPlan plan, MessageTokens tokens) => plan.Links.PublicUrl is { } url ? $"{url}/u/{tokens.Unsubscribe}" : null;

    /// <summary>A mailto URL (RFC 6068) whose subject names the delivery.</summary>
    private static string MailUrl(string senderAddress, MessageTokens tokens)
    {
        var at = senderAddress.LastIndexOf('@');
        if (at < 0) return "";
        var local = Uri.EscapeDataString(senderAddress[..at]).Replace("%2B", "+", StringComparison.Ordinal);
        return $"mailto:{local}@{senderAddress[(at + 1)..]}?subject=unsubscribe-{tokens.Unsubscribe}";
    }
}
