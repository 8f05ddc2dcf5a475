namespace EmailTasks.Server.Storage.Rows;

/// <summary>What happened to a set in one hour.</summary>
public sealed class HourRow
{
    public long SetId { get; init; }
    public long Hour { get; init; }
    public long Sent { get; set; }
    public long Opens { get; set; }
    public long Clicks { get; set; }
    public long Replies { get; set; }
}

/// <summary>Statements over the timeline: one row an hour in which something happened.</summary>
public static class HourRows
{
    /// <summary>Micros of an hour.</summary>
    public const long Micros = 3_600_000_000;

    /// <summary>Adds to an hour.</summary>
    public static ValueTask<int> Add(Db db, HourRow change) => db.Execute(
        """
        insert into task_hour (set_id, hour, sent, opens, clicks, replies) values (@SetId, @Hour, @Sent, @Opens, @Clicks, @Replies)
        on conflict (set_id, hour) do update set sent = task_hour.sent + excluded.sent, opens = task_hour.opens + excluded.opens,
          clicks = task_hour.clicks + excluded.clicks, replies = task_hour.replies + excluded.replies
        """,
        change);

    /// <summary>The hours of some sets, in order.</summary>
    public static ValueTask<List<HourRow>> Of(Db db, IEnumerable<long> sets) => db.Many<HourRow>(
        $"""
        select hour, sum(sent) as sent, sum(opens) as opens, sum(clicks) as clicks, sum(replies) as replies from task_hour
        where {db.Sql.AmongNumbers("set_id", "@sets")} group by hour order by hour
        """,
        new { sets = db.Sql.List(sets) });
}
