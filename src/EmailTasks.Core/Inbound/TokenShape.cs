using System.Collections.Immutable;

namespace EmailTasks.Core.Inbound;

/// <summary>Tokens of ours by their looks: 45 of <c>[a-z2-7]</c>. Whether one is real only a signature tells.</summary>
public static class TokenShape
{
    /// <summary>The length of every token.</summary>
    public const int Length = 45;

    private const string UnsubscribeWord = "unsubscribe-";

    /// <summary>Whether all of the text is one token; case is kept by mail, so it counts.</summary>
    public static bool IsToken(ReadOnlySpan<char> text)
    {
        if (text.Length != Length) return false;
        foreach (var c in text)
            if (!IsLetter(c))
                return false;
        return true;
    }

    /// <summary>Whether an id has the shape of our Message-IDs, <c>token@domain</c>.</summary>
    public static bool IsMessageId(string id) => id.Length > Length + 1 && id[Length] == '@' && IsToken(id.AsSpan(0, Length));

    /// <summary>The tokens in a text, each once, at most <paramref name="max"/>; longer runs of the same letters hold none.</summary>
    public static ImmutableArray<string> In(string text, int max)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        for (var at = 0; at < text.Length && found.Count < max;)
        {
            var end = at;
            while (end < text.Length && IsLetter(text[end])) end++;
            if (end - at == Length && (end == text.Length || !char.IsAsciiLetterOrDigit(text[end])) && (at == 0 || !char.IsAsciiLetterOrDigit(text[at - 1])))
            {
                var token = text[at..end];
                if (!found.Contains(token)) found.Add(token);
            }
            at = end + 1;
        }
        return found.ToImmutable();
    }

    /// <summary>The token of a subject that asks to be unsubscribed, as the opt-out link writes it; null without one.</summary>
    public static string? UnsubscribeIn(string subject)
    {
        var at = subject.IndexOf(UnsubscribeWord, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var rest = subject.AsSpan(at + UnsubscribeWord.Length);
        if (rest.Length < Length || !IsToken(rest[..Length])) return null;
        return rest.Length == Length || !char.IsAsciiLetterOrDigit(rest[Length]) ? rest[..Length].ToString() : null;
    }

    private static bool IsLetter(char c) => c is (>= 'a' and <= 'z') or (>= '2' and <= '7');
}
