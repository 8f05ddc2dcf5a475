using System.Collections.Frozen;
using System.Collections.Immutable;

namespace EmailTasks.Core.Inbound;

/// <summary>What a header tells about who wrote a message.</summary>
public enum SignalMeaning
{
    /// <summary>A program answers a mail.</summary>
    Answer,

    /// <summary>A program wrote this.</summary>
    Generated,

    /// <summary>Seen on automatic mail, and on mail of people too.</summary>
    Hint,

    /// <summary>It went to many.</summary>
    Bulk,
}

/// <summary>A telling header.</summary>
/// <param name="Header">Its name, as the table writes it.</param>
/// <param name="Means">What it tells.</param>
public sealed record InboundSignal(string Header, SignalMeaning Means);

/// <summary>The headers that programs write; the table is <c>inbound-signals.tsv</c>.</summary>
public static class InboundSignals
{
    private static readonly string[] Denials = ["no", "false", "none", "0"];

    private static readonly FrozenDictionary<string, ImmutableArray<(string[] Words, InboundSignal Signal)>> Table = EmbeddedTable.Rows("inbound-signals.tsv", 4)
        .GroupBy(c => c[0], StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(g => g.Key, g => g.Select(c => (c[1].Split('|'), new InboundSignal(c[0], Enum.Parse<SignalMeaning>(c[2])))).ToImmutableArray(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The names the table knows.</summary>
    public static IEnumerable<string> Headers => Table.Keys;

    /// <summary>What one header says; null when it says nothing. The first line that holds wins.</summary>
    public static InboundSignal? Of(string header, string value)
    {
        if (!Table.TryGetValue(header, out var lines)) return null;
        var said = value.Trim();
        if (said.Length == 0 || Denials.Contains(said, StringComparer.OrdinalIgnoreCase)) return null;
        foreach (var (words, signal) in lines)
            if (words is ["*"] || Array.Exists(words, w => said.Contains(w, StringComparison.OrdinalIgnoreCase)))
                return signal;
        return null;
    }
}
