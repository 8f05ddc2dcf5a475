namespace EmailTasks.Core.Dns;

/// <summary>Either what was found, or the names whose TXT records must be known to go on.</summary>
public sealed record SpfStep(DnsFinding? Finding, IReadOnlyList<string> Ask);

/// <summary>
/// What can be said about a domain's SPF record (RFC 7208) without knowing from which address the provider will send: is it
/// there, can it be read, does it stay within its look-ups, does it name the provider, does it let everybody in.
/// </summary>
public static class SpfCheck
{
    /// <summary>Terms that ask the name server, over all included records (RFC 7208 §4.6.4).</summary>
    public const int LookupsMax = 10;

    /// <summary>Characters of one record: RFC 7208 §3.4 advises a tenth of it; beyond, it is no record but an attack.</summary>
    public const int RecordMax = 4_096;

    /// <summary>Goes as far as what is known allows. Names are lower case.</summary>
    /// <param name="domain">The domain of the mailbox's address.</param>
    /// <param name="smtpHost">The mailbox's SMTP server.</param>
    /// <param name="known">TXT answers by name.</param>
    public static SpfStep Look(string domain, string? smtpHost, IReadOnlyDictionary<string, TxtAnswer> known)
    {
        var walk = new SpfWalk(known);
        walk.Follow(domain, null, []);
        if (walk.Failure is { } failure) return new SpfStep(failure with { Record = failure.Record ?? Shown(walk.First) }, []);
        return walk.Ask.Count > 0 ? new SpfStep(null, walk.Ask) : new SpfStep(Judge(walk, MailProvider.Of(smtpHost)), []);
    }

    private static string? Shown(string? record) => record is null ? null : DnsFinding.Shown(record);

    private static DnsFinding Judge(SpfWalk walk, MailProvider? provider)
    {
        var notes = new List<(string Code, string Problem, string Fix)>();
        if (walk.All == '+')
            notes.Add(("allows_everybody", "The SPF record ends with +all: it lets everybody send as this domain, and receivers distrust it.", "End the record with ~all or -all."));
        if (provider is not null && !walk.HasMacros && !provider.Includes.Any(walk.Names.Contains))
            notes.Add(("provider_missing", $"The SPF record does not name {provider.Name}, through which this mailbox sends.", $"Add include:{provider.Includes[0]} to the record."));
        if (walk.All is null or '?')
            notes.Add(("says_nothing", "The SPF record says nothing about servers it does not name.", "End the record with ~all or -all."));
        if (walk.HasPtr)
            notes.Add(("uses_ptr", "The SPF record uses ptr, which is slow and no longer to be used.", "Name the servers by ip4, ip6, a or include instead of ptr."));
        return notes.Count == 0
            ? DnsFinding.Pass(walk.First!)
            : DnsFinding.Of(DnsResult.Warning, notes[0].Code, walk.First, string.Join(' ', notes.Select(n => n.Problem)), string.Join(' ', notes.Select(n => n.Fix).Distinct()));
    }
}

/// <summary>One walk through a record and what it includes.</summary>
internal sealed class SpfWalk(IReadOnlyDictionary<string, TxtAnswer> known)
{
    private int _lookups;

    /// <summary>The domain's own record.</summary>
    public string? First { get; private set; }

    /// <summary>The qualifier of the <c>all</c> that decides: the domain's own, or that of the record it redirects to.</summary>
    public char? All { get; private set; }

    public bool HasPtr { get; private set; }

    /// <summary>Whether something could not be followed because it depends on the mail.</summary>
    public bool HasMacros { get; private set; }

    /// <summary>Names followed by include and redirect.</summary>
    public HashSet<string> Names { get; } = [];

    /// <summary>Names that are not known yet.</summary>
    public List<string> Ask { get; } = [];

    /// <summary>Why the walk ended.</summary>
    public DnsFinding? Failure { get; private set; }

    /// <summary>Reads the record of a name, then those it leads to.</summary>
    /// <param name="through">The term that led here; null for the domain itself.</param>
    /// <param name="path">The names that led here.</param>
    public void Follow(string name, SpfTerm? through, IReadOnlyList<string> path)
    {
        if (path.Contains(name))
        {
            Fail("loop", $"The SPF record includes itself through {DnsFinding.Shown(name)}.", "Take one of the includes out.");
            return;
        }
        if (Read(name, through) is not { } text) return;
        First ??= text;
        var record = SpfRecord.Parse(text);
        if (record.Unreadable is { } word)
        {
            Fail("unreadable", $"The SPF record of {DnsFinding.Shown(name)} has a term that cannot be read: {DnsFinding.Shown(word)}.", "Correct that term.");
            return;
        }
        if (through is null or { Name: "redirect" }) All = record.All;
        foreach (var term in record.Evaluated.Where(t => t.IsLookup))
        {
            Count(term, [.. path, name]);
            if (Failure is not null) return;
        }
    }

    private void Count(SpfTerm term, IReadOnlyList<string> path)
    {
        if (++_lookups > SpfCheck.LookupsMax)
        {
            Fail("too_many_lookups", "The SPF record needs more than 10 look-ups with all it includes; receivers then treat it as broken.",
                "Take out includes of services that no longer send for this domain, or name their addresses with ip4.");
            return;
        }
        HasPtr |= term.Name == "ptr";
        if (term.Name is not ("include" or "redirect")) return;
        if (term.HasMacro)
        {
            HasMacros = true;
            return;
        }
        if (term.Qualifier is not '-') Names.Add(term.Domain!);
        Follow(term.Domain!, term, path);
    }

    private string? Read(string name, SpfTerm? through)
    {
        if (!known.TryGetValue(name, out var answer))
        {
            if (!Ask.Contains(name)) Ask.Add(name);
            return null;
        }
        if (answer.Status == LookupStatus.Failed)
        {
            Failure = DnsFinding.NoAnswer(name);
            return null;
        }
        var records = answer.Texts.Where(SpfRecord.IsSpf).ToList();
        if (records is [{ Length: <= SpfCheck.RecordMax } only]) return only;
        var shown = DnsFinding.Shown(name);
        if (records.Count > 1) Fail("several_records", $"{shown} has {records.Count} SPF records; receivers then treat them as broken.", "Join them into one record.", records[0]);
        else if (records.Count == 1) Fail("too_long", $"The SPF record of {shown} is far too long.", "Shorten it to less than 450 characters.", records[0]);
        else if (through is not null) Fail("include_without_record", $"The SPF record leads to {shown}, which has none; receivers then treat it as broken.", $"Take {through.Name} of {shown} out, or correct the name.");
        else Failure = DnsFinding.Of(DnsResult.None, "no_record", null, $"{shown} has no SPF record: receivers cannot tell who may send for it.", "Publish a TXT record at the domain, such as v=spf1 include:<your provider's> ~all.");
        return null;
    }

    private void Fail(string code, string problem, string fix, string? record = null) =>
        Failure = DnsFinding.Of(DnsResult.Permerror, code, record ?? First, problem, fix);
}
