using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Tasks;

/// <summary>
/// Changes name, note or owner: allowed in every status, and never a reason to send differently. What is tracked decides the
/// bytes: that is an edit like any other.
/// </summary>
internal static class Update
{
    public static Task<Outcome<TaskView>> Handle(UpdateTask input, Call call, CancellationToken ct) => call.Change<TaskView>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var (owner, refusal) = await Owners.Choose(db, call, input.OwnerUid, task.OwnerUid, "$.owner_uid");
        if (refusal is not null) return refusal;
        var name = input.Name ?? task.Name;
        var note = input.Note.Or(task.Note);
        var (opens, clicks) = input.Tracking.IsPresent ? (input.Tracking.Value?.Opens, input.Tracking.Value?.Clicks) : (task.TrackOpens, task.TrackClicks);
        var tracked = (opens, clicks) != (task.TrackOpens, task.TrackClicks);
        if (tracked && TaskGuard.Problem(task, TaskCommand.Edit) is { } notNow) return notNow;
        var changed = tracked || name != task.Name || note != task.Note || owner != task.OwnerUid;
        if (changed) await TaskRows.Rename(db, task, name, note, owner);
        var now = await TaskRows.Load(db, call.Account, input.TaskId);
        if (tracked)
        {
            await TaskRows.Edited(db, now!);
            await TaskRows.SetTracking(db, task.Id, opens, clicks);
            now = await TaskRows.Load(db, call.Account, input.TaskId);
        }
        return Outcome<TaskView>.Done(await Get.View(db, now!, changed), TaskGuard.BackToDraft(changed ? Said.Of("Task", "updated", ".") : Said.Already("The task is so already."), task, tracked), objectId: task.Id).With(changed: changed);
    });
}
