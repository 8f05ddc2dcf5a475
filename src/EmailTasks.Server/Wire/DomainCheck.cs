using EmailTasks.Core.Dns;

namespace EmailTasks.Server.Wire;

/// <summary>What was found about a sender's domain.</summary>
public sealed record DomainFindings(DnsFinding Spf, DnsFinding Dkim, DnsFinding Dmarc)
{
    /// <summary>Where the DKIM key was looked up; null when no selector is known.</summary>
    public DkimSelector? Selector { get; init; }

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
    /// <param name="selectors">Where the DKIM key may stand, the best guess first; null when there is nowhere to learn it from. Not waited for longer than <see cref="Limit"/>.</param>
    public static async Task<DomainFindings> RunAsync(
        NameLookups lookups, TimeProvider time, string domain, string? smtpHost, Task<IReadOnlyList<DkimSelector>?> selectors, CancellationToken ct)
    {
        using var own = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, own.Token);
        var (spf, dkim, dmarc) = (Spf(lookups, domain, smtpHost, both.Token), Dkim(lookups, selectors, both.Token), Dmarc(lookups, domain, both.Token));
        await Task.WhenAll(spf, dkim, dmarc);
        ct.ThrowIfCancellationRequested();
        var (s, (d, selector)) = (await spf, await dkim);
        return new DomainFindings(s, d, DmarcCheck.Together(await dmarc, s, d)) { Selector = selector };
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

    /// <summary>The first selector at which there is a key decides: the others may be old, or made up by whoever wrote the mail.</summary>
    private static async Task<(DnsFinding Finding, DkimSelector? Selector)> Dkim(NameLookups lookups, Task<IReadOnlyList<DkimSelector>?> selectors, CancellationToken ct)
    {
        IReadOnlyList<DkimSelector>? known;
        try
        {
            known = await selectors.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            known = null;
        }
        (DnsFinding, DkimSelector?)? first = null;
        foreach (var selector in known ?? [])
        {
            var finding = DkimCheck.Look(selector.Name, await Texts(lookups, selector.Name, ct));
            if (finding.Result != DnsResult.None) return (finding, selector);
            first ??= (finding, selector);
        }
        return first ?? (known is null ? DkimCheck.NoSelector : DkimCheck.NoneSeen, null);
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
