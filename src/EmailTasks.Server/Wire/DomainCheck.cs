using EmailTasks.Core.Dns;

namespace EmailTasks.Server.Wire;

/// <summary>What was found about a sender's domain.</summary>
public sealed record DomainFindings(DnsFinding Spf, DnsFinding Dkim, DnsFinding Dmarc)
{
    /// <summary>The three with their names, in the order people speak of them.</summary>
    public IEnumerable<(string Name, DnsFinding Finding)> All => [("SPF", Spf), ("DKIM", Dkim), ("DMARC", Dmarc)];
}

/// <summary>Fetches what the checks of a sender's domain ask for; they judge.</summary>
public static class DomainCheck
{
    /// <summary>All look-ups of one domain together; a domain whose servers are slow is not waited for longer.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    /// <summary>Looks SPF, DKIM and DMARC of a domain up.</summary>
    /// <param name="domain">As an A-label, lower case.</param>
    public static async Task<DomainFindings> RunAsync(NameLookups lookups, TimeProvider time, string domain, string? smtpHost, string? selector, CancellationToken ct)
    {
        using var own = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, own.Token);
        var (spf, dkim, dmarc) = (Spf(lookups, domain, smtpHost, both.Token), Dkim(lookups, domain, selector, both.Token), Dmarc(lookups, domain, both.Token));
        await Task.WhenAll(spf, dkim, dmarc);
        ct.ThrowIfCancellationRequested();
        var (s, d) = (await spf, await dkim);
        return new DomainFindings(s, d, DmarcCheck.Together(await dmarc, s, d));
    }

    private static async Task<DnsFinding> Spf(NameLookups lookups, string domain, string? smtpHost, CancellationToken ct)
    {
        var known = new Dictionary<string, TxtAnswer>(StringComparer.Ordinal);
        while (true)
        {
            var step = SpfCheck.Look(domain, smtpHost, known);
            if (step.Finding is { } finding) return finding;
            var answers = await Task.WhenAll(step.Ask.Select(name => Texts(lookups, name, ct)));
            for (var i = 0; i < answers.Length; i++) known[step.Ask[i]] = answers[i];
        }
    }

    private static async Task<DnsFinding> Dkim(NameLookups lookups, string domain, string? selector, CancellationToken ct)
    {
        if (selector is null) return DkimCheck.NoSelector;
        var name = DkimCheck.Name(selector, domain);
        return DkimCheck.Look(name, await Texts(lookups, name, ct));
    }

    private static async Task<DnsFinding> Dmarc(NameLookups lookups, string domain, CancellationToken ct)
    {
        var answers = new List<(string, TxtAnswer)>();
        foreach (var name in DmarcCheck.Names(domain))
        {
            answers.Add((name, await Texts(lookups, name, ct)));
            if (DmarcCheck.IsEnd(answers[^1].Item2)) break;
        }
        return DmarcCheck.Look(answers);
    }

    private static async Task<TxtAnswer> Texts(NameLookups lookups, string name, CancellationToken ct)
    {
        try
        {
            return ct.IsCancellationRequested ? TxtAnswer.Failed : await lookups.TextsAsync(name, ct);
        }
        catch (OperationCanceledException)
        {
            return TxtAnswer.Failed;
        }
    }
}
