using System.Buffers;

namespace EmailTasks.Server.Message;

/// <summary>Which URLs a message may carry where a value has a say: absolute http, https and mailto (RFC 3986, RFC 6068).</summary>
internal static class UrlRule
{
    // Nothing in a URL may end it early or be read differently by two parsers: no space, control, quote, bracket or backslash.
    private static readonly SearchValues<char> Unsafe = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 0x21).Concat(Enumerable.Range(0x7f, 0x22)).Select(c => (char)c)) + "\"'<>\\^`{|}\u2028\u2029\ufeff");

    public static bool Allows(ReadOnlySpan<char> url)
    {
        if (url.ContainsAny(Unsafe)) return false;
        if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) return HasHost(url[8..]);
        if (url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) return HasHost(url[7..]);
        return url.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) && url[7..].IndexOf('@') > 0;
    }

    public static bool AllowsWeb(ReadOnlySpan<char> url) => Allows(url) && !url.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase);

    private static bool HasHost(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        var host = authority[(authority.LastIndexOf('@') + 1)..];
        return host.Length > 0 && host[0] is not (':' or '.') && !host.Contains('%');
    }
}
