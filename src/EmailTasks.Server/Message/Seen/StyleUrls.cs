using System.Text.RegularExpressions;

namespace EmailTasks.Server.Message.Seen;

/// <summary>What a style loads.</summary>
internal static class StyleUrls
{
    private static readonly Regex Url = new("url\\(\\s*[\"']?(?<url>[^()\"']+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    /// <summary>The addresses in some CSS.</summary>
    public static IEnumerable<string> In(string? css) => css is null ? [] : Url.Matches(css).Select(m => m.Groups["url"].Value.Trim());
}
