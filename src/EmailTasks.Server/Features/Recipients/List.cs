using EmailTasks.Contracts;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>Lists recipients in their order.</summary>
internal static class List
{
    public static async Task<Outcome<Page<RecipientView>>> Handle(ListRecipients input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        if (input.Cursor is not null && !long.TryParse(input.Cursor, out _)) return Refusal.Invalid("cursor", "bad_format", "This is no cursor of a recipient list.", "Use next_cursor of the page before.");
        var states = Words(input.State).Select(RecipientStates.State).ToList();
        var filter = new RecipientFilter(states.Count == 0 ? null : states, Words(input.Has), Words(input.Not), input.Keyword);
        return await call.Read<Outcome<Page<RecipientView>>>(async db =>
        {
            if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
            var sums = await CounterRows.Sum(db, task.SetId);
            var counted = states.Count == 0 ? sums.Total : states.Distinct().Sum(sums.Of);
            var listed = await RecipientRows.List(db, task.SetId, filter, counted, ask);
            var sender = Tasks.Get.Sender(task, null);
            var tokenKey = (await PlanRows.Tracking(db, task)).TokenKey;
            var views = listed.Rows.ConvertAll(r => View(r, sender is null ? null : call.App.Tokens.MessageId(r.SetId, r.Seq, tokenKey, sender.Address)));
            return Outcome<Page<RecipientView>>.Done(Pages.Of(listed, ask, views), Pages.Sentence(listed.Total, listed.IsLowerBound, "recipient"));
        });
    }

    private static List<string> Words(string? csv) => csv is null ? [] : [.. csv.Split(',', StringSplitOptions.TrimEntries)];

    private static RecipientView View(RecipientRow r, string? messageId) => new(
        RecipientIds.Of(r.SetId, r.Seq), r.Address, r.CreatorId, r.Platform, r.ChannelId, r.Name, r.Values ?? new Dictionary<string, string>(),
        RecipientStates.Word(r.State), r.Reason, Micros.At(r.StateAt), r.Attempt, Micros.At(r.NextAttemptAt),
        r.Attempt > 0 ? messageId : null,
        Micros.At(r.BouncedAt), Micros.At(r.RepliedAt), Micros.At(r.OpenedAt), Micros.At(r.ClickedAt), Micros.At(r.UnsubscribedAt), Micros.At(r.ComplainedAt), r.AcceptedBeforeRetry) { Proposal = Propose.View(r) };
}
