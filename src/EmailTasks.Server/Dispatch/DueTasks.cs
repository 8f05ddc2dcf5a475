using System.Text.Json;
using EmailTasks.Core.Planning;
using EmailTasks.Core.Tasks;
using EmailTasks.Server.Storage;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Dispatch;

/// <summary>Why a task whose time has come does not start.</summary>
/// <param name="Reason">One of the words of <c>waiting</c>.</param>
public sealed record StartBlock(string Reason, long? Until, string Fix);

/// <summary>What a scheduler read about a task whose time has come.</summary>
/// <param name="SameContentSets">Sets of other tasks with the same content that were compared with this task's people.</param>
public sealed record DueLook(TaskRow Task, PlanRow? Plan, StartBlock? Block, IReadOnlyList<long> SameContentSets)
{
    /// <summary>The guard's last stop that was looked at: people held since must be looked for again.</summary>
    public long HeldPosition { get; init; }
}

/// <summary>
/// Starts tasks whose time has come, engine §9. Any number of nodes may do so at once: each looks on a read snapshot, and
/// one guarded statement decides who wins.
/// </summary>
public static class DueTasks
{
    /// <summary>What a task waits for that a person has to let go.</summary>
    private const string Approval = "approval";

    /// <summary>Tasks looked at in one read.</summary>
    private const int Piece = 200;

    /// <summary>Writes down which tasks are too late, and starts those that are due. Answers how many this caller started.</summary>
    /// <param name="newId">Makes the id under which the audit names a start.</param>
    /// <param name="started">Called after the commit of each start.</param>
    public static async Task<int> Round(IStore store, Func<string> newId, Action started, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested && await store.Read(ScheduleRows.HasOverdue)) await store.Write(db => ScheduleRows.MarkOverdue(db, Piece));
        var count = 0;
        var (time, id) = (0L, "");
        while (!ct.IsCancellationRequested)
        {
            var looks = await store.Read(db => Look(db, time, id));
            foreach (var look in looks.Where(l => l.Block is null))
            {
                var requestId = newId();
                if (await store.Write(db => Start(db, look, requestId, started))) count++;
            }
            if (looks.Count < Piece) break;
            (time, id) = (looks[^1].Task.PlanSendAt!.Value, looks[^1].Task.Id);
        }
        return count;
    }

    /// <summary>What keeps a task from starting now, or null. Reads only: the view of a waiting task asks the same.</summary>
    public static async ValueTask<DueLook> Look(Db db, TaskRow task)
    {
        var plan = await PlanRows.Load(db, task.Id, task.PlanNo);
        if (plan is null) return new DueLook(task, plan, new StartBlock(Approval, null, $"Its plan is gone. Plan it anew: noxinfluencer email schedule {task.Id}"), []);
        if (await Unusable(db, task, plan) is { } unusable) return new DueLook(task, plan, unusable, []);
        if (await GateRows.Member(db, task.Account, task.OwnerUid) is null)
            return new DueLook(task, plan, new StartBlock(Approval, null, $"The task's owner is no longer a member. Give it to another: noxinfluencer email update {task.Id}"), []);
        if (await PlannerRows.Ended(db, task, plan) is { } ended)
            return new DueLook(task, plan, new StartBlock(Approval, null, $"{ended} A person lets it go: noxinfluencer email schedule {task.Id}, or email send {task.Id}"), []);
        if (!plan.AllowHeld && await HeldRows.HasAny(db, task.Account, task.SetId))
            return new DueLook(task, plan, new StartBlock(Approval, null, $"The guard stopped a task with people of this one since it was planned. A person looks at it, then decides: noxinfluencer email send {task.Id}"), []);
        if (plan.AllowRepeat) return new DueLook(task, plan, null, []) { HeldPosition = await HeldRows.Position(db, task.Account) };
        var same = await SameContent(db, task);
        var repeats = same.Count == 0 ? 0 : (await RecipientRows.CountAlsoIn(db, task.SetId, same, db.Now - Lookback.RepeatMicros))!.Count;
        var block = repeats == 0 ? null
            : new StartBlock(Approval, null, $"{repeats} of its people had the same content from another task since it was planned. Look at it, then decide: noxinfluencer email send {task.Id}");
        return new DueLook(task, plan, block, same) { HeldPosition = await HeldRows.Position(db, task.Account) };
    }

    private static async ValueTask<List<DueLook>> Look(Db db, long afterTime, string afterId)
    {
        var looks = new List<DueLook>();
        foreach (var task in await ScheduleRows.Due(db, afterTime, afterId, Piece)) looks.Add(await Look(db, task));
        return looks;
    }

    /// <summary>Everything is asked again here; the count of repeats is not, but no set may have come that was not compared.</summary>
    private static async ValueTask<bool> Start(Db db, DueLook look, string requestId, Action started)
    {
        await AccountRows.Hold(db, look.Task.Account);
        var task = await TaskRows.LoadAny(db, look.Task.Id);
        var plan = look.Plan!;
        if (task is null || task.Version != look.Task.Version || task.PlanNo != plan.PlanNo || task.SetId != plan.SetId || task.ContentVersion != plan.ContentVersion) return false;
        if (await Unusable(db, task, plan) is not null || await GateRows.Member(db, task.Account, task.OwnerUid) is null) return false;
        if (await PlannerRows.Ended(db, task, plan) is not null || await HeldRows.Position(db, task.Account) != look.HeldPosition) return false;
        if (!plan.AllowRepeat && (await SameContent(db, task)).Except(look.SameContentSets).Any()) return false;
        if (await ScheduleRows.Start(db, task) == 0) return false;
        await GateRows.Audit(db, new AuditEntry(task.Account, plan.KeyId, plan.Uid, "scheduler", "email schedule", task.Id, requestId, "Sending has started as planned."));
        db.AfterCommit(started);
        return true;
    }

    private static async ValueTask<StartBlock?> Unusable(Db db, TaskRow task, PlanRow plan)
    {
        var mailbox = task.Mailbox is null ? null : await MailboxRows.Load(db, task.Account, task.Mailbox);
        var sender = JsonSerializer.Deserialize(plan.Sender, StoredJson.Default.SenderCopy)!;
        if (mailbox is null || mailbox.Id != sender.SenderId || mailbox.Address != sender.Address || mailbox.Kind != sender.Kind)
            return new StartBlock("mailbox_paused", null, $"The mailbox it was planned with is gone. Choose another: noxinfluencer email sender update {task.Id} --body-file sender.json");
        return mailbox.PausedReason is null ? null
            : new StartBlock("mailbox_paused", mailbox.PausedUntil, $"{mailbox.HealthProblem} {mailbox.HealthFix} Then: noxinfluencer mailbox resume {mailbox.Id}");
    }

    private static async ValueTask<List<long>> SameContent(Db db, TaskRow task)
    {
        var content = await ContentRows.Load(db, task.Id, task.ContentVersion);
        return content is null ? [] : await ContentRows.SetsWithSameContent(db, task.Account, task.Id, content.Digest, content.SameKey, db.Now - Lookback.RepeatMicros);
    }
}
