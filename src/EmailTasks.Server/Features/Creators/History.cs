using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Creators;

/// <summary>What one person was mailed, by which task, and what came of it. An address is itself; an id is the person.</summary>
internal static class History
{
    public static async Task<Outcome<Page<CreatorMail>>> Handle(CreatorHistory input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        if (input.Cursor is not null && !(input.Cursor.Split('-') is [var no, var seq] && long.TryParse(no, out _) && long.TryParse(seq, out _)))
            return Refusal.Invalid("cursor", "bad_format", "This is no cursor of a history.", "Use next_cursor of the page before.");
        var address = EmailAddress.TryParse(input.Creator, out _);
        return await call.Read<Outcome<Page<CreatorMail>>>(async db =>
        {
            var known = await CreatorRows.Load(db, call.Account, input.Creator);
            var byAddress = known is null && address is not null;
            var listed = byAddress ? await CreatorRows.MailsTo(db, call.Account, address!.Key, ask) : await CreatorRows.MailsOf(db, call.Account, input.Creator, ask);
            if (!byAddress && known is null && listed.Total == 0) return Refusal.NotFound("creator", TextCheck.Shown(input.Creator), "creator");
            return Outcome<Page<CreatorMail>>.Done(Pages.Of(listed, ask, listed.Rows.ConvertAll(View)), Sentence(listed));
        });
    }

    private static string Sentence(Listed<PersonMail> listed) => listed.Total == 0
        ? "No started task has this person."
        : $"{(listed.IsLowerBound ? "At least " : "")}{Plural.Of(listed.Total, "mail")} of started tasks, newest first.";

    private static CreatorMail View(PersonMail m) => new(
        m.TaskId, m.TaskName, TaskDecisions.Word(m.Status), RecipientIds.Of(m.SetId, m.Seq), m.Address, m.CreatorId, RecipientStates.Word(m.State), m.Reason, Micros.At(m.StateAt), m.Seen,
        Micros.At(m.BouncedAt), Micros.At(m.RepliedAt), Micros.At(m.OpenedAt), Micros.At(m.ClickedAt), Micros.At(m.UnsubscribedAt), Micros.At(m.ComplainedAt));
}
