using System.Globalization;
using System.Text.RegularExpressions;
using EmailTasks.Core.Content;

namespace EmailTasks.Core.Links;

/// <summary>An address as somebody reads it: of a web page, or of a mailbox. Nothing is looked up; the parts are as written.</summary>
/// <param name="Authority">What stands between the slashes and the path, user info and port included; for mail, the domain.</param>
/// <param name="Host">The host in small letters, its A-labels decoded, without port and user info.</param>
/// <param name="Path">Path and query, without the slash at its end; empty when there is none.</param>
/// <param name="Mailbox">The whole mail address, or null for the web.</param>
public sealed record WebAddress(string Authority, string Host, string Path, string? Mailbox)
{
    private static readonly IdnMapping Idn = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    // Endings of file names and of names of software that read like domains.
    private static readonly HashSet<string> NoDomains = new(StringComparer.Ordinal)
        { "js", "ts", "cs", "cpp", "py", "rb", "md", "txt", "pdf", "html", "htm", "php", "asp", "aspx", "jsp", "jpg", "jpeg", "png", "gif", "svg", "webp", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "json", "xml", "exe", "mp3", "mp4", "avi", "eml", "ics" };

    private static readonly Regex Mail = new(@"[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:[.。．｡][\p{L}\p{N}-]+)+", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    private static readonly Regex Web = new(@"(?<scheme>h(?:tt|xx)ps?://)[^\s<>""'|]+|(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*)[.。．｡])+\p{L}[\p{L}\p{M}\p{N}-]+(?:[/?#:][^\s<>""'|]*)?",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    /// <summary>Reads the target of a link; null when it is neither http, https nor mailto.</summary>
    public static WebAddress? Parse(string url)
    {
        url = url.Trim();
        if (url.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
        {
            var address = url[7..].Split('?')[0];
            return address.LastIndexOf('@') is var sign and > 0 ? new WebAddress(address[(sign + 1)..], HostOf(address[(sign + 1)..]), "", address.ToLowerInvariant()) : null;
        }
        var colon = url.IndexOf("://", StringComparison.Ordinal);
        if (colon < 0 || !url[..colon].ToLowerInvariant().Replace('x', 't').StartsWith("http", StringComparison.Ordinal)) return null;
        var rest = url[(colon + 3)..].TrimStart('/');
        var end = rest.IndexOfAny(['/', '?', '#', '\\']);
        var authority = end < 0 ? rest : rest[..end];
        return new WebAddress(authority, HostOf(authority), end < 0 ? "" : rest[end..].TrimEnd('/'), null);
    }

    /// <summary>The addresses that a text shows, whole or bare; what nobody sees in them is read over.</summary>
    public static IEnumerable<WebAddress> In(string text)
    {
        if (!text.Contains('.') && !text.Contains('@') && !text.Contains(':') && text.All(char.IsAscii)) yield break;
        var seen = string.Concat(text.EnumerateRunes().Where(c => c.Value is '\n' or '\t' || !Invisible.Is(c)).Select(c => c.Value is >= 0xFF01 and <= 0xFF5E ? ((char)(c.Value - 0xFEE0)).ToString() : c.ToString()));
        foreach (Match match in Mail.Matches(seen))
        {
            if (Parse("mailto:" + match.Value) is { } mail) yield return mail;
        }
        foreach (Match match in Web.Matches(Mail.Replace(seen, " ")))
        {
            var word = match.Value.TrimEnd('.', ',', ';', ':', '!', '?', ')', ']');
            if (match.Groups["scheme"].Success)
            {
                if (Parse(word) is { } whole) yield return whole;
            }
            else if (Parse("http://" + word) is { } bare && IsDomain(bare.Host)) yield return bare;
        }
    }

    /// <summary>Whether two hosts belong together: the same, or one below the other.</summary>
    public static bool Same(string a, string b) => Bare(a) is var x && Bare(b) is var y && (x == y || x.EndsWith("." + y, StringComparison.Ordinal) || y.EndsWith("." + x, StringComparison.Ordinal));

    private static string Bare(string host) => host.StartsWith("www.", StringComparison.Ordinal) ? host[4..] : host;

    private static bool IsDomain(string host)
    {
        var last = host[(host.LastIndexOf('.') + 1)..];
        return host.Length > 3 && last.Length >= 2 && !NoDomains.Contains(last) && !last.All(char.IsDigit);
    }

    private static string HostOf(string authority)
    {
        var host = authority[(authority.LastIndexOf('@') + 1)..].Replace('。', '.').Replace('．', '.').Replace('｡', '.').ToLowerInvariant();
        if (!host.StartsWith('[') && host.LastIndexOf(':') is var port and >= 0) host = host[..port];
        host = host.TrimEnd('.');
        return string.Join('.', host.Split('.').Select(Decoded));
    }

    private static string Decoded(string label)
    {
        if (!label.StartsWith("xn--", StringComparison.Ordinal)) return label;
        try
        {
            return Idn.GetUnicode(label);
        }
        catch (ArgumentException)
        {
            return label;
        }
    }
}
