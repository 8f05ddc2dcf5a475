namespace EmailTasks.Core.Inbound;

/// <summary>Whether a whole text does nothing but ask to be left alone.</summary>
internal static class UnsubscribeWords
{
    /// <summary>Longer texts say something else too, and a person reads them.</summary>
    private const int MaxLength = 200;

    private const string Punctuation = " .!,;:?*-_\"'“”„()。！，、";

    /// <summary>Politeness and the list's name around the request, and punctuation, count for nothing.</summary>
    public static bool Are(string text)
    {
        if (text.Length > MaxLength) return false;
        var words = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace('’', '\'').AsSpan().Trim(Punctuation);
        while (words.Length > 0)
        {
            if (InboundPhrases.Is("unsubscribe", words)) return true;
            var shorter = WithoutFiller(words).Trim(Punctuation);
            if (shorter.Length == words.Length) return false;
            words = shorter;
        }
        return false;
    }

    private static ReadOnlySpan<char> WithoutFiller(ReadOnlySpan<char> words)
    {
        var first = InboundPhrases.PrefixLength("unsubscribe_filler", words);
        if (first > 0 && Ends(words, first)) return words[first..];
        var last = InboundPhrases.SuffixLength("unsubscribe_filler", words);
        return last > 0 && Ends(words, words.Length - last) ? words[..^last] : words;
    }

    // A filler is not the half of a longer word: "hi" in "history".
    private static bool Ends(ReadOnlySpan<char> words, int at) => at == 0 || at == words.Length || !char.IsAsciiLetter(words[at - 1]) || !char.IsAsciiLetter(words[at]);
}
