using System.Collections.Frozen;
using System.Collections.Immutable;

namespace EmailTasks.Core.Inbound;

/// <summary>The words of <c>inbound-phrases.tsv</c>, by use. Texts are compared without case.</summary>
internal static class InboundPhrases
{
    private static readonly FrozenDictionary<string, ImmutableArray<string>> Table = EmbeddedTable.Rows("inbound-phrases.tsv", 3)
        .GroupBy(c => c[0])
        .ToFrozenDictionary(g => g.Key, g => g.SelectMany(c => c[2].Split('|')).ToImmutableArray());

    /// <summary>Whether the text contains a phrase of this use.</summary>
    public static bool Contains(string use, string text)
    {
        foreach (var phrase in Table[use])
            if (text.Contains(phrase, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    /// <summary>The longest phrase of this use that the text begins with; 0 without one.</summary>
    public static int PrefixLength(string use, ReadOnlySpan<char> text)
    {
        var longest = 0;
        foreach (var phrase in Table[use])
            if (phrase.Length > longest && text.StartsWith(phrase, StringComparison.OrdinalIgnoreCase))
                longest = phrase.Length;
        return longest;
    }

    /// <summary>The longest phrase of this use that the text ends with; 0 without one.</summary>
    public static int SuffixLength(string use, ReadOnlySpan<char> text)
    {
        var longest = 0;
        foreach (var phrase in Table[use])
            if (phrase.Length > longest && text.EndsWith(phrase, StringComparison.OrdinalIgnoreCase))
                longest = phrase.Length;
        return longest;
    }

    /// <summary>Whether the text is a phrase of this use and nothing else.</summary>
    public static bool Is(string use, ReadOnlySpan<char> text) => PrefixLength(use, text) is > 0 and var length && length == text.Length;

    /// <summary>Whether the local part of an address is one of this use: the same, or followed by digits, a dash, a plus or an equals sign.</summary>
    public static bool IsLocalPart(string use, string? address)
    {
        if (address is null || address.IndexOf('@', StringComparison.Ordinal) is not (> 0 and var at)) return false;
        var local = address.AsSpan(0, at);
        var said = PrefixLength(use, local);
        return said > 0 && (said == local.Length || local[said] is '-' or '+' or '=' or '_' or (>= '0' and <= '9'));
    }

    /// <summary>Whether a local part contains a phrase of this use.</summary>
    public static bool InLocalPart(string use, string? address) =>
        address is not null && address.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && Contains(use, address[..at]);
}
