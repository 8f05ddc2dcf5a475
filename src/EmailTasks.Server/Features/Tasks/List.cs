using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Tasks;

/// <summary>Lists tasks, newest first.</summary>
internal static class List
{
    public static Task<Outcome<Page<TaskView>>> Handle(ListTasks input, Call call, CancellationToken ct)
    {
        var statuses = input.Status?.Split(',', StringSplitOptions.TrimEntries).Select(TaskDecisions.Status).ToList();
        return Page(call, new TaskFilter(input.Keyword, statuses, input.OwnerUid, input.SenderId), input.PageSize, input.PageNum, input.Cursor, "task");
    }

    public static Task<Outcome<Page<TaskView>>> Drafts(ListDrafts input, Call call, CancellationToken ct) =>
        Page(call, new TaskFilter(input.Keyword, [MailTaskStatus.Draft], null, null), input.PageSize, input.PageNum, input.Cursor, "draft");

    private static async Task<Outcome<Page<TaskView>>> Page(Call call, TaskFilter filter, int? size, int? number, string? cursor, string what)
    {
        var (ask, refusal) = Pages.Ask(size, number, cursor);
        if (refusal is not null) return refusal;
        return await call.Read(async db =>
        {
            var listed = await TaskRows.List(db, call.Account, filter, ask);
            var views = new List<TaskView>(listed.Rows.Count);
            foreach (var row in listed.Rows) views.Add(await Get.View(db, row, withTexts: false));
            return Outcome<Page<TaskView>>.Done(Pages.Of(listed, ask, views), Pages.Sentence(listed.Total, listed.IsLowerBound, what));
        });
    }
}
