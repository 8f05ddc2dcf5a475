using System.Collections.Frozen;
using System.Collections.Immutable;

namespace EmailTasks.Core.Inbound;

/// <summary>The words of <c>inbound-phrases.tsv</c>, by use. Texts are compared without case.</summary>
internal static class InboundPhrases
{
    private static readonly FrozenDictionary<string, ImmutableArray<string>> Table = EmbeddedTable.Rows("inbound-phrases.tsv", 3)
        .GroupBy(c => c[0])
        .ToFrozenDictionary(g => g.Key, g => g.SelectMany(c => c[2].Split('|')).ToImmutableArray());

    private static readonly FrozenSet<string> Unsubscribes = Table["unsubscribe"].ToFrozenSet(StringComparer.OrdinalIgnoreCase);

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

    /// <summary>Whether the text ends with a phrase of this use.</summary>
    public static bool EndsWith(string use, ReadOnlySpan<char> text)
    {
        foreach (var phrase in Table[use])
            if (text.EndsWith(phrase, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    /// <summary>Whether the local part of an address is one of this use: the same, or followed by digits, a dash, a plus or an equals sign.</summary>
    public static bool IsLocalPart(string use, string? address)
    {
        if (address is null || address.IndexOf('@', StringComparison.Ordinal) is not (> 0 and var at)) return false;
        var local = address.AsSpan(0, at);
        var said = PrefixLength(use, local);
        return said > 0 && (said == local.Length || local[said] is '-' or '+' or '=' or '_' or (>= '0' and <= '9'));
    }

    /// <summary>Whether the whole text asks to be left alone; punctuation around it counts for nothing.</summary>
    public static bool IsUnsubscribe(string text)
    {
        var words = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Trim(' ', '.', '!', ',', '。', '！', '"', '\'', '“', '”', '*', '-', ':', ';', '-').Replace('’', '\'');
        return Unsubscribes.Contains(words);
    }
}
