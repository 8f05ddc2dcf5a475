using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EmailTasks.Core.Content;

/// <summary>
/// Whether two contents say the same. Case, white space, punctuation, unseen characters, look-alike letters and the way a
/// letter is composed make no other content of it: somebody who gets the same words again has had them before.
/// </summary>
public static class SameWords
{
    /// <summary>The words of a text, folded; each Han, kana or Hangul character is a word, since nothing stands between them.</summary>
    public static IEnumerable<string> Of(string text)
    {
        var word = new StringBuilder();
        foreach (var written in text.EnumerateRunes())
        {
            if ((Invisible.Is(written) && !Rune.IsWhiteSpace(written)) || PlainLetters.IsAccent(written)) continue;
            var c = PlainLetters.Of(written);
            var isWord = Rune.IsLetterOrDigit(c) || Rune.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            if (!isWord || IsOneWord(c))
            {
                if (word.Length > 0) yield return word.ToString();
                word.Clear();
                if (isWord || IsSaying(c)) yield return c.ToString();
                continue;
            }
            word.Append(Confusables.Of(c));
        }
        if (word.Length > 0) yield return word.ToString();
    }

    /// <summary>A key that is the same for the same words: lower-case hex of 32 octets, with the length of each word in it.</summary>
    public static string Key(IEnumerable<string> words)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var word in words)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{word.Length}:"));
            hash.AppendData(Encoding.UTF8.GetBytes(word));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static bool IsOneWord(Rune c) => c.Value is (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xAC00 and <= 0xD7AF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x323AF);

    // "Only 5 %" and "only 5 €" are not the same words.
    private static bool IsSaying(Rune c) => c.Value == '%' || Rune.GetUnicodeCategory(c) is UnicodeCategory.CurrencySymbol;
}
