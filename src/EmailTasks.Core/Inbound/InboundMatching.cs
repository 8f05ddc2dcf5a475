using System.Collections.Immutable;

namespace EmailTasks.Core.Inbound;

/// <summary>How well a reference ties a message to a mail of ours, the strongest first.</summary>
public enum MatchStrength
{
    /// <summary>In-Reply-To or References name a Message-ID.</summary>
    Reference,

    /// <summary>A report names the envelope or returns the Message-ID.</summary>
    Returned,

    /// <summary>A token in an address, the subject or the text; its signature decides.</summary>
    Token,

    /// <summary>Only an address: the sender's, or the one a report is about. Anybody can write one.</summary>
    Address,
}

/// <summary>Something to look up. Untrusted until found.</summary>
/// <param name="Strength">How much a hit is worth.</param>
/// <param name="Value">A Message-ID without brackets, an envelope id, a token, or an address.</param>
public sealed record MatchCandidate(MatchStrength Strength, string Value);

/// <summary>Which mail of ours a message may be about: candidates only, nothing is looked up.</summary>
public static class InboundMatching
{
    /// <summary>The candidates in the order to try them, each once.</summary>
    public static ImmutableArray<MatchCandidate> Candidates(InboundFacts facts, InboundJudgement judgement)
    {
        var found = new List<MatchCandidate>();
        // The mail that is answered stands last in References; earlier ones are its ancestors.
        Add(MatchStrength.Reference, facts.InReplyTo);
        Add(MatchStrength.Reference, facts.References.Reverse());
        Add(MatchStrength.Returned, [facts.Delivery?.EnvelopeId, facts.Returned?.MessageId]);
        Add(MatchStrength.Token, facts.Tokens.OrderBy(t => t.Place).Select(t => t.Token));
        // Who writes a report is a machine; its recipient is whom it is about.
        if (judgement.Kind is InboundKind.Bounce or InboundKind.Complaint)
            Add(MatchStrength.Address, [.. judgement.Recipients.SelectMany(r => new[] { r.Address, r.FinalAddress }), judgement.Recipient, facts.Returned?.To]);
        else
            Add(MatchStrength.Address, [facts.From?.Address]);
        return [.. found];

        void Add(MatchStrength strength, IEnumerable<string?> values)
        {
            foreach (var value in values)
                if (!string.IsNullOrEmpty(value) && !found.Contains(new(strength, value)))
                    found.Add(new(strength, value));
        }
    }
}
