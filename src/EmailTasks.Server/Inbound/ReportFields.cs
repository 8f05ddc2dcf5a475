using System.Collections.Immutable;
using EmailTasks.Core.Inbound;
using MimeKit.Utils;

namespace EmailTasks.Server.Inbound;

/// <summary>The fields of report parts: groups of "Name: value" lines with a blank line between (RFC 3464 §2.1, RFC 5965 §3).</summary>
internal static class ReportFields
{
    /// <summary>A delivery report; null when its text names no recipient and no action.</summary>
    public static DeliveryReport? Delivery(string text)
    {
        var groups = Groups(text);
        if (groups.Count == 0) return null;
        var recipients = groups.Where(g => g.ContainsKey("action") || g.ContainsKey("final-recipient") || g.ContainsKey("original-recipient")).Take(InboundLimits.ReportRecipients).Select(Recipient).ToImmutableArray();
        if (recipients.IsEmpty) return null;
        return new DeliveryReport(Line(groups[0], "original-envelope-id"), Typed(groups[0], "reporting-mta"), recipients);
    }

    /// <summary>A complaint; null when its text has no type.</summary>
    public static ComplaintReport? Complaint(string text)
    {
        var groups = Groups(text);
        if (groups.Count == 0 || Line(groups[0], "feedback-type") is not { } type) return null;
        return new ComplaintReport(type.ToLowerInvariant(), Address(groups[0], "original-rcpt-to"), Address(groups[0], "original-mail-from"), Line(groups[0], "user-agent"));
    }

    private static DeliveryRecipient Recipient(Dictionary<string, string> group) => new(
        Address(group, "original-recipient"),
        Address(group, "final-recipient"),
        (Line(group, "action") ?? "").ToLowerInvariant().Split(' ', 2)[0],
        EnhancedStatus.In(Line(group, "status")),
        Typed(group, "diagnostic-code"),
        Line(group, "will-retry-until") is { } until && DateUtils.TryParse(until, out var date) ? date : null);

    private static List<Dictionary<string, string>> Groups(string text)
    {
        var groups = new List<Dictionary<string, string>>();
        Dictionary<string, string>? group = null;
        string? last = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.AsSpan().Trim().IsEmpty) group = null;
            else if (line[0] is ' ' or '\t' && group is not null && last is not null)
            {
                if (group[last].Length < InboundLimits.DiagnosticChars) group[last] += " " + line.Trim();
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                if (group is null)
                {
                    if (groups.Count > InboundLimits.ReportRecipients) break;
                    groups.Add(group = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase));
                }
                last = line[..colon].Trim();
                group.TryAdd(last, line[(colon + 1)..].Trim());
            }
        }
        return groups;
    }

    private static string? Line(Dictionary<string, string> group, string name) => group.TryGetValue(name, out var value) && SafeText.Line(value, InboundLimits.DiagnosticChars) is { Length: > 0 } line ? line : null;

    // "rfc822; ann@creator.example", "smtp; 550 5.1.1 ...", "dns;mx.creator.example"
    private static string? Typed(Dictionary<string, string> group, string name)
    {
        if (Line(group, name) is not { } value) return null;
        var type = value.IndexOf(';', StringComparison.Ordinal);
        return type is > 0 and < 20 ? value[(type + 1)..].Trim() : value;
    }

    private static string? Address(Dictionary<string, string> group, string name) => Typed(group, name)?.Trim('<', '>', ' ') is { Length: > 0 } address && address.Contains('@') ? address : null;
}
