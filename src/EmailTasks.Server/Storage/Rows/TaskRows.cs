using EmailTasks.Core.Tasks;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Statements over tasks.</summary>
public static class TaskRows
{
    /// <summary>A task of this account, or null; another account's task is not found. In a change it stays as it is until the change ends.</summary>
    public static ValueTask<TaskRow?> Load(Db db, string account, string id) =>
        db.One<TaskRow>($"select * from task where id = @id and account = @account {db.ForUpdate}", new { id, account });

    /// <summary>The task that has this set of recipients.</summary>
    public static ValueTask<TaskRow?> OfSet(Db db, long setId) => db.One<TaskRow>("select * from task where set_id = @setId", new { setId });

    /// <summary>A task as it is now, of whichever account.</summary>
    public static ValueTask<TaskRow?> LoadAny(Db db, string id) =>
        db.One<TaskRow>("select * from task where id = @id", new { id });

    /// <summary>The same for who is about to change it.</summary>
    public static ValueTask<TaskRow?> Hold(Db db, string id) =>
        db.One<TaskRow>($"select * from task where id = @id {db.ForUpdate}", new { id });

    /// <summary>The same for who relies on its status until the transaction ends: a cancel waits for it, another begin does not.</summary>
    public static ValueTask<TaskRow?> Share(Db db, string id) =>
        db.One<TaskRow>($"select * from task where id = @id {db.ForShare}", new { id });

    /// <summary>The status of several tasks, relied upon until the transaction ends.</summary>
    public static async ValueTask<Dictionary<string, TaskRow>> Share(Db db, IEnumerable<string> ids)
    {
        var found = new Dictionary<string, TaskRow>(StringComparer.Ordinal);
        foreach (var id in ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (await Share(db, id) is { } task) found[id] = task;
        }
        return found;
    }

    /// <summary>A new draft. Its recipient set is empty and has a number of its own.</summary>
    public static async ValueTask Insert(Db db, string id, string account, string ownerUid, string name, string? note, string? sourceTaskId)
    {
        var no = await Sequences.Next(db, "task");
        var setId = await Sequences.Next(db, "set");
        await db.Execute(
            """
            insert into task (id, no, account, owner_uid, name, note, search, status, set_id, source_task_id, created_at, updated_at, created_actor, edited_actor, edited_key, edited_uid)
            values (@id, @no, @account, @ownerUid, @name, @note, @search, @draft, @setId, @sourceTaskId, @now, @now, @Actor, @Actor, @KeyId, @Uid)
            """,
            new { id, no, account, ownerUid, name, note, search = Search.Fold(name, note), draft = MailTaskStatus.Draft, setId, sourceTaskId, now = db.Now, db.By?.Actor, db.By?.KeyId, db.By?.Uid });
    }

    /// <summary>Name, note and owner: allowed in every status, so only the version guards it.</summary>
    public static ValueTask<int> Rename(Db db, TaskRow task, string name, string? note, string ownerUid) => db.Execute(
        """
        update task set name = @name, note = @note, search = @search, owner_uid = @ownerUid, version = version + 1, updated_at = @now
        where id = @Id and version = @Version
        """,
        new { name, note, search = Search.Fold(name, note), ownerUid, now = db.Now, task.Id, task.Version });

    /// <summary>Every edit of what decides the bytes raises the version, and brings a scheduled task back to draft. One that lost to a start must leave nothing behind.</summary>
    public static async ValueTask Edited(Db db, TaskRow task)
    {
        if (await TryEdited(db, task) == 0) throw new StoreUnavailableException("The task was changed at the same moment.", new InvalidOperationException($"{task.Id} is no longer version {task.Version}."));
    }

    /// <summary>The same; 0 when somebody was quicker.</summary>
    private static async ValueTask<int> TryEdited(Db db, TaskRow task) =>
        await BackToDraft(db, task) == 0 ? 0 : await db.Execute(
            "update task set edited_actor = @Actor, edited_key = @KeyId, edited_uid = @Uid where id = @Id", new { task.Id, db.By?.Actor, db.By?.KeyId, db.By?.Uid });

    /// <summary>Takes back a planned start; 0 when somebody was quicker. Who planned it stays known: what a person planned is a person's to let go.</summary>
    public static async ValueTask<int> BackToDraft(Db db, TaskRow task)
    {
        if (task.Status == MailTaskStatus.Scheduled) await ScheduleRows.GiveBack(db, task);
        // What waited for a person because its planner's right ended goes on waiting for one as a draft.
        var ended = await PlannerRows.Ended(db, task) is not null;
        return await db.Execute(
            """
            update task set version = version + 1, status = @draft, plan_digest = null, send_until = null, overdue = 0, updated_at = @now,
              was_scheduled_for = coalesce(plan_send_at, was_scheduled_for), was_scheduled_actor = coalesce(scheduled_actor, was_scheduled_actor),
              was_scheduled_uid = coalesce(scheduled_uid, was_scheduled_uid), from_stopped = case when @ended = 1 then 1 else from_stopped end, plan_send_at = null, scheduled_actor = null, scheduled_key = null, scheduled_uid = null
            where id = @Id and version = @Version and status in (@draft, @scheduled)
            """,
            new { draft = MailTaskStatus.Draft, scheduled = MailTaskStatus.Scheduled, ended, now = db.Now, task.Id, task.Version });
    }

    /// <summary>A copy of what a person planned, or of whom a stopped task had not mailed, is a person's to let go, like the task itself.</summary>
    /// <param name="stopped">Its people are taken along, and a person stopped the task.</param>
    public static ValueTask<int> Inherit(Db db, TaskRow from, string to, bool stopped) => db.Execute(
        "update task set was_scheduled_for = @at, was_scheduled_actor = @actor, was_scheduled_uid = @uid, from_stopped = @stopped where id = @to",
        new { to, stopped, at = from.PlanSendAt ?? from.WasScheduledFor, actor = from.ScheduledActor ?? from.WasScheduledActor, uid = from.ScheduledUid ?? from.WasScheduledUid });

    /// <summary>A fresh, empty recipient set; the old one is swept later, so this is cheap at any size.</summary>
    public static async ValueTask<long> NewSet(Db db, TaskRow task)
    {
        var setId = await Sequences.Next(db, "set");
        await db.Execute("insert into dropped_set (set_id) values (@SetId)", new { task.SetId });
        await db.Execute("update task set set_id = @setId, next_seq = 1 where id = @Id", new { setId, task.Id });
        return setId;
    }

    /// <summary>Takes the next seqs of a task's set; answers the first.</summary>
    public static async ValueTask<long> TakeSeqs(Db db, string id, int count) =>
        await db.One<long>("update task set next_seq = next_seq + @count where id = @id returning next_seq - @count", new { id, count });

    public static ValueTask<int> SetSender(Db db, string id, string mailbox, string sender, long senderVersion) =>
        db.Execute("update task set mailbox = @mailbox, sender = @sender, sender_version = @senderVersion where id = @id", new { id, mailbox, sender, senderVersion });

    public static ValueTask<int> SetTracking(Db db, string id, bool? opens, bool? clicks) =>
        db.Execute("update task set track_opens = @opens, track_clicks = @clicks where id = @id", new { id, opens, clicks });

    public static ValueTask<int> SetContentVersion(Db db, string id, int version) =>
        db.Execute("update task set content_version = @version where id = @id", new { id, version });

    /// <summary>
    /// Starts a task: one row, nothing is fanned out. The guard is what makes an approved plan and a started task the
    /// same thing: version and status as the plan saw them.
    /// </summary>
    public static ValueTask<int> Start(Db db, TaskRow task, string digest, long? sendUntil) => db.Execute(
        """
        update task set status = @sending, plan_no = plan_no + 1, plan_digest = @digest, send_until = @sendUntil, plan_send_at = null, overdue = 0,
          scheduled_actor = null, scheduled_key = null, scheduled_uid = null, was_scheduled_for = null, was_scheduled_actor = null, was_scheduled_uid = null, from_stopped = 0,
          settled = 0, paused_by = null, started_at = @now, finished_at = null, version = version + 1, updated_at = @now
        where id = @Id and version = @Version and status in (@draft, @scheduled)
        """,
        new { sending = MailTaskStatus.Sending, draft = MailTaskStatus.Draft, scheduled = MailTaskStatus.Scheduled, digest, sendUntil, now = db.Now, task.Id, task.Version });

    /// <summary>Mail of this task was handed over: from now on its record stays, as proof.</summary>
    public static ValueTask<int> Handed(Db db, string id) =>
        db.Execute("update task set first_handed_at = @now where id = @id and first_handed_at is null", new { id, now = db.Now });

    /// <summary>One committed row stops a task: begin reads it in its own transaction, so nothing begins afterwards.</summary>
    public static ValueTask<int> Cancel(Db db, TaskRow task) => db.Execute(
        """
        update task set status = @cancelled, cutoff_at = @now, cancelled_actor = @Actor, version = version + 1, updated_at = @now
        where id = @Id and version = @Version and status in (@sending, @paused)
        """,
        new { cancelled = MailTaskStatus.Cancelled, sending = MailTaskStatus.Sending, paused = MailTaskStatus.Paused, now = db.Now, task.Id, task.Version, db.By?.Actor });

    /// <summary>Nobody is open any more. Guarded by <c>reopened</c>: whoever opens a row again raises it.</summary>
    public static async ValueTask<int> Settle(Db db, TaskRow task)
    {
        var settled = await db.Execute(
            """
            update task set settled = 1, status = case when status = @cancelled then status else @sent end,
              finished_at = case when status = @cancelled then finished_at else @now end,
              paused_by = null, paused_reason = null, paused_problem = null, paused_fix = null, updated_at = @now
            where id = @Id and settled = 0 and reopened = @Reopened and status in (@sending, @paused, @cancelled)
            """,
            new { sending = MailTaskStatus.Sending, paused = MailTaskStatus.Paused, sent = MailTaskStatus.Sent, cancelled = MailTaskStatus.Cancelled, now = db.Now, task.Id, task.Reopened });
        if (settled == 1 && task.Status == MailTaskStatus.Paused) await HoldRows.Clear(db, task.Id);
        return settled;
    }

    /// <summary>
    /// Somebody is to be mailed again: a finished task sends again. <c>reopened</c> is raised in any case, so that whoever
    /// looked for open rows before can't end it.
    /// </summary>
    public static ValueTask<int> Reopen(Db db, TaskRow task) => db.Execute(
        """
        update task set status = case status when @sent then @sending else status end, settled = 0, reopened = reopened + 1,
          finished_at = null, version = version + 1, updated_at = @now
        where id = @Id and version = @Version and status in (@sending, @paused, @sent)
        """,
        new { sending = MailTaskStatus.Sending, paused = MailTaskStatus.Paused, sent = MailTaskStatus.Sent, now = db.Now, task.Id, task.Version });

    public static async ValueTask Delete(Db db, TaskRow task)
    {
        await db.Execute("insert into dropped_set (set_id) values (@SetId)", new { task.SetId });
        await db.Execute("delete from task_product where task = @Id", new { task.Id });
        await db.Execute("delete from content where task = @Id", new { task.Id });
        await db.Execute("delete from plan where task = @Id", new { task.Id });
        await db.Execute("delete from task_test where task = @Id", new { task.Id });
        await db.Execute("delete from task_pause where task = @Id", new { task.Id });
        await HoldRows.Clear(db, task.Id);
        await db.Execute("delete from task where id = @Id", new { task.Id });
    }

    /// <summary>Tasks that dispatch or the sweeps must look at: started and not settled. A partial index holds just these.</summary>
    public static ValueTask<List<TaskRow>> Open(Db db) => db.Many<TaskRow>("select * from task where settled = 0 and status in (2, 3, 5) order by no");

    /// <summary>Copies under way.</summary>
    public static ValueTask<List<TaskRow>> BeingCopied(Db db) => db.Many<TaskRow>("select * from task where copying = 1 order by no");

    /// <summary>A list, newest first: ids begin with their time, so the key is the order.</summary>
    public static ValueTask<Listed<TaskRow>> List(Db db, string account, TaskFilter filter, PageAsk page)
    {
        var where = new Where("account = @account", new { account });
        if (filter.Keyword is { } keyword) where.And(db.Sql.Contains("search", "@keyword"), new { keyword = Search.Fold(keyword) });
        if (filter.Statuses is { } statuses) where.And(db.Sql.AmongNumbers("status", "@statuses"), new { statuses = db.Sql.List(statuses.Select(s => (long)s)) });
        if (filter.OwnerUid is { } owner) where.And("owner_uid = @owner", new { owner });
        if (filter.Mailbox is { } mailbox) where.And("mailbox = @mailbox", new { mailbox });
        return Paging.NewestFirst<TaskRow>(db, "task", where, page, t => t.Id);
    }

    /// <summary>Tasks that wait for nothing but this mailbox.</summary>
    public static ValueTask<List<TaskRow>> SendingOn(Db db, string mailbox) => db.Many<TaskRow>(
        "select * from task where settled = 0 and status in (2, 3, 5) and status = @sending and mailbox = @mailbox order by no", new { sending = MailTaskStatus.Sending, mailbox });

    /// <summary>Whether a mailbox is still needed.</summary>
    public static ValueTask<long> RunningOn(Db db, string mailbox) =>
        db.One<long>("select count(*) from task where mailbox = @mailbox and ((settled = 0 and status in (2, 3, 5)) or status = 1)", new { mailbox });
}

/// <summary>What a list of tasks is narrowed to.</summary>
public sealed record TaskFilter(string? Keyword, IReadOnlyList<MailTaskStatus>? Statuses, string? OwnerUid, string? Mailbox);
