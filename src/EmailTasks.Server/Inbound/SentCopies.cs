using EmailTasks.Core.Recipients;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Inbound;

/// <summary>The copies of our mails that a mail server keeps: each proves that its mail left, and tells the id it left under.</summary>
internal static class SentCopies
{
    /// <summary>Where servers that replace the Message-ID keep ours.</summary>
    private static readonly string[] Originals = ["X-Google-Original-Message-ID", "X-Microsoft-Original-Message-ID", "X-Original-Message-ID"];

    /// <summary>Learns from one copy, whatever it is.</summary>
    public static async ValueTask Learn(Db db, Matching matching, MailboxRow mailbox, ParsedMail copy)
    {
        var (id, original) = (Bare(copy.Header("Message-ID")), Array.ConvertAll(Originals, name => Bare(copy.Header(name))).FirstOrDefault(o => o is not null));
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

    private static string? Bare(string? id) => id?.Trim().Trim('<', '>');
}
