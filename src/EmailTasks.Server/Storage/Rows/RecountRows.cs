using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A number of a task that is not what its rows say.</summary>
public sealed record Difference(string Task, string Number, long Counter, long Recount);

/// <summary>Counts a task's numbers anew, from the recipients and messages themselves.</summary>
public static class RecountRows
{
    private static readonly (string Name, string Condition)[] Numbers =
    [
        .. Enum.GetValues<RecipientState>().Select(s => (RecipientStates.Word(s), $"state = {(int)s}")),
        ("retrying", $"state = {(int)RecipientState.Pending} and next_attempt_at is not null"),
        ("bounced", Sent("bounced_at is not null")), ("opened", Sent("opened_at is not null")), ("machine_opened", Sent("machine_opened_at is not null and opened_at is null")),
        ("clicked", Sent("clicked_at is not null")), ("machine_clicked", Sent("machine_clicked_at is not null and clicked_at is null")),
        ("replied", Sent("replied_at is not null")), ("auto_replied", Sent("auto_replied_at is not null")),
        ("unsubscribed", Sent("unsubscribed_at is not null")), ("complained", Sent("complained_at is not null")),
    ];

    private static readonly string SentWord = RecipientStates.Word(RecipientState.Sent);

    /// <summary>Columns of the timeline, and the number each adds up to.</summary>
    private static readonly (string Column, string Number)[] Hours = [(SentWord, SentWord), ("opens", "opened"), ("clicks", "clicked"), ("replies", "replied")];

    /// <summary>Started tasks of an account behind one of them, in their order; of all accounts when none is named.</summary>
    public static ValueTask<List<string>> Tasks(Db db, string? account, string after, int most) => db.Many<string>(
        $"select id from task where id > @after and started_at is not null {(account is null ? "" : "and account = @account")} order by id limit @most", new { account, after, most });

    /// <summary>
    /// Where counters and rows of one task differ; the whole is read from one snapshot, so a task that is being sent differs no
    /// more than another.
    /// </summary>
    public static async ValueTask<List<Difference>> Of(Db db, string taskId)
    {
        if (await TaskRows.LoadAny(db, taskId) is not { } task) return [];
        var counted = $"select {string.Join(", ", Numbers.Select(n => $"coalesce(sum(case when {n.Condition} then 1 else 0 end), 0) as {n.Name}"))} from recipient where set_id = @SetId";
        var kept = $"select {string.Join(", ", Numbers.Select(n => $"coalesce(sum({n.Name}), 0) as {n.Name}"))} from task_counter where set_id = @SetId";
        var (rows, counters) = (await One(db, counted, task.SetId), await One(db, kept, task.SetId));
        var found = Numbers.Select(n => new Difference(task.Id, n.Name, counters[n.Name], rows[n.Name])).ToList();
        found.Add(new Difference(task.Id, "replied_creators", await Sum(db, "replied_creators", task.SetId), await Number(db,
            $"select count(distinct coalesce('c:' || creator_id, 'a:' || address_key)) from recipient where set_id = @SetId and {Sent("replied_at is not null")}", task.SetId)));
        found.Add(new Difference(task.Id, "inbound_messages", await Sum(db, "inbound_messages", task.SetId), await Number(db, "select count(*) from message where set_id = @SetId and kind = 'reply'", task.SetId)));
        foreach (var (column, number) in Hours)
            found.Add(new Difference(task.Id, "timeline_" + column, await Number(db, $"select coalesce(sum({column}), 0) from task_hour where set_id = @SetId", task.SetId), rows[number]));
        return found.FindAll(d => d.Counter != d.Recount);
    }

    private static string Sent(string condition) => $"state = {(int)RecipientState.Sent} and {condition}";

    private static ValueTask<long> Sum(Db db, string column, long setId) => Number(db, $"select coalesce(sum({column}), 0) from task_counter where set_id = @SetId", setId);

    private static ValueTask<long> Number(Db db, string sql, long setId) => db.One<long>(sql, new { SetId = setId });

    private static async ValueTask<Dictionary<string, long>> One(Db db, string sql, long setId) =>
        ((IDictionary<string, object>)(await db.One<dynamic>(sql, new { SetId = setId }))!).ToDictionary(c => c.Key, c => Convert.ToInt64(c.Value, System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
