namespace EmailTasks.Server.Message;

/// <summary>The opt-out by mail (RFC 2369 §3.2, RFC 6068): it works without any server being reachable.</summary>
internal static class Unsubscribe
{
    /// <summary>A mailto URL whose subject names the delivery.</summary>
    public static string Url(string senderAddress, MessageTokens tokens)
    {
        var at = senderAddress.LastIndexOf('@');
        if (at < 0) return "";
        var local = Uri.EscapeDataString(senderAddress[..at]).Replace("%2B", "+", StringComparison.Ordinal);
        return $"mailto:{local}@{senderAddress[(at + 1)..]}?subject=unsubscribe-{tokens.Unsubscribe}";
    }
}
