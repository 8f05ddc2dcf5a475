using EmailTasks.Contracts;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Tasks;

/// <summary>Creates a draft.</summary>
internal static class Create
{
    public static Task<Outcome<TaskView>> Handle(CreateTask input, Call call, CancellationToken ct)
    {
        var id = call.NewId("tsk");
        return call.Change<TaskView>(async db =>
        {
            var (owner, refusal) = await Owners.Choose(db, call, input.OwnerUid, call.Uid, "$.owner_uid");
            if (refusal is not null) return refusal;
            await TaskRows.Insert(db, id, call.Account, owner, input.Name, input.Note, null);
            if (input.Tracking is { } tracking) await TaskRows.SetTracking(db, id, tracking.Opens, tracking.Clicks);
            var task = await TaskRows.Load(db, call.Account, id);
            return Outcome<TaskView>.Done(await Get.View(db, task!, changed: true), Said.Of($"Draft \"{TextCheck.Shown(input.Name)}\"", "created", "."),
                NextStep.Of(RecipientOps.Add, id).WithBody(), id, undo: NextStep.Of(TaskOps.Delete, id));
        });
    }
}
