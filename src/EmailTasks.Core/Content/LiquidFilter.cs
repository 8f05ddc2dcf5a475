using System.Text;

namespace EmailTasks.Core.Content;

/// <summary>The filters of the language.</summary>
public enum LiquidFilter
{
    /// <summary>The text to use when the value so far is missing.</summary>
    Default,
    /// <summary>Upper case.</summary>
    Upcase,
    /// <summary>Lower case.</summary>
    Downcase,
    /// <summary>First character upper case, the rest lower case.</summary>
    Capitalize,
    /// <summary>Without white space at both ends.</summary>
    Strip,
    /// <summary>At most n characters, the ending ("..." unless given) included.</summary>
    Truncate,
    /// <summary>Accepted and without effect: every output is escaped exactly once, where it is written.</summary>
    Escape,
    /// <summary>With a text behind it.</summary>
    Append,
    /// <summary>With a text before it.</summary>
    Prepend,
    /// <summary>With every occurrence of a text replaced.</summary>
    Replace,
}

/// <summary>A filter with its literals.</summary>
/// <param name="Filter">Which.</param>
/// <param name="First">The first string, or empty; for truncate the ending.</param>
/// <param name="Second">The second string, or empty.</param>
/// <param name="Number">The length for truncate, else 0.</param>
public sealed record FilterCall(LiquidFilter Filter, string First = "", string Second = "", int Number = 0)
{
    /// <summary>The longest value a filter may produce, in UTF-16 units: <c>replace</c> could multiply without end.</summary>
    public const int MaxValueLength = 20_000;

    internal string Canonical => $"|{Filter}:{Number}:{First.Length}:{First}:{Second.Length}:{Second}";

    /// <summary>The value after this filter, or null when it would be longer than <see cref="MaxValueLength"/>.</summary>
    internal string? Apply(string value) => Filter switch
    {
        LiquidFilter.Default or LiquidFilter.Escape => value,
        LiquidFilter.Upcase => value.ToUpperInvariant(),
        LiquidFilter.Downcase => value.ToLowerInvariant(),
        LiquidFilter.Capitalize => Capitalize(value),
        LiquidFilter.Strip => value.Trim(),
        LiquidFilter.Truncate => Truncate(value),
        LiquidFilter.Append => Bounded(value.Length + First.Length) ? value + First : null,
        LiquidFilter.Prepend => Bounded(value.Length + First.Length) ? First + value : null,
        LiquidFilter.Replace => Replace(value),
    };

    private static bool Bounded(long length) => length <= MaxValueLength;

    private static string Capitalize(string value)
    {
        if (value.Length == 0) return value;
        var first = char.IsSurrogatePair(value, 0) ? 2 : 1;
        return string.Concat(value[..first].ToUpperInvariant(), value[first..].ToLowerInvariant());
    }

    private string Truncate(string value)
    {
        if (value.Length <= Number) return value;
        var keep = Math.Max(0, Number - Scalars(First));
        int seen = 0, cut = -1, at = 0;
        foreach (var rune in value.EnumerateRunes())
        {
            if (seen == keep) cut = at;
            at += rune.Utf16SequenceLength;
            if (++seen > Number) return string.Concat(value.AsSpan(0, cut), First);
        }
        return value;
    }

    private string? Replace(string value)
    {
        var hits = 0;
        for (var at = value.IndexOf(First, StringComparison.Ordinal); at >= 0; at = value.IndexOf(First, at + First.Length, StringComparison.Ordinal)) hits++;
        if (hits == 0) return value;
        return Bounded(value.Length + (long)hits * (Second.Length - First.Length)) ? value.Replace(First, Second, StringComparison.Ordinal) : null;
    }

    private static int Scalars(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }
}
