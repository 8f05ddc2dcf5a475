using System.Text.RegularExpressions;

namespace EmailTasks.Core.Inbound;

/// <summary>Enhanced status codes (RFC 3463 §2): class.subject.detail.</summary>
public static class EnhancedStatus
{
    // Not inside a longer chain of numbers, which is an IP address or a version.
    private static readonly Regex Code = new(@"(?:^|[^\d.\w-])(?<code>[245]\.\d{1,3}\.\d{1,3})(?:$|[^\d.\w]|\.(?:\D|$))", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    /// <summary>The first one in a text; null without one.</summary>
    public static string? In(string? text) => text is not null && Code.Match(text) is { Success: true } found ? found.Groups["code"].Value : null;
}
