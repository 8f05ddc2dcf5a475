using System.Globalization;
using System.Text;

namespace EmailTasks.Core.Recipients;

/// <summary>
/// A mail address as the product keeps it: trimmed, its domain as a lower-case A-label (RFC 5890), its local part as
/// written. <see cref="Key"/> is what makes two spellings one address.
/// </summary>
/// <param name="Text">local@domain.</param>
/// <param name="Key">The same with the local part folded to lower case.</param>
/// <param name="Domain">The domain.</param>
public sealed record EmailAddress(string Text, string Key, string Domain)
{
    private const int LocalOctets = 64; // RFC 5321 §4.5.3.1.1
    private const int PathOctets = 254; // RFC 5321 §4.5.3.1.3, less the brackets

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true, AllowUnassigned = false };

    /// <summary>Reads an address; on failure <paramref name="problem"/> says why in a few words.</summary>
    public static EmailAddress? TryParse(string text, out string problem)
    {
        var trimmed = text.Trim();
        problem = "";
        if (trimmed.Length == 0) return Fail("it is empty", out problem);
        if (trimmed.Length > PathOctets) return Fail("it is longer than 254 characters", out problem);
        if (trimmed.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))) return Fail("it holds a space or control character", out problem);
        if (trimmed.EnumerateRunes().Any(IsInvisible)) return Fail("it holds an invisible or damaged character", out problem);
        var at = trimmed.LastIndexOf('@');
        if (at < 0) return Fail("it has no @", out problem);
        if (at == 0) return Fail("nothing stands before the @", out problem);
        var local = trimmed[..at];
        if (Encoding.UTF8.GetByteCount(local) > LocalOctets) return Fail("the part before the @ is longer than 64 octets", out problem);
        if (!IsDotAtom(local)) return Fail("the part before the @ holds a character that is not allowed there", out problem);
        var domain = Domain_(trimmed[(at + 1)..]);
        if (domain is null) return Fail("the part after the @ is no domain name", out problem);
        if (Encoding.UTF8.GetByteCount(local) + 1 + domain.Length > PathOctets) return Fail("it is longer than 254 octets as it is sent", out problem);
        return new EmailAddress($"{local}@{domain}", $"{local.ToLowerInvariant()}@{domain}", domain);
    }

    private static EmailAddress? Fail(string why, out string problem)
    {
        problem = why;
        return null;
    }

    /// <summary>
    /// Zero-width and direction marks come with pasted lists; with one, an address looks like another and is a different
    /// one. Half a surrogate pair reads as U+FFFD.
    /// </summary>
    private static bool IsInvisible(Rune c) => c == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    /// <summary>RFC 5322 §3.2.3 dot-atom, with RFC 6531 non-ASCII; quoted local parts are not taken.</summary>
    private static bool IsDotAtom(string local) =>
        local[0] != '.' && local[^1] != '.' && !local.Contains("..", StringComparison.Ordinal)
        && local.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~.".Contains(c) || c > 0x7f);

    private static string? Domain_(string text)
    {
        if (text.Length == 0 || !text.Contains('.') || text[0] == '.' || text[^1] == '.' || text.Contains("..", StringComparison.Ordinal)) return null;
        try
        {
            // Folded before it is encoded: without ICU, GetAscii encodes a capital as it stands, and one domain becomes two.
            var ascii = Idn.GetAscii(text.ToLowerInvariant()).ToLowerInvariant();
            var labels = ascii.Split('.');
            return ascii.Length <= 253 && labels.All(IsLabel) && !labels[^1].All(char.IsAsciiDigit) ? ascii : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
