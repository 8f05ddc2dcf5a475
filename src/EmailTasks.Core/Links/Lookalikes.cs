using System.Text;
using EmailTasks.Core.Content;

namespace EmailTasks.Core.Links;

/// <summary>Addresses that are made to be taken for others.</summary>
public static class Lookalikes
{
    private const int ShortestNear = 6;

    /// <summary>What about a link's address passes for something else; null when nothing does.</summary>
    /// <param name="own">The sender's domain, which others may imitate; or null.</param>
    public static string? Of(string url, string? own)
    {
        if (WebAddress.Parse(url) is not { } address) return null;
        if (HasUnseen(url)) return "characters that nobody sees";
        if (address.Mailbox is null && (address.Authority.Contains('@') || address.Authority.Contains("%40", StringComparison.Ordinal))) return "a name before an @, which is not where it leads";
        if (address.Authority.Contains('%') || url.Contains('\\')) return "an address that programs read differently";
        if (url.EnumerateRunes().Any(c => c.Value is 0x2044 or 0x2215 or 0x29F8 or 0xFF0F or 0x3002 or 0xFF0E or 0xFF61 or 0x2024 or 0xFF1A or 0xA789)) return "signs that look like slashes or dots";
        if (IsNumeric(address.Authority, address.Host)) return "a number in place of a name";
        return Labels(address.Host.Split('.')) ?? (own is null ? null : Near(address.Host, own));
    }

    private static string? Labels(string[] labels)
    {
        foreach (var label in labels)
        {
            if (Scripts.Mixes(label)) return "letters of several alphabets in one word";
            if (label.All(char.IsAscii)) continue;
            var letters = label.EnumerateRunes().Where(Rune.IsLetter).ToList();
            if (label.EnumerateRunes().Any(PlainLetters.IsWritten)) return "letters that look like others";
            if (letters.TrueForAll(c => c.IsAscii || Confusables.Is(c))) return "letters that look like others";
        }
        // brand.com.elsewhere.example: a country's ending may stand behind such a word, a whole domain does not.
        for (var i = 1; i < labels.Length - 2; i++)
        {
            if (labels[i] is "com" or "net" or "org") return "another domain's name before its own";
        }
        return null;
    }

    private static string? Near(string host, string own)
    {
        var name = host.StartsWith("www.", StringComparison.Ordinal) ? host[4..] : host;
        if (WebAddress.Same(name, own)) return null;
        if (name.StartsWith(own + ".", StringComparison.Ordinal) || name.Contains($".{own}.", StringComparison.Ordinal)) return "another domain's name before its own";
        var last = string.Join('.', name.Split('.')[^Math.Min(own.Count(c => c == '.') + 1, name.Count(c => c == '.') + 1)..]);
        if (last == own) return null;
        var isNear = Confusables.Skeleton(last) == Confusables.Skeleton(own) || (own.Length >= ShortestNear && OneApart(last, own)) || last.Split('.')[0].Replace("-", "", StringComparison.Ordinal) == own.Replace(".", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return isNear ? $"a domain that is nearly {own}" : null;
    }

    /// <summary>One letter more, less, other, or two changed places.</summary>
    private static bool OneApart(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 1) return false;
        var from = 0;
        while (from < a.Length && from < b.Length && a[from] == b[from]) from++;
        var (x, y) = (a[from..], b[from..]);
        if (x.Length == y.Length) return x.Length == 0 || x[1..] == y[1..] || (x.Length > 1 && x[0] == y[1] && x[1] == y[0] && x[2..] == y[2..]);
        return x.Length > y.Length ? x[1..] == y : x == y[1..];
    }

    private static bool IsNumeric(string authority, string host)
    {
        if (authority.Contains('[')) return true;
        return host.Length > 0 && host.Split('.').All(part => part.Length > 0 && (part.All(char.IsAsciiDigit) || (part.StartsWith("0x", StringComparison.Ordinal) && part[2..].All(char.IsAsciiHexDigit))));
    }

    private static bool HasUnseen(string url)
    {
        if (url.EnumerateRunes().Any(Invisible.Is)) return true;
        return url.Contains('%') && Unescaped(url).EnumerateRunes().Any(c => Invisible.Is(c) && c.Value is not ('\n' or '\r' or '\t'));
    }

    private static string Unescaped(string url)
    {
        try
        {
            return Uri.UnescapeDataString(url);
        }
        catch (UriFormatException)
        {
            return url;
        }
    }
}
