using System.IO.Compression;
using System.Security.Cryptography;
using EmailTasks.Contracts;
using EmailTasks.Core.Inbound;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Hosting;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Wire;

namespace EmailTasks.Server.Inbound;

/// <summary>A message as it lies in a mailbox.</summary>
/// <param name="Folder">The folder's name; for a maildir, its path.</param>
/// <param name="UidValidity">The folder's numbering; 0 in a maildir.</param>
/// <param name="Uid">Its number, or its name in a maildir.</param>
/// <param name="At">When the mail server took it, UTC microseconds.</param>
/// <param name="Raw">Its bytes, or the first of them where it is larger than <see cref="InboundLimits.MessageBytes"/>.</param>
/// <param name="Size">Its whole size in bytes.</param>
public sealed record Incoming(string Folder, long UidValidity, string Uid, long At, byte[] Raw, long Size);

/// <summary>
/// Takes one message in: what it means, whom it is about, and what follows from it, all in one transaction. The reader goes on
/// only after that commit; the same message told again, in whatever way, changes nothing.
/// </summary>
internal sealed class Arrival(App app)
{
    /// <summary>Characters of a text from outside that are kept beside the message, for lists.</summary>
    private const int ShownCharacters = 300;

    private readonly Matching _matching = new(app.Tokens);

    /// <summary>Keeps it and draws the conclusions; false when it was known.</summary>
    /// <param name="advance">What to write in the same transaction, such as where reading goes on.</param>
    /// <exception cref="ArrivalFailedException">It could not be taken in, for a reason that is ours.</exception>
    public async Task<bool> Take(MailboxRow mailbox, Incoming message, Func<Db, ValueTask<int>>? advance)
    {
        try
        {
            return await Keep(mailbox, message, advance);
        }
        catch (Exception e) when (e is not (StoreUnavailableException or OperationCanceledException))
        {
            throw new ArrivalFailedException($"Message {message.Uid} of {message.Folder} was not taken in.", e);
        }
    }

    private async Task<bool> Keep(MailboxRow mailbox, Incoming message, Func<Db, ValueTask<int>>? advance)
    {
        var facts = InboundReader.Read(message.Raw);
        var judgement = InboundRules.Judge(facts);
        var (hash, packed) = (Convert.ToHexStringLower(SHA256.HashData(message.Raw)), Pack(message.Raw));
        var isOwn = facts.From is { } from && EmailAddress.TryParse(from.Address, out _)?.Key == mailbox.AddressKey;
        var listHeaders = isOwn && EmailAddress.TryParse(mailbox.Address, out _) is { } sender && ProofIsOld(mailbox)
            ? await ListHeaderProof.Read(message.Raw, sender.Domain, app.Mailboxes.Names, CancellationToken.None)
            : null;
        return await app.Store.Write(async db =>
        {
            if (advance is not null) await advance(db);
            if (await db.One<long>("select count(*) from message where mailbox = @Id and hash = @hash", new { mailbox.Id, hash }) > 0) return false;
            if (isOwn) return await OwnCopy(db, mailbox, message, facts, hash, listHeaders);
            var match = await _matching.Find(db, mailbox, facts, judgement, message.At);
            var row = Row(mailbox, message, facts, judgement, hash, match);
            if (await MessageRows.Insert(db, row) == 0) return false;
            if (match is null) return true;
            await MessageRows.InsertRaw(db, row.Id, packed);
            await Conclude(db, row, judgement, match);
            return true;
        });
    }

    /// <summary>The bytes of a kept message.</summary>
    public static byte[] Unpack(byte[] packed)
    {
        using var to = new MemoryStream();
        using (var from = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress)) from.CopyTo(to);
        return to.ToArray();
    }

    /// <summary>The bytes as they are kept.</summary>
    public static byte[] Pack(byte[] raw)
    {
        using var to = new MemoryStream();
        using (var packer = new BrotliStream(to, CompressionLevel.Fastest)) packer.Write(raw);
        return to.ToArray();
    }

    /// <summary>A mail server's habits change seldom, and each look costs a question to a name server.</summary>
    private bool ProofIsOld(MailboxRow mailbox) => mailbox.ListHeadersSigned != true || app.Store.Now - (mailbox.ListHeadersAt ?? 0) > 24L * HourRows.Micros;

    /// <summary>A mail of ours, in a folder that holds them too: proof that it left, and under which id.</summary>
    private async ValueTask<bool> OwnCopy(Db db, MailboxRow mailbox, Incoming message, InboundFacts facts, string hash, bool? listHeaders)
    {
        var judged = new InboundJudgement(InboundKind.Unrelated, "own_mail");
        if (await MessageRows.Insert(db, Row(mailbox, message, facts, judged, hash, null)) == 0) return false;
        if (listHeaders is { } areSigned) await InboundRows.ListHeaders(db, mailbox.Id, areSigned);
        await SentCopies.Learn(db, _matching, mailbox, message.Raw);
        return true;
    }

    /// <summary>What concerns no task is known by its hash alone: people's other mail is nobody's business here.</summary>
    private MessageRow Row(MailboxRow mailbox, Incoming message, InboundFacts facts, InboundJudgement judgement, string hash, MailMatch? match) => new()
    {
        Id = app.Ids.New("msg"), Account = mailbox.Account, Mailbox = mailbox.Id, Folder = message.Folder, Uidvalidity = message.UidValidity, Uid = message.Uid, Hash = hash,
        Kind = match is null ? InboundWords.Unrelated : InboundWords.Of(judgement.Kind), Reason = judgement.Reason, Strength = match is null ? null : InboundWords.Of(match.Strength),
        Task = match?.Task.Id, SetId = match?.Row.SetId, Seq = match?.Row.Seq, At = message.At,
        MessageId = match is null ? null : Shown(facts.MessageId), FromAddress = match is null ? null : Shown(facts.From?.Address), FromName = match is null ? null : Shown(facts.From?.Name),
        Subject = match is null ? null : Shown(facts.Subject), Snippet = match is null ? null : Shown(facts.NewText), Size = message.Size, CreatedAt = message.At,
    };

    private async ValueTask Conclude(Db db, MessageRow row, InboundJudgement judgement, MailMatch match)
    {
        var suppress = Consequences.Suppression(judgement, match);
        if (suppress is not null && EmailAddress.TryParse(match.Row.Address, out _) is { } address) await SuppressionRows.Add(db, row.Account, address, suppress, $"message {row.Id}");
        var facts = Consequences.Facts(judgement, match).Select(f => (f, row.At)).ToList();
        var came = new CameBack(match.Row.SetId, match.Row.Seq, facts, judgement.Kind == InboundKind.Bounce ? "dsn" : "reply", judgement.Kind == InboundKind.Reply ? 1 : 0);
        foreach (var before in await FactRows.Apply(db, [came])) await FactRows.Event(db, before, row.Kind, $"message {row.Id}");
    }

    private static string? Shown(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var clean = text.Replace('\0', ' ').Trim();
        var end = Math.Min(clean.Length, ShownCharacters);
        return clean[..(end < clean.Length && char.IsHighSurrogate(clean[end - 1]) ? end - 1 : end)];
    }
}

/// <summary>A message could not be taken in, and not because of the mail server: nothing behind it is read before it is.</summary>
public sealed class ArrivalFailedException(string message, Exception inner) : Exception(message, inner);

/// <summary>What follows from a message about a recipient. Pure.</summary>
internal static class Consequences
{
    /// <summary>The facts it makes true.</summary>
    public static IReadOnlyList<Fact> Facts(InboundJudgement judgement, MailMatch match) => judgement.Kind switch
    {
        InboundKind.Reply => [Fact.Replied],
        InboundKind.AutoReply => [Fact.AutoReplied],
        InboundKind.Bounce => IsHardBounce(judgement, match) ? [Fact.Bounced] : [],
        InboundKind.Complaint => match.Strength < MatchStrength.Address ? [Fact.Complained] : [],
        InboundKind.Unsubscribe => [Fact.Unsubscribed],
        InboundKind.Unrelated => [],
    };

    /// <summary>Why the address is mailed no more; null where it may be.</summary>
    public static string? Suppression(InboundJudgement judgement, MailMatch match) => judgement.Kind switch
    {
        InboundKind.Bounce when IsHardBounce(judgement, match) => SuppressionReasons.Bounced,
        InboundKind.Complaint when match.Strength < MatchStrength.Address => SuppressionReasons.Complained,
        InboundKind.Unsubscribe => SuppressionReasons.Unsubscribed,
        InboundKind.Reply or InboundKind.AutoReply or InboundKind.Bounce or InboundKind.Complaint or InboundKind.Unrelated => null,
    };

    /// <summary>
    /// A report that proves by our id which mail it is about, and names our address: the report of somebody the mail was
    /// forwarded to says nothing about whom we mailed (engine §12).
    /// </summary>
    private static bool IsHardBounce(InboundJudgement judgement, MailMatch match) =>
        match.Strength < MatchStrength.Address
        && judgement.Recipients.Any(r => r.Kind == BounceKind.Hard && r.FinalAddress is { } final && EmailAddress.TryParse(final, out _)?.Key == match.Row.AddressKey);
}

/// <summary>Kinds and strengths as they are stored and shown.</summary>
internal static class InboundWords
{
    public const string Reply = "reply";
    public const string AutoReply = "auto_reply";
    public const string Bounce = "bounce";
    public const string Complaint = "complaint";
    public const string Unsubscribe = "unsubscribe";
    public const string Unrelated = "unrelated";

    public static string Of(InboundKind kind) => kind switch
    {
        InboundKind.Reply => Reply,
        InboundKind.AutoReply => AutoReply,
        InboundKind.Bounce => Bounce,
        InboundKind.Complaint => Complaint,
        InboundKind.Unsubscribe => Unsubscribe,
        InboundKind.Unrelated => Unrelated,
    };

    public static string Of(MatchStrength strength) => strength switch
    {
        MatchStrength.Reference => "reference",
        MatchStrength.Returned => "returned",
        MatchStrength.Token => "token",
        MatchStrength.Address => "address",
    };
}
