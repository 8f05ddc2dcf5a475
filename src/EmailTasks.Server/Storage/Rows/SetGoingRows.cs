using EmailTasks.Core.Tasks;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A task that somebody's word set going.</summary>
public sealed class SetGoing
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public MailTaskStatus Status { get; init; }
    public long? PlanSendAt { get; init; }
}

/// <summary>What a key, or a member by any key, planned or is sending now: by the plan that runs.</summary>
public static class SetGoingRows
{
    /// <summary>By one key.</summary>
    public static ValueTask<List<SetGoing>> OfKey(Db db, string account, string keyId) => Find(db, account, "p.key_id = @by", keyId);

    /// <summary>By a member.</summary>
    public static ValueTask<List<SetGoing>> OfMember(Db db, string account, string uid) => Find(db, account, "p.uid = @by", uid);

    private static ValueTask<List<SetGoing>> Find(Db db, string account, string whose, string by) => db.Many<SetGoing>(
        $"""
        select t.id, t.name, t.status, t.plan_send_at from task t join plan p on p.task = t.id and p.plan_no = t.plan_no
        where t.account = @account and t.status in (@scheduled, @sending, @paused) and t.settled = 0 and {whose} order by t.no
        """,
        new { account, by, scheduled = MailTaskStatus.Scheduled, sending = MailTaskStatus.Sending, paused = MailTaskStatus.Paused });
}
