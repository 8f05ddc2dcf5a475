using System.Globalization;
using System.Text;

namespace EmailTasks.Contracts;

/// <summary>What a text value may be, for bodies, paths, queries and options alike.</summary>
public static class TextCheck
{
    /// <summary>Scalars of a value that a sentence repeats.</summary>
    private const int ShownCharacters = 60;

    /// <summary>All that is wrong with one value.</summary>
    public static IEnumerable<Problem> Problems(string value, string path, WireAttribute wire)
    {
        if (value.Contains('\0'))
        {
            yield return new(path, "nul", $"{path} holds U+0000.", "Remove it; it is refused everywhere.");
            yield break;
        }
        if (KeyText.In(value))
        {
            yield return KeyProblem(path);
            yield break;
        }
        var length = Scalars(value);
        if (length > wire.Max) yield return new(path, "too_long", $"{path} has {length} characters; at most {wire.Max} are allowed.", "Shorten it.");
        if (wire.Min > 0 && string.IsNullOrWhiteSpace(value)) yield return new(path, "empty", $"{path} is empty.", "Give it a value.");
        else if (length < wire.Min) yield return new(path, "too_short", $"{path} has {length} characters; at least {wire.Min} are needed.", "Lengthen it.");
        if (wire.MaxBytes != int.MaxValue && Encoding.UTF8.GetByteCount(value) is var bytes && bytes > wire.MaxBytes)
            yield return new(path, "too_long", $"{path} has {bytes} bytes; at most {wire.MaxBytes} are allowed.", "Shorten it.");
        if (wire.SingleLine && value.Any(char.IsControl))
            yield return new(path, "control_character", $"{path} holds a line break or control character.", "Put it on one line.");
        foreach (var problem in Words(value, path, wire)) yield return problem;
        if (wire.Id is { } prefix && IdKinds.Mismatch(value, prefix) is { } mismatch)
            yield return new(path, "wrong_id", mismatch, $"Use an id that starts with {prefix}_.");
        if (wire.Format is { } format && FormatProblem(value, format) is { } wrong)
            yield return new(path, "bad_format", $"{path}: {wrong.Problem}", wrong.Fix);
    }

    /// <summary>An API key where none belongs; the key is not repeated.</summary>
    public static Problem KeyProblem(string path) =>
        new(path, "api_key", $"{path} holds an API key.", "Take it out, and revoke that key: whoever reads this could use it. See: noxinfluencer key list");

    private static IEnumerable<Problem> Words(string value, string path, WireAttribute wire)
    {
        if (wire.Values is not { } allowed) yield break;
        foreach (var word in wire.Csv ? value.Split(',', StringSplitOptions.TrimEntries) : [value])
        {
            if (!allowed.Contains(word, StringComparer.Ordinal))
                yield return new(path, "unknown_value", $"{path} does not know \"{Shown(word)}\".", $"Use one of {string.Join(", ", allowed)}.");
        }
    }

    /// <summary>Checks a number against the member's limits.</summary>
    public static void Range(long number, string path, WireAttribute wire, Action<string, string, string, string> add)
    {
        if (number < wire.Min) add(path, "too_small", $"{path} is {number}; the least is {wire.Min}.", $"Give {wire.Min} or more.");
        if (number > wire.Max) add(path, "too_large", $"{path} is {number}; the greatest is {wire.Max}.", $"Give {wire.Max} or less.");
    }

    /// <summary>Unicode scalars in a text.</summary>
    public static int Scalars(string value)
    {
        var count = 0;
        foreach (var _ in value.EnumerateRunes()) count++;
        return count;
    }

    /// <summary>
    /// A value as it may be repeated in a sentence: short, one line, nothing in it that isn't seen, no API key, and its quotes
    /// escaped, so that it can't end the quotation it stands in and go on in our name.
    /// </summary>
    public static string Shown(string value)
    {
        var length = 0;
        var to = new StringBuilder();
        foreach (var c in KeyText.Without(value).EnumerateRunes())
        {
            if (++length > ShownCharacters) break;
            to.Append(c.Value is '\n' or '\r' or '\t' ? " " : c.ToString());
        }
        var clean = to.ToString();
        if (clean.Contains('"')) clean = clean.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        clean = Unseen.Escaped(clean);
        return length > ShownCharacters ? clean + "…" : clean;
    }

    private static (string Problem, string Fix)? FormatProblem(string value, string format) => format switch
    {
        WireFormat.HttpUrl when !(Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && !value.Any(c => char.IsWhiteSpace(c) || c is '<' or '>' or '"')) =>
            ("not an http or https URL.", "Write it whole, e.g. https://shop.example/shoe."),
        WireFormat.Decimal when !(decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _) && value[0] != '.' && value[^1] != '.') =>
            ("not a decimal number.", "Write digits with a point, e.g. 49.00."),
        WireFormat.Currency when !(value.Length == 3 && value.All(char.IsAsciiLetterUpper)) => ("not a currency code.", "Use three capital letters, e.g. EUR."),
        WireFormat.Country when !(value.Length == 2 && value.All(char.IsAsciiLetterUpper)) => ("not a country code.", "Use two capital letters, e.g. DE."),
        WireFormat.WallTime when !TimeOnly.TryParseExact(value, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) =>
            ("not a time of day.", "Write HH:mm, e.g. 09:00."),
        WireFormat.Days when !(value is [.. var digits, 'd'] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= 365) =>
            ("not a number of days.", "Write it like 30d, from 1d to 365d."),
        WireFormat.TimeZone when !TimeZoneInfo.TryFindSystemTimeZoneById(value, out _) => ("not a known time zone.", "Use an IANA name, e.g. Europe/Berlin."),
        WireFormat.Instant when Instants.Problem(value) is { } problem => problem,
        _ => null,
    };
}

/// <summary>Instants as people write them: ISO 8601 with an explicit whole-hour offset.</summary>
public static class Instants
{
    /// <summary>What is wrong with a written instant, or null.</summary>
    public static (string Problem, string Fix)? Problem(string value)
    {
        if (!TryParse(value, out var at, out var hasOffset))
            return ("not an ISO 8601 instant.", "Write it like 2026-12-01T09:00:00+08:00.");
        if (!hasOffset) return ("it has no time zone offset.", $"Add one: Z, +08:00 or -05:00. If it is meant in UTC: {value}Z.");
        return at.Offset.Minutes == 0 ? null : ("its offset is not a whole number of hours.", $"Write the same instant in UTC: {at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}.");
    }

    /// <summary>Reads an instant that <see cref="Problem"/> found good.</summary>
    public static DateTimeOffset Parse(string value) =>
        TryParse(value, out var at, out _) ? at : throw new FormatException("The gate checks instants before anybody parses them.");

    /// <summary>The offset as it was written: <c>Z</c>, or <c>+08:00</c>.</summary>
    public static string OffsetOf(string value) => value.EndsWith('Z') ? "Z" : value[^6..];

    private static bool TryParse(string value, out DateTimeOffset at, out bool hasOffset)
    {
        string[] local = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"];
        string[] withOffset = [.. local.Select(f => f + "zzz"), .. local.Select(f => f + "'Z'")];
        hasOffset = true;
        if (DateTimeOffset.TryParseExact(value, withOffset, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at)) return true;
        hasOffset = false;
        return DateTimeOffset.TryParseExact(value, local, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at);
    }
}

/// <summary>The kinds of id, by prefix.</summary>
public static class IdKinds
{
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["acc"] = "account",
        ["usr"] = "member",
        ["key"] = "API key",
        ["tsk"] = "task",
        ["rcp"] = "recipient",
        ["mbx"] = "mailbox",
        ["prd"] = "product",
        ["epr"] = "product card",
        ["tpl"] = "template",
        ["req"] = "request",
        ["msg"] = "message",
    };

    /// <summary>A sentence when <paramref name="value"/> is plainly another kind of id, else null (an unknown id is not found, later).</summary>
    public static string? Mismatch(string value, string prefix)
    {
        var dash = value.IndexOf('_');
        if (dash <= 0 || value[..dash] is var found && (found == prefix || !Kinds.ContainsKey(found))) return null;
        return $"{TextCheck.Shown(value)} is a {Kinds[value[..dash]]} id; a {Kinds[prefix]} id is needed.";
    }
}

/// <summary>Small words of sentences.</summary>
public static class Plural
{
    /// <summary>A count with its noun: "1 mail", "2 mails".</summary>
    public static string Of(long count, string noun) => Of(count, noun, noun + "s");

    /// <summary>The same where the plural is no added s.</summary>
    public static string Of(long count, string one, string many) => $"{count} {(count == 1 ? one : many)}";
}
