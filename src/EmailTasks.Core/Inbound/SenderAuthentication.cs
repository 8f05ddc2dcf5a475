using EmailTasks.Core.Recipients;

namespace EmailTasks.Core.Inbound;

/// <summary>What the mailbox's own server says of whether a sender is who he says.</summary>
public enum SenderProof
{
    /// <summary>Nothing, or nothing that is about this sender's domain.</summary>
    Unknown,

    /// <summary>The domain of From stands behind the mail.</summary>
    Passed,

    /// <summary>It does not.</summary>
    Failed,
}

/// <summary>Judges a mail's sender by the Authentication-Results (RFC 8601) of the one server that is believed.</summary>
public static class SenderAuthentication
{
    private static readonly string[] Passes = ["pass", "bestguesspass"];

    /// <summary>What is known of a sender.</summary>
    /// <param name="headers">The values of its Authentication-Results, the topmost first: a server writes above what came.</param>
    /// <param name="authservId">Whose word counts; null for nobody's.</param>
    /// <param name="from">The address in From; null when it names none.</param>
    /// <param name="isOneSender">False where From names several, of whom a server judges one: nobody passes then.</param>
    public static SenderProof Judge(IEnumerable<string> headers, string? authservId, string? from, bool isOneSender)
    {
        if (authservId is null || from is null || EmailAddress.TryParse(from, out _) is not { } sender) return SenderProof.Unknown;
        var said = headers.Select(AuthenticationResults.Parse).FirstOrDefault(r => string.Equals(r?.AuthservId, authservId, StringComparison.OrdinalIgnoreCase));
        var proof = said is null ? SenderProof.Unknown : Judge(said, sender.Domain);
        return proof == SenderProof.Passed && !isOneSender ? SenderProof.Unknown : proof;
    }

    /// <summary>Mails of a page that must agree before a name is believed.</summary>
    private const int AgreeMin = 5;

    /// <summary>
    /// The name a mail server gives its results, learnt from the newest mails of a mailbox; null when it is not plain. One mail teaches
    /// nothing, because its sender may have written the header: nearly all must agree.
    /// </summary>
    /// <param name="topmost">The topmost Authentication-Results of each mail; null where it has none.</param>
    public static string? Learn(IReadOnlyCollection<string?> topmost)
    {
        var most = topmost.Select(t => t is null ? null : AuthenticationResults.Parse(t)?.AuthservId).OfType<string>()
            .GroupBy(id => id, StringComparer.OrdinalIgnoreCase).MaxBy(g => g.Count());
        return most is not null && most.Count() >= AgreeMin && most.Count() * 5 >= topmost.Count * 4 ? most.Key : null;
    }

    /// <summary>The name in a mail of our own that came back: its topmost results, where they say that our domain stands behind it.</summary>
    public static string? LearnFromOwn(string? topmost, string own) =>
        topmost is not null && AuthenticationResults.Parse(topmost)?.AuthservId is { } id && Judge([topmost], id, own, isOneSender: true) == SenderProof.Passed ? id : null;

    /// <summary>DMARC's word is the last one (RFC 7489); without one, an aligned pass of either of its two is enough, and a failure counts where nothing passed.</summary>
    private static SenderProof Judge(AuthenticationResults said, string domain)
    {
        var dmarc = said.Of("dmarc").Where(r => r.Property("header.from") is not { } about || IsAligned(about, domain)).ToList();
        if (dmarc.Exists(IsPass)) return SenderProof.Passed;
        if (dmarc.Exists(IsFail)) return SenderProof.Failed;
        var parts = said.Of("dkim").Where(r => IsAligned(r.Property("header.d") ?? r.Property("header.i"), domain))
            .Concat(said.Of("spf").Where(r => IsAligned(r.Property("smtp.mailfrom"), domain))).ToList();
        return parts.Exists(IsPass) ? SenderProof.Passed : parts.Exists(IsFail) ? SenderProof.Failed : SenderProof.Unknown;
    }

    private static bool IsPass(AuthenticationResult result) => Passes.Contains(result.Result, StringComparer.Ordinal);

    private static bool IsFail(AuthenticationResult result) => result.Result == "fail";

    // Relaxed (RFC 7489 §3.1): the same domain, or one above the other.
    private static bool IsAligned(string? about, string domain)
    {
        if (about is null || EmailAddress.TryParse("x@" + about[(about.LastIndexOf('@') + 1)..], out _)?.Domain is not { } other) return false;
        return other == domain || IsBelow(other, domain) || IsBelow(domain, other);
    }

    private static bool IsBelow(string domain, string above) => above.Contains('.') && domain.EndsWith("." + above, StringComparison.Ordinal);
}
