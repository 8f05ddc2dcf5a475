using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>Copies recipients from one set to another, small sets at once, large ones in pieces.</summary>
public static class Copies
{
    /// <summary>Rows of one piece.</summary>
    public const int Piece = 5_000;

    /// <summary>Sender and content as they are; the copy's content is its own version 1.</summary>
    public static async ValueTask Settings(Db db, string from, string to)
    {
        await db.Execute("update task set (mailbox, sender, sender_version, track_opens, track_clicks, content_version) = (select mailbox, sender, sender_version, track_opens, track_clicks, case when content_version > 1 then 1 else content_version end from task where id = @from) where id = @to", new { from, to });
        await db.Execute(
            """
            insert into content (task, version, subject, html, text, text_derived, preheader, digest, same_key, variables, created_at)
            select @to, 1, c.subject, c.html, c.text, c.text_derived, c.preheader, c.digest, c.same_key, c.variables, @now
            from content c join task t on t.id = c.task and t.content_version = c.version where c.task = @from
            """,
            new { from, to, now = db.Now });
    }

    /// <summary>Begins a copy; false when it is already done.</summary>
    public static async ValueTask<bool> Start(Db db, string task, long fromSet, string filter)
    {
        await db.Execute("update task set copying = 1, copy_set = @fromSet, copy_filter = @filter, copy_cursor = 0, skip_replied_set = @skip where id = @task",
            new { task, fromSet, filter, skip = filter == "not_replied" ? fromSet : (long?)null });
        return await Step(db, task);
    }

    /// <summary>Copies one piece; true when there is more.</summary>
    public static async ValueTask<bool> Step(Db db, string id)
    {
        var task = await TaskRows.Hold(db, id);
        if (task is not { Copying: true, CopySet: { } from, CopyCursor: { } cursor }) return false;
        var end = await db.One<long?>("select max(seq) from (select seq from recipient where set_id = @from and seq > @cursor order by seq limit @Piece) piece", new { from, cursor, Piece });
        if (end is null)
        {
            await db.Execute("update task set copying = 0, copy_set = null, copy_filter = null, copy_cursor = null, version = version + 1 where id = @id", new { id });
            return false;
        }
        await Copy(db, task, from, cursor, end.Value);
        await db.Execute("update task set copy_cursor = @end, next_seq = case when next_seq > @end then next_seq else @end + 1 end where id = @id", new { end, id });
        return await db.One<bool>("select exists (select 1 from recipient where set_id = @from and seq > @end)", new { from, end }) || await Step(db, id);
    }

    private static async ValueTask Copy(Db db, TaskRow task, long from, long after, long end)
    {
        await db.Execute(
            $"""
            insert into recipient (set_id, seq, account, address, address_key, person_key, domain, name, creator_id, platform, channel_id, variables, search)
            select @SetId, seq, account, address, address_key, person_key, domain, name, creator_id, platform, channel_id, variables, search
            from recipient where set_id = @from and seq > @after and seq <= @end and {Condition(task.CopyFilter!)}
            on conflict (set_id, address_key) do nothing
            """,
            new
            {
                task.SetId, from, after, end, pending = RecipientState.Pending, cancelled = RecipientState.Cancelled, expired = RecipientState.Expired, sent = RecipientState.Sent,
            });
        var tally = new TallyByShard();
        foreach (var seq in await db.Many<long>("select seq from recipient where set_id = @SetId and seq > @after and seq <= @end", new { task.SetId, after, end }))
            tally.Count(task.SetId, seq, RecipientState.Pending, 1);
        await tally.Write(db);
    }

    /// <summary>Uncertain people are never taken along: they may have the mail.</summary>
    private static string Condition(string filter) => filter switch
    {
        "all" => "1 = 1",
        "not_sent" => "state in (@pending, @cancelled, @expired)",
        "not_replied" => "state = @sent and replied_at is null and bounced_at is null and unsubscribed_at is null and complained_at is null",
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "The gate checks this word."),
    };
}
