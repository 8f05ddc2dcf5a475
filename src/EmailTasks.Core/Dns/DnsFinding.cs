namespace EmailTasks.Core.Dns;

/// <summary>How a look-up ended.</summary>
public enum LookupStatus
{
    /// <summary>The name exists; it may still have no record of the kind asked for.</summary>
    Answered,

    /// <summary>There is no such name (NXDOMAIN).</summary>
    NoSuchName,

    /// <summary>No answer, or SERVFAIL: nothing is known, asking later may help.</summary>
    Failed,
}

/// <summary>The TXT records of one name, the strings of each record joined without anything between (RFC 7208 §3.3, RFC 6376 §3.6.2.2).</summary>
public sealed record TxtAnswer(LookupStatus Status, IReadOnlyList<string> Texts)
{
    /// <summary>Nothing is known.</summary>
    public static TxtAnswer Failed { get; } = new(LookupStatus.Failed, []);

    /// <summary>There is no such name.</summary>
    public static TxtAnswer NoSuchName { get; } = new(LookupStatus.NoSuchName, []);

    /// <summary>The name has these records.</summary>
    public static TxtAnswer Of(params IReadOnlyList<string> texts) => new(LookupStatus.Answered, texts);
}

/// <summary>What a record is good for.</summary>
public enum DnsResult
{
    /// <summary>There, valid, nothing to say against it.</summary>
    Pass,

    /// <summary>Valid, but weak; the problem says why.</summary>
    Warning,

    /// <summary>There is none.</summary>
    None,

    /// <summary>There, and it cannot work as it is.</summary>
    Permerror,

    /// <summary>The name server did not answer; asking later may help.</summary>
    Temperror,

    /// <summary>Not looked up: something needed for it is not known.</summary>
    Unknown,
}

/// <summary>What was found about one of SPF, DKIM and DMARC. Words are ours; the record is from outside, cleaned for showing.</summary>
/// <param name="Result">What it is good for.</param>
/// <param name="Code">A stable word for programs and tests; <c>ok</c> for a pass.</param>
/// <param name="Record">The record, at most <see cref="RecordShown"/> characters; null when there is none.</param>
/// <param name="Problem">What is wrong, in sentences; null for a pass.</param>
/// <param name="Fix">What to do; null when there is nothing to do.</param>
public sealed record DnsFinding(DnsResult Result, string Code, string? Record, string? Problem, string? Fix)
{
    /// <summary>Characters of a record that are shown: the longest 4,096-bit key fits.</summary>
    public const int RecordShown = 1000;

    /// <summary>Nothing to say against it.</summary>
    public static DnsFinding Pass(string record) => new(DnsResult.Pass, "ok", Shown(record), null, null);

    /// <summary>Something is to be said.</summary>
    public static DnsFinding Of(DnsResult result, string code, string? record, string problem, string? fix) =>
        new(result, code, record is null ? null : Shown(record), problem, fix);

    /// <summary>The name server did not answer about this name.</summary>
    public static DnsFinding NoAnswer(string name) =>
        new(DnsResult.Temperror, "no_answer", null, $"The name server did not answer about {Shown(name)}.", "Run the check again later; if it stays so, look at the domain's name servers.");

    /// <summary>Text from a zone is anybody's: printable ASCII stays, the rest becomes a question mark.</summary>
    public static string Shown(string text) =>
        string.Concat(text.Take(RecordShown).Select(c => c is >= ' ' and <= '~' ? c : '?')) + (text.Length > RecordShown ? "…" : "");
}
