using System.Collections.Immutable;

namespace EmailTasks.Core.Inbound;

/// <summary>From what a delivery report says to Hard, Soft, Delayed or Delivered. Pure and total; the table of failures is <c>bounce-verdicts.tsv</c>.</summary>
public static class BounceVerdicts
{
    private sealed record Line(ImmutableArray<string[]> Statuses, string[] Words, BounceKind Kind, string Reason);

    private static readonly ImmutableArray<Line> Table =
    [
        .. EmbeddedTable.Rows("bounce-verdicts.tsv", 4).Select(c => new Line(
            c[0] == "*" ? [] : [.. c[0].Split(',').Select(s => s.Split('.'))],
            c[1] == "*" ? [] : c[1].Split('|'),
            Enum.Parse<BounceKind>(c[2]),
            c[3])),
    ];

    /// <summary>Judges one recipient of a report.</summary>
    public static BouncedRecipient Judge(DeliveryRecipient r)
    {
        var status = Specific(r.Status, r.Diagnostic);
        var (kind, reason) = r.Action switch
        {
            "delivered" => (BounceKind.Delivered, "delivered"),
            "relayed" => (BounceKind.Delivered, "relayed"), // RFC 3464 §2.3.3: handed on to a server that reports no further
            "expanded" => (BounceKind.Delivered, "expanded"),
            "delayed" => (BounceKind.Delayed, "delayed"),
            // An unknown action with a 2 or 4 is not a failure; the field is in free use by some servers.
            not "failed" when status is ['2', ..] => (BounceKind.Delivered, "delivered"),
            not "failed" when status is ['4', ..] => (BounceKind.Delayed, "delayed"),
            _ => Failed(status, r.Diagnostic),
        };
        return new BouncedRecipient(r.Original ?? r.Final, r.Final ?? r.Original, kind, reason, status);
    }

    /// <summary>Judges a failure that is told in words.</summary>
    public static BouncedRecipient Judge(BounceWords words, bool delayed)
    {
        var (kind, reason) = delayed ? (BounceKind.Delayed, "delayed") : Failed(words.Status, words.Diagnostic);
        return new BouncedRecipient(words.Recipient, words.Recipient, kind, reason, words.Status);
    }

    private static (BounceKind Kind, string Reason) Failed(string? status, string? text)
    {
        var numbers = status?.Split('.') ?? [];
        foreach (var line in Table)
            if (AnyStatus(line.Statuses, numbers) && AnyWord(line.Words, text))
                return (line.Kind, line.Reason);
        throw new InvalidOperationException("bounce-verdicts.tsv has no last line that matches everything.");
    }

    /// <summary>x.0.0 says nothing; many servers write it while the diagnostic carries the status that does.</summary>
    private static string? Specific(string? status, string? diagnostic)
    {
        if (status is not null && !status.EndsWith(".0.0", StringComparison.Ordinal)) return status;
        var told = EnhancedStatus.In(diagnostic);
        return told is not null && (status is null || told[0] == status[0]) ? told : status;
    }

    private static bool AnyStatus(ImmutableArray<string[]> patterns, string[] status)
    {
        if (patterns.IsEmpty) return true;
        if (status.Length != 3) return false;
        foreach (var p in patterns)
            if (Same(p[0], status[0]) && Same(p[1], status[1]) && Same(p[2], status[2]))
                return true;
        return false;
    }

    private static bool Same(string pattern, string number) => pattern == "x" || pattern == number;

    private static bool AnyWord(string[] words, string? text) =>
        words.Length == 0 || (text is not null && Array.Exists(words, w => text.Contains(w, StringComparison.OrdinalIgnoreCase)));
}
