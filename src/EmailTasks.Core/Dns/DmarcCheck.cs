using System.Globalization;

namespace EmailTasks.Core.Dns;

/// <summary>What a domain's DMARC policy says (RFC 7489), and what follows from it with what SPF and DKIM came to.</summary>
public static class DmarcCheck
{
    /// <summary>Characters of a record; a real one has a few hundred.</summary>
    public const int RecordMax = 4_096;

    /// <summary>Names asked at most: the domain and its parents, long before a hostile name tires anybody.</summary>
    public const int NamesMax = 8;

    private const string BulkRules = "Gmail, Yahoo and Outlook want SPF, DKIM and DMARC from whoever sends much, and refuse or hide the mail otherwise.";

    private static readonly string[] Policies = ["none", "quarantine", "reject"];

    /// <summary>
    /// Where the policy can stand: at the domain itself, else at its parents down to two labels. The organisational domain is one of
    /// them; which one needs no list of public suffixes, because those publish no policy.
    /// </summary>
    public static IReadOnlyList<string> Names(string domain)
    {
        var labels = domain.Split('.');
        var skip = Math.Max(0, labels.Length - NamesMax);
        var parents = Enumerable.Range(1, Math.Max(0, labels.Length - 2)).Where(n => n > skip).Select(n => string.Join('.', labels[n..]));
        return [.. parents.Prepend(domain).Select(d => "_dmarc." + d)];
    }

    /// <summary>Judges the answers for <see cref="Names"/>, in that order, up to the first that holds a policy.</summary>
    public static DnsFinding Look(IReadOnlyList<(string Name, TxtAnswer Answer)> answers)
    {
        for (var i = 0; i < answers.Count; i++)
        {
            var (name, answer) = answers[i];
            if (answer.Status == LookupStatus.Failed) return DnsFinding.NoAnswer(name);
            var records = answer.Texts.Where(IsDmarc).ToList();
            if (records.Count > 1)
                return Bad("several_records", records[0], $"{DnsFinding.Shown(name)} has {records.Count} DMARC records; receivers then act as if there were none.", "Leave one.");
            if (records.Count == 1) return Policy(records[0], inherited: i > 0);
        }
        return DnsFinding.Of(DnsResult.None, "no_record", null, "The domain has no DMARC record. " + BulkRules,
            $"Publish a TXT record at {DnsFinding.Shown(answers[0].Name)}, such as v=DMARC1; p=none; rua=mailto:<your address>.");
    }

    /// <summary>Whether an answer ends the search.</summary>
    public static bool IsEnd(TxtAnswer answer) => answer.Status == LookupStatus.Failed || answer.Texts.Any(IsDmarc);

    /// <summary>
    /// A policy is kept only by mail that passes SPF or DKIM under the sender's own domain. The envelope sender is the mailbox's
    /// address, so SPF is aligned where it passes, and the key was looked up at this domain, so DKIM is too.
    /// </summary>
    public static DnsFinding Together(DnsFinding dmarc, DnsFinding spf, DnsFinding dkim)
    {
        if (dmarc.Result is not (DnsResult.Pass or DnsResult.Warning) || !CannotPass(spf) || !CannotPass(dkim)) return dmarc;
        var strict = dmarc.Record!.Contains("p=reject", StringComparison.OrdinalIgnoreCase) || dmarc.Record.Contains("p=quarantine", StringComparison.OrdinalIgnoreCase);
        return DnsFinding.Of(DnsResult.Warning, "cannot_pass", dmarc.Record,
            "Neither SPF nor DKIM can pass for this domain, so its mail fails DMARC" + (strict ? ", and its own policy tells receivers to refuse or hide it." : ". " + BulkRules),
            "Put SPF and DKIM in order first.");
    }

    private static bool CannotPass(DnsFinding f) => f.Result is DnsResult.None or DnsResult.Permerror || f.Code == "provider_missing";

    private static bool IsDmarc(string text) => text.StartsWith("v=DMARC1", StringComparison.Ordinal) && (text.Length == 8 || text[8] is ';' or ' ' or '\t');

    private static DnsFinding Policy(string text, bool inherited)
    {
        if (text.Length > RecordMax) return Bad("too_long", text, "The DMARC record is far too long.", "Shorten it.");
        if (TagList.Parse(text) is not { } tags) return Bad("unreadable", text, "The DMARC record cannot be read.", "Write it like v=DMARC1; p=none; rua=mailto:<your address>.");
        var policy = (inherited ? tags.Value("sp") : null) ?? tags.Value("p");
        var reports = tags.Value("rua") is { } rua && rua.Split(',').Any(IsMailto);
        if (!Is(tags.Value("p"), Policies) || !Is(policy, Policies))
        {
            // RFC 7489 §6.6.3: without a valid policy it counts as none when reports are asked for, and as no record otherwise.
            return reports
                ? DnsFinding.Of(DnsResult.Warning, "no_policy", text, "The DMARC record has no valid policy (p=, sp=); receivers treat it as p=none.", "Say p=none, p=quarantine or p=reject.")
                : Bad("no_policy", text, "The DMARC record has no valid policy (p=); receivers act as if there were none.", "Say p=none, p=quarantine or p=reject.");
        }
        var notes = new List<(string Code, string Problem, string Fix)>();
        if (!IsOneOf(tags, "adkim", "r", "s") || !IsOneOf(tags, "aspf", "r", "s"))
            notes.Add(("bad_alignment", "adkim and aspf of the DMARC record must be r or s; receivers take r.", "Correct them, or take them out."));
        if (tags.Value("pct") is { } pct && pct != "100")
            notes.Add(("partial", Percent(pct) is { } n ? $"The DMARC policy is applied to {n} % of the mail only." : "pct of the DMARC record is no number from 0 to 100.", "Take pct out of the record."));
        if (!reports && Same(policy, "none"))
            notes.Add(("no_reports", "The DMARC policy is none and asks for no reports: it satisfies the rules for bulk mail, but shows nobody what fails.", "Add rua=mailto:<your address> to the record."));
        return notes.Count == 0
            ? DnsFinding.Pass(text)
            : DnsFinding.Of(DnsResult.Warning, notes[0].Code, text, string.Join(' ', notes.Select(n => n.Problem)), string.Join(' ', notes.Select(n => n.Fix)));
    }

    private static int? Percent(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= 100 ? n : null;

    private static bool IsOneOf(IReadOnlyList<(string Name, string Value)> tags, string name, params string[] values) => tags.Value(name) is not { } value || Is(value, values);

    private static bool Is(string? value, string[] values) => values.Any(v => Same(value, v));

    private static bool Same(string? a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static bool IsMailto(string uri) => uri.Trim() is { Length: > 10 } u && u.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) && u.IndexOf('@') > 7;

    private static DnsFinding Bad(string code, string record, string problem, string fix) => DnsFinding.Of(DnsResult.Permerror, code, record, problem, fix);
}
