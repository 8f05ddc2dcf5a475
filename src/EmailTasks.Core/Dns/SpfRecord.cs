using System.Globalization;
using System.Net;

namespace EmailTasks.Core.Dns;

/// <summary>A mechanism or modifier of an SPF record.</summary>
/// <param name="Name">Lower case: <c>include</c>, <c>all</c>, <c>redirect</c>, …</param>
/// <param name="Qualifier"><c>+ - ~ ?</c>; <c>=</c> for a modifier.</param>
/// <param name="Domain">The domain it names; null for the record's own.</param>
internal sealed record SpfTerm(string Name, char Qualifier, string? Domain)
{
    /// <summary>Whether evaluating it asks the name server (RFC 7208 §4.6.4).</summary>
    public bool IsLookup => Name is "include" or "a" or "mx" or "ptr" or "exists" or "redirect";

    /// <summary>Whether its domain depends on the mail, so that it can't be followed here.</summary>
    public bool HasMacro => Domain?.Contains('%') == true;
}

/// <summary>The terms of one SPF record (RFC 7208 §4.6.1, §12), or the one that cannot be read.</summary>
internal sealed record SpfRecord(IReadOnlyList<SpfTerm> Terms, string? Unreadable)
{
    private const string Version = "v=spf1";
    private const int IPv4Bits = 32;
    private const int IPv6Bits = 128;

    /// <summary>Whether a TXT record is meant as SPF: the version, then a space or the end.</summary>
    public static bool IsSpf(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>The qualifier of <c>all</c>, or null without one.</summary>
    public char? All => Terms.FirstOrDefault(t => t.Name == "all")?.Qualifier;

    /// <summary>Terms that can come to be evaluated: none behind <c>all</c>, and <c>redirect</c> only without it, at the end.</summary>
    public IEnumerable<SpfTerm> Evaluated =>
        All is null
            ? Terms.Where(t => t.Qualifier != '=').Concat(Terms.Where(t => t.Name == "redirect"))
            : Terms.TakeWhile(t => t.Name != "all").Where(t => t.Qualifier != '=');

    /// <summary>Reads a record that <see cref="IsSpf"/>.</summary>
    public static SpfRecord Parse(string text)
    {
        var terms = new List<SpfTerm>();
        foreach (var word in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Term(word) is not { } term) return new SpfRecord(terms, word);
            if (term is { Qualifier: '=', Name: "redirect" or "exp" } && terms.Exists(t => t.Qualifier == '=' && t.Name == term.Name)) return new SpfRecord(terms, word);
            terms.Add(term);
        }
        return new SpfRecord(terms, null);
    }

    private static SpfTerm? Term(string word)
    {
        var end = word.AsSpan().IndexOfAny(":=/");
        if (end > 0 && word[end] == '=') return Modifier(word[..end].ToLowerInvariant(), word[(end + 1)..]);
        var qualifier = word[0] is '+' or '-' or '~' or '?' ? word[0] : '+';
        var rest = word[0] == qualifier ? word[1..] : word;
        end = rest.AsSpan().IndexOfAny(":/");
        var name = (end < 0 ? rest : rest[..end]).ToLowerInvariant();
        var after = end < 0 ? "" : rest[end..];
        return name switch
        {
            "all" => after.Length == 0 ? new SpfTerm(name, qualifier, null) : null,
            "include" or "exists" => after.StartsWith(':') && IsDomain(after[1..]) ? new SpfTerm(name, qualifier, Name(after[1..])) : null,
            "ptr" => after.Length == 0 ? new SpfTerm(name, qualifier, null) : after[0] == ':' && IsDomain(after[1..]) ? new SpfTerm(name, qualifier, Name(after[1..])) : null,
            "a" or "mx" => Hosts(name, qualifier, after),
            "ip4" => after.StartsWith(':') && IsNetwork(after[1..], IPv4Bits) ? new SpfTerm(name, qualifier, null) : null,
            "ip6" => after.StartsWith(':') && IsNetwork(after[1..], IPv6Bits) ? new SpfTerm(name, qualifier, null) : null,
            _ => null,
        };
    }

    /// <summary>Modifiers nobody knows are to be ignored, whatever they say (RFC 7208 §6).</summary>
    private static SpfTerm? Modifier(string name, string value)
    {
        if (!char.IsAsciiLetter(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) return null;
        return name is "redirect" or "exp" && !IsDomain(value) ? null : new SpfTerm(name, '=', Name(value));
    }

    private static SpfTerm? Hosts(string name, char qualifier, string after)
    {
        var prefix = Prefixes(after, out var isRight);
        if (!isRight) return null;
        var domain = after[..^prefix.Length];
        if (domain.Length == 0) return new SpfTerm(name, qualifier, null);
        return domain[0] == ':' && IsDomain(domain[1..]) ? new SpfTerm(name, qualifier, Name(domain[1..])) : null;
    }

    /// <summary>The end <c>/24</c>, <c>//64</c> or <c>/24//64</c>; a slash inside a macro's braces is none.</summary>
    private static string Prefixes(string text, out bool isRight)
    {
        isRight = true;
        var from = text.IndexOf('/', text.LastIndexOf('}') + 1);
        if (from < 0) return "";
        var prefix = text[from..];
        var six = prefix.IndexOf("//", StringComparison.Ordinal);
        var four = six < 0 ? prefix : prefix[..six];
        isRight = (four.Length == 0 || IsNumber(four[1..], IPv4Bits)) && (six < 0 || IsNumber(prefix[(six + 2)..], IPv6Bits));
        return prefix;
    }

    private static bool IsNetwork(string text, int bits)
    {
        var slash = text.IndexOf('/');
        var address = slash < 0 ? text : text[..slash];
        // IPAddress also reads 127.1 and zone indices.
        if (bits == IPv4Bits ? address.Split('.') is not { Length: 4 } parts || !parts.All(p => IsNumber(p, 255)) : address.AsSpan().IndexOfAny("%[") >= 0) return false;
        return IPAddress.TryParse(address, out var ip) && ip.GetAddressBytes().Length * 8 == bits && (slash < 0 || IsNumber(text[(slash + 1)..], bits));
    }

    private static bool IsNumber(string text, int most) =>
        text.Length is > 0 and <= 3 && (text[0] != '0' || text.Length == 1) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= most;

    /// <summary>A domain-spec (RFC 7208 §7.1): visible ASCII with macros, ending with a macro or a top label.</summary>
    private static bool IsDomain(string text)
    {
        if (text.Length is 0 or > 512 || !text.All(c => c is > ' ' and <= '~') || !MacrosAreRight(text)) return false;
        if (text.Contains('%')) return true;
        var labels = (text[^1] == '.' ? text[..^1] : text).Split('.');
        return text.Length <= 254 && labels.Length > 1 && labels.All(l => l.Length is > 0 and <= 63) && !labels[^1].All(char.IsAsciiDigit)
            && labels[^1].All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && !text.Contains('/');
    }

    private static bool MacrosAreRight(string text)
    {
        for (var at = text.IndexOf('%'); at >= 0; at = text.IndexOf('%', at))
        {
            if (at + 1 == text.Length) return false;
            if (text[at + 1] is '%' or '_' or '-')
            {
                at += 2;
                continue;
            }
            var end = text.IndexOf('}', at);
            if (text[at + 1] != '{' || end < at + 3 || !"slodiphcrtv".Contains(char.ToLowerInvariant(text[at + 2]))) return false;
            var rest = text[(at + 3)..end].TrimStart("0123456789".ToCharArray()).TrimStart('r', 'R');
            if (!rest.All(c => ".-+,/_=".Contains(c))) return false;
            at = end + 1;
        }
        return true;
    }

    private static string Name(string domain) => domain.TrimEnd('.').ToLowerInvariant();
}
