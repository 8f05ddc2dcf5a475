using EmailTasks.Contracts;
using EmailTasks.Core.Planning;
using EmailTasks.Core.Recipients;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Recipients;

/// <summary>Lists recipients in their order.</summary>
internal static class List
{
    /// <summary>Mailed by another task: no fact of the row, so it is looked up.</summary>
    private const string SeenBefore = "seen_before";

    public static async Task<Outcome<Page<RecipientView>>> Handle(ListRecipients input, Call call, CancellationToken ct)
    {
        var (ask, refusal) = Pages.Ask(input.PageSize, input.PageNum, input.Cursor);
        if (refusal is not null) return refusal;
        if (input.Cursor is not null && !long.TryParse(input.Cursor, out _)) return Refusal.Invalid("cursor", "bad_format", "This is no cursor of a recipient list.", "Use next_cursor of the page before.");
        if (Seen(input, call, out var seen) is { } wrong) return wrong;
        var states = Words(input.State).Select(RecipientStates.State).ToList();
        var filter = new RecipientFilter(states.Count == 0 ? null : states, [.. Words(input.Has).Where(w => w != SeenBefore)], [.. Words(input.Not).Where(w => w != SeenBefore)], input.Keyword, seen);
        return await call.Read<Outcome<Page<RecipientView>>>(async db =>
        {
            if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
            var sums = await CounterRows.Sum(db, task.SetId);
            var counted = states.Count == 0 ? sums.Total : states.Distinct().Sum(sums.Of);
            var listed = seen is not null ? await SeenRows.List(db, task.SetId, filter, sums.Total, ask) : await RecipientRows.List(db, task.SetId, filter, counted, ask);
            var sender = Tasks.Get.Sender(task, null);
            var tokenKey = (await PlanRows.Tracking(db, task)).TokenKey;
            var views = listed.Rows.ConvertAll(r => View(r, sender is null ? null : call.App.Tokens.MessageId(r.SetId, r.Seq, tokenKey, sender.Address)));
            return Outcome<Page<RecipientView>>.Done(Pages.Of(listed, ask, views), Pages.Sentence(listed.Total, listed.IsLowerBound, "recipient"));
        });
    }

    /// <summary>Whether the list is narrowed by what other tasks did: that is looked up person by person, so it goes on by cursor alone.</summary>
    private static Refusal? Seen(ListRecipients input, Call call, out SeenFilter? seen)
    {
        var (has, not) = (Words(input.Has).Contains(SeenBefore), Words(input.Not).Contains(SeenBefore));
        var days = input.SeenWithin is { } text ? int.Parse(text.TrimEnd('d'), System.Globalization.CultureInfo.InvariantCulture) : Lookback.SeenDays;
        seen = has || not ? new SeenFilter(has, call.App.Store.Now - days * Lookback.DayMicros) : null;
        if (has && not) return Refusal.Invalid("not", "exclusive", "seen_before stands in has and in not.", "Keep one of them.");
        if (seen is null && input.SeenWithin is not null) return Refusal.Invalid("seen_within", "exclusive", "seen_within belongs to seen_before.", "Add has=seen_before.");
        return seen is not null && input.PageNum > 1 ? Refusal.Invalid("page_num", "exclusive", "A list of who was seen before has no page numbers.", "Go on with next_cursor of the page before.") : null;
    }

    private static List<string> Words(string? csv) => csv is null ? [] : [.. csv.Split(',', StringSplitOptions.TrimEntries)];

    private static RecipientView View(RecipientRow r, string? messageId) => new(
        RecipientIds.Of(r.SetId, r.Seq), r.Address, r.CreatorId, r.Platform, r.ChannelId, r.Name, r.Values ?? new Dictionary<string, string>(),
        RecipientStates.Word(r.State), r.Reason, Micros.At(r.StateAt), r.Attempt, Micros.At(r.NextAttemptAt),
        r.Attempt > 0 ? messageId : null,
        Micros.At(r.BouncedAt), Micros.At(r.RepliedAt), Micros.At(r.OpenedAt), Micros.At(r.ClickedAt), Micros.At(r.UnsubscribedAt), Micros.At(r.ComplainedAt), r.AcceptedBeforeRetry, Micros.At(r.SeenMailedAt), Micros.At(r.SeenRepliedAt)) { Proposal = Propose.View(r) };
}
