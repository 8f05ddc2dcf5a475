using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Http;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Features.Tasks;

/// <summary>Deletes a draft, or a cancelled task of which nothing was ever handed over.</summary>
internal static class Delete
{
    public static Task<Outcome<TaskDeleted>> Handle(DeleteTask input, Call call, CancellationToken ct) => call.Change<TaskDeleted>(async db =>
    {
        if (await TaskRows.Load(db, call.Account, input.TaskId) is not { } task) return Refusal.NotFound("task", input.TaskId, "task_id");
        var counts = await CounterRows.Sum(db, task.SetId);
        var ruling = TaskDecisions.Decide(TaskCommand.Delete, task.Status, task.Id, everHanded: task.FirstHandedAt is not null);
        if (!ruling.Allowed) return Refusal.State(ruling.Problem, ruling.Fix);
        if (PersonsWork.Problem(call, task.CreatedActor, "task", "task_id") is { } persons) return persons;
        await TaskRows.Delete(db, task);
        db.AfterCommit(call.App.Signals.SweepNow);
        return Outcome<TaskDeleted>.Done(new TaskDeleted(task.Id, true), Said.Of($"Task with {Plural.Of(counts.Total, "recipient")}", "deleted", "."), objectId: task.Id);
    });
}
