using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;
using MimeKit;

namespace EmailTasks.Server.Inbound;

/// <summary>The copies of our mails that a mail server keeps: each proves that its mail left, and tells the id it left under.</summary>
internal static class SentCopies
{
    /// <summary>Where servers that replace the Message-ID keep ours.</summary>
    private static readonly string[] Originals = ["X-Google-Original-Message-ID", "X-Microsoft-Original-Message-ID", "X-Original-Message-ID"];

    /// <summary>Bytes of a copy that are looked at: its header.</summary>
    public const int HeaderBytes = 64 * 1024;

    /// <summary>Learns from one copy, whatever it is.</summary>
    public static async ValueTask Learn(Db db, Matching matching, MailboxRow mailbox, byte[] raw)
    {
        var (id, original) = Ids(raw);
        if (original is not null && id is not null && await matching.OfMessageId(db, mailbox, original) is { } replaced)
        {
            await InboundRows.Learn(db, mailbox.Id, id, replaced.SetId, replaced.Seq);
            await Prove(db, mailbox, replaced);
        }
        else if (id is not null && await matching.OfMessageId(db, mailbox, id) is { } same) await Prove(db, mailbox, same);
    }

    /// <summary>A copy of this recipient's mail was found: an uncertain one was sent.</summary>
    public static async ValueTask Prove(Db db, MailboxRow mailbox, (long SetId, long Seq) delivery)
    {
        if (await RecipientRows.Load(db, delivery.SetId, delivery.Seq) is { State: RecipientState.Uncertain } row && row.Account == mailbox.Account)
            await FactRows.Apply(db, [new CameBack(row.SetId, row.Seq, [], "sent_copy")]);
    }

    private static (string? Id, string? Original) Ids(byte[] raw)
    {
        try
        {
            var headers = HeaderList.Load(new MemoryStream(raw, 0, Math.Min(raw.Length, HeaderBytes)));
            var original = Array.Find(Originals, headers.Contains);
            return (Bare(headers[HeaderId.MessageId]), original is null ? null : Bare(headers[original]));
        }
        catch (FormatException)
        {
            return (null, null);
        }
    }

    private static string? Bare(string? id) => id?.Trim().Trim('<', '>');
}
