using System.Text;

namespace EmailTasks.Core.Content;

/// <summary>Letters of other scripts that are drawn like small Latin ones: who reads sees no difference.</summary>
public static class Confusables
{
    // Cyrillic, Greek, Armenian, Cherokee and phonetic letters, each behind the Latin one it looks like.
    private const string Table =
        "aаαɑ|bЬьƅ|cсϲᴄ|dԁɗ|eеєҽ|fϝ|gɡցġ|hһհ|iіıɩι|jјϳ|kк|lӏⅼǀ|mмⅿ|nոη|oоοօσ|pрρ|qԛգ|rᴦ|sѕꜱ|tтτ|uυս|vѵν|wԝԜ|xхχ|yуγү|zᴢ";

    private static readonly Dictionary<int, char> Latin = Table.Split('|').SelectMany(row => row[1..].Select(c => (Like: (int)c, As: row[0]))).DistinctBy(p => p.Like).ToDictionary(p => p.Like, p => p.As);

    /// <summary>The Latin letter that a small letter looks like, or the letter itself.</summary>
    public static string Of(Rune c) => Latin.TryGetValue(c.Value, out var like) ? like.ToString() : c.ToString();

    /// <summary>Whether a letter is one of those.</summary>
    public static bool Is(Rune c) => Latin.ContainsKey(c.Value);

    /// <summary>A name of a domain as it looks: look-alikes as Latin letters, and the digits and pairs that pass for letters.</summary>
    public static string Skeleton(string name)
    {
        var to = new StringBuilder(name.Length);
        foreach (var c in name.EnumerateRunes())
        {
            if (!Invisible.Is(c) && !PlainLetters.IsAccent(c)) to.Append(Of(PlainLetters.Of(c)));
        }
        return to.Replace('0', 'o').Replace('1', 'l').Replace('5', 's').Replace("rn", "m").Replace("vv", "w").Replace("cl", "d").Replace('i', 'l').ToString();
    }
}
