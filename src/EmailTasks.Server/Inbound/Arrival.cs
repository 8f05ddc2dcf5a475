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
    /// <param name="ct">Ends it at once, also in the midst of a message.</param>
    /// <exception cref="ArrivalFailedException">It could not be taken in, for a reason that is ours or its own.</exception>
    public async Task<bool> Take(MailboxRow mailbox, Incoming message, Func<Db, ValueTask<int>>? advance, CancellationToken ct)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(message.Raw));
        try
        {
            return await Keep(mailbox, message, hash, advance, ct);
        }
        catch (Exception e) when (e is not (StoreUnavailableException or OperationCanceledException))
        {
            throw new ArrivalFailedException($"Message {message.Uid} of {message.Folder} was not taken in.", e, hash);
        }
    }

    private async Task<bool> Keep(MailboxRow mailbox, Incoming message, string hash, Func<Db, ValueTask<int>>? advance, CancellationToken ct)
    {
        // As it is now: what was learnt about it while it is read holds at once.
        mailbox = await app.Store.Read(db => InboundRows.Reading(db, mailbox.Id)) ?? mailbox;
        // Not waited for when reading stops: what it is doing then is bounded, and of no more use.
        var read = await Task.Run(() => Read(mailbox, message.Raw, new MailBudget(app.Time, ct)), CancellationToken.None).WaitAsync(ct);
        var proof = read.IsOwn && EmailAddress.TryParse(mailbox.Address, out _) is { } sender && (ProofIsOld(mailbox) || mailbox.Authserv is null)
            ? await ListHeaderProof.Read(read.Mail, message.Size, sender.Domain, app.Mailboxes.Names, app.Time, ct)
            : default;
        return await app.Store.Write(async db =>
        {
            if (advance is not null) await advance(db);
            await UnreadRows.Taken(db, mailbox.Id, message.Folder, message.UidValidity, message.Uid);
            if (await db.One<long>("select count(*) from message where mailbox = @Id and hash = @hash", new { mailbox.Id, hash }) > 0) return false;
            if (read.IsOwn) return await OwnCopy(db, mailbox, message, read, hash, proof);
            var match = await _matching.Find(db, mailbox, read.Facts, read.Judgement, message.At);
            var row = Row(mailbox, message, read.Facts, read.Judgement, hash, match);
            if (await MessageRows.Insert(db, row) == 0) return false;
            if (match is null) return true;
            await MessageRows.InsertRaw(db, row.Id, read.Packed);
            await Conclude(db, row, read, match);
            return true;
        });
    }

    private static ReadMail Read(MailboxRow mailbox, byte[] raw, MailBudget budget)
    {
        var mail = ParsedMail.Parse(raw, budget);
        var facts = InboundReader.Read(mail);
        budget.Check();
        var proof = SenderAuthentication.Judge(facts.AuthenticationResults, mailbox.Authserv?.Id, facts.From?.Address, facts.IsOneSender);
        var judgement = InboundRules.Judge(facts, proof);
        budget.Check();
        var isOwn = facts.From is { } from && EmailAddress.TryParse(from.Address, out _)?.Key == mailbox.AddressKey;
        return new ReadMail(mail, facts, judgement, proof, isOwn, Pack(raw));
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
    private async ValueTask<bool> OwnCopy(Db db, MailboxRow mailbox, Incoming message, ReadMail read, string hash, OwnMailProof proof)
    {
        var judged = new InboundJudgement(InboundKind.Unrelated, "own_mail");
        if (await MessageRows.Insert(db, Row(mailbox, message, read.Facts, judged, hash, null)) == 0) return false;
        if (proof.ListHeaders is { } areSigned) await InboundRows.ListHeaders(db, mailbox.Id, areSigned);
        if (proof.SignsTo && mailbox.Authserv is null && IsToItself(mailbox, read.Facts)
            && SenderAuthentication.LearnFromOwn(read.Facts.AuthenticationResults.FirstOrDefault(), mailbox.Address) is { } id)
            await InboundRows.LearnAuthserv(db, mailbox.Id, id, mailbox.Inbound!);
        await SentCopies.Learn(db, _matching, mailbox, read.Mail);
        return true;
    }

    private static bool IsToItself(MailboxRow mailbox, InboundFacts facts) => facts.To is [var to] && EmailAddress.TryParse(to, out _)?.Key == mailbox.AddressKey;

    /// <summary>What concerns no task is known by its hash alone: people's other mail is nobody's business here.</summary>
    private MessageRow Row(MailboxRow mailbox, Incoming message, InboundFacts facts, InboundJudgement judgement, string hash, MailMatch? match) => new()
    {
        Id = app.Ids.New("msg"), Account = mailbox.Account, Mailbox = mailbox.Id, Folder = message.Folder, Uidvalidity = message.UidValidity, Uid = message.Uid, Hash = hash,
        Kind = match is null ? InboundWords.Unrelated : InboundWords.Of(judgement.Kind), Reason = judgement.Reason, Strength = match is null ? null : InboundWords.Of(match.Strength),
        Task = match?.Task.Id, SetId = match?.Row.SetId, Seq = match?.Row.Seq, At = message.At,
        MessageId = match is null ? null : Shown(facts.MessageId), FromAddress = match is null ? null : Shown(facts.From?.Address), FromName = match is null ? null : Shown(facts.From?.Name),
        Subject = match is null ? null : Shown(facts.Subject), Snippet = match is null ? null : Shown(facts.NewText), Size = message.Size, CreatedAt = message.At,
    };

    private static async ValueTask Conclude(Db db, MessageRow row, ReadMail read, MailMatch match)
    {
        var judgement = read.Judgement;
        var suppress = Consequences.Suppression(judgement, match);
        if (suppress is not null && EmailAddress.TryParse(match.Row.Address, out _) is { } address)
            await SuppressionRows.Add(db, row.Account, address, suppress, $"message {row.Id}", Consequences.Strength(match, read.Proof));
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

    /// <summary>What was read of a message before anybody was asked about it.</summary>
    private sealed record ReadMail(ParsedMail Mail, InboundFacts Facts, InboundJudgement Judgement, SenderProof Proof, bool IsOwn, byte[] Packed);
}
