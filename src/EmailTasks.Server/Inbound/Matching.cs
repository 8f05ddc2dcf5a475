using EmailTasks.Core.Inbound;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Dispatch;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Inbound;

/// <summary>Whom an incoming message is about, and how sure that is.</summary>
public sealed record MailMatch(TaskRow Task, RecipientRow Row, MatchStrength Strength);

/// <summary>
/// Finds the recipient a message is about, the surest clue first: the mail it answers, the mail a report returns, a token of
/// ours, and last the sender's address. Ids and tokens count by their signature, whoever wrote them.
/// </summary>
internal sealed class Matching(DeliveryTokens tokens)
{
    /// <summary>An answer that names no mail of ours is taken for one to the last mail this long before it.</summary>
    public const long WindowMicros = 30L * 24 * 3600 * 1_000_000;

    /// <summary>Ids and tokens looked at of one message: a thread names its last mails last, and a forger as many as he likes.</summary>
    private const int CandidatesMax = 50;

    /// <summary>The recipient, or null.</summary>
    /// <param name="at">When the message came, UTC microseconds.</param>
    public async ValueTask<MailMatch?> Find(Db db, MailboxRow mailbox, InboundFacts facts, InboundJudgement judgement, long at)
    {
        foreach (var candidate in InboundMatching.Candidates(facts, judgement).Take(CandidatesMax))
        {
            if (await Delivery(db, mailbox, candidate) is { } delivery && await Load(db, mailbox, delivery) is { } found) return new MailMatch(found.Task, found.Row, candidate.Strength);
        }
        // A bounce or complaint that names nothing of ours may be about anything; only a person is known by the address.
        if (judgement.Kind is not (InboundKind.Reply or InboundKind.AutoReply or InboundKind.Unsubscribe or InboundKind.Spoofed)) return null;
        if (facts.From is not { } from || EmailAddress.TryParse(from.Address, out _) is not { } address) return null;
        if (await InboundRows.LastMailed(db, mailbox.Account, mailbox.Id, address.Key, at - WindowMicros, at) is not { } last) return null;
        return await Load(db, mailbox, last) is { } known ? new MailMatch(known.Task, known.Row, MatchStrength.Address) : null;
    }

    /// <summary>The delivery of a Message-ID, ours or one that a mail server put in its place.</summary>
    public async ValueTask<(long SetId, long Seq)?> OfMessageId(Db db, MailboxRow mailbox, string id) =>
        Read(TokenPurpose.MessageId, id.Split('@')[0]) ?? await InboundRows.Learnt(db, mailbox.Id, id);

    private async ValueTask<(long SetId, long Seq)?> Delivery(Db db, MailboxRow mailbox, MatchCandidate candidate) => candidate.Strength switch
    {
        MatchStrength.Reference or MatchStrength.Returned => await OfMessageId(db, mailbox, candidate.Value),
        MatchStrength.Token => Read(TokenPurpose.Unsubscribe, candidate.Value) ?? Read(TokenPurpose.Open, candidate.Value) ?? Read(TokenPurpose.MessageId, candidate.Value),
        MatchStrength.Address => null,
    };

    private (long SetId, long Seq)? Read(string purpose, string token) => tokens.Read(purpose, token) is { } read ? (read.SetId, read.Seq) : null;

    private static async ValueTask<(TaskRow Task, RecipientRow Row)?> Load(Db db, MailboxRow mailbox, (long SetId, long Seq) delivery) =>
        await TaskRows.OfSet(db, delivery.SetId) is { } task && task.Account == mailbox.Account && await RecipientRows.Load(db, delivery.SetId, delivery.Seq) is { Attempt: > 0 } row
            ? (task, row)
            : null;
}
