using EmailTasks.Core.Recipients;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A message that came in. All text in it comes from outside.</summary>
public sealed class MessageRow
{
    public required string Id { get; init; }
    public required string Account { get; init; }
    public required string Mailbox { get; init; }
    public required string Folder { get; init; }
    public long Uidvalidity { get; init; }
    public required string Uid { get; init; }
    public required string Hash { get; init; }
    public required string Kind { get; init; }
    public string? Reason { get; init; }
    public string? Strength { get; init; }
    public string? Task { get; init; }
    public long? SetId { get; init; }
    public long? Seq { get; init; }
    public long At { get; init; }
    public string? MessageId { get; init; }
    public string? FromAddress { get; init; }
    public string? FromName { get; init; }
    public string? Subject { get; init; }
    public string? Snippet { get; init; }
    public long Size { get; init; }
    public long CreatedAt { get; init; }
}

/// <summary>Statements over messages that came in.</summary>
public static class MessageRows
{
    /// <summary>Keeps a message; 0 when it is here already, by its place or by its bytes.</summary>
    public static ValueTask<int> Insert(Db db, MessageRow m) => db.Execute(
        """
        insert into message (id, account, mailbox, folder, uidvalidity, uid, hash, kind, reason, strength, task, set_id, seq, at,
          message_id, from_address, from_name, subject, snippet, size, created_at)
        values (@Id, @Account, @Mailbox, @Folder, @Uidvalidity, @Uid, @Hash, @Kind, @Reason, @Strength, @Task, @SetId, @Seq, @At,
          @MessageId, @FromAddress, @FromName, @Subject, @Snippet, @Size, @CreatedAt)
        on conflict do nothing
        """, m);

    /// <summary>Keeps its bytes, packed.</summary>
    public static ValueTask<int> InsertRaw(Db db, string id, byte[] raw) => db.Execute("insert into message_raw (id, raw) values (@id, @raw)", new { id, raw });

    /// <summary>A message with its bytes.</summary>
    public static ValueTask<byte[]?> Raw(Db db, string id) => db.One<byte[]>("select raw from message_raw where id = @id", new { id });

    public static ValueTask<MessageRow?> Load(Db db, string account, string id) => db.One<MessageRow>("select * from message where id = @id and account = @account", new { id, account });

    /// <summary>The messages about one task, newest first.</summary>
    public static ValueTask<Listed<MessageRow>> OfTask(Db db, string account, string task, PageAsk page) =>
        Paging.NewestFirst<MessageRow>(db, "message", new Where("account = @account and task = @task", new { account, task }), page, m => m.Id);

    /// <summary>Which of these names of a folder are known.</summary>
    public static async ValueTask<HashSet<string>> Known(Db db, string mailbox, string folder, IEnumerable<string> uids) => new(await db.Many<string>(
        $"select m.uid from {db.Sql.EachText("@uids")} {db.Sql.FromLeft} message m on m.mailbox = @mailbox and m.folder = @folder and m.uidvalidity = 0 and m.uid = j.value",
        new { mailbox, folder, uids = db.Sql.List(uids) }), StringComparer.Ordinal);
}

/// <summary>Statements over where the reading of a mailbox stands.</summary>
public static class InboundRows
{
    /// <summary>Mailboxes whose replies can be read.</summary>
    public static ValueTask<List<MailboxRow>> Readable(Db db) => db.Many<MailboxRow>("select * from mailbox where deleted_at is null and inbound is not null order by id");

    /// <summary>A mailbox that is read, as it is now.</summary>
    public static ValueTask<MailboxRow?> Reading(Db db, string mailbox) => db.One<MailboxRow>("select * from mailbox where id = @mailbox and inbound is not null", new { mailbox });

    /// <summary>Holds the reading of a mailbox for a while; 0 when another node reads it.</summary>
    public static ValueTask<int> Hold(Db db, string mailbox, string owner, long until) => db.Execute(
        "update mailbox set inbound_owner = @owner, inbound_until = @until where id = @mailbox and (inbound_owner is null or inbound_owner = @owner or inbound_until <= @now)",
        new { mailbox, owner, until, now = db.Now });

    /// <summary>Lets go of it, so that another node goes on at once.</summary>
    public static ValueTask<int> Release(Db db, string mailbox, string owner) =>
        db.Execute("update mailbox set inbound_owner = null, inbound_until = 0 where id = @mailbox and inbound_owner = @owner", new { mailbox, owner });

    /// <summary>It is read up to now.</summary>
    public static ValueTask<int> Synced(Db db, string mailbox) => db.Execute(
        "update mailbox set inbound_synced_at = @now, inbound_failing_since = null, inbound_problem = null, inbound_fix = null where id = @mailbox", new { mailbox, now = db.Now });

    /// <summary>What a mail of its own showed about the signature of the List headers.</summary>
    public static ValueTask<int> ListHeaders(Db db, string mailbox, bool areSigned) =>
        db.Execute("update mailbox set list_headers_signed = @areSigned, list_headers_at = @now where id = @mailbox", new { mailbox, areSigned, now = db.Now });

    /// <summary>Under which name its server gives Authentication-Results, as long as inbound stays as it is.</summary>
    public static ValueTask<int> LearnAuthserv(Db db, string mailbox, string authservId, string inbound) => db.Execute(
        "update mailbox set authserv_id = @authservId, authserv_for = @inbound where id = @mailbox and inbound = @inbound", new { mailbox, authservId, inbound });

    /// <summary>It can't be read.</summary>
    public static ValueTask<int> Failing(Db db, string mailbox, string problem, string fix) => db.Execute(
        "update mailbox set inbound_failing_since = coalesce(inbound_failing_since, @now), inbound_problem = @problem, inbound_fix = @fix where id = @mailbox",
        new { mailbox, problem, fix, now = db.Now });

    /// <summary>Where a folder is read on: its numbering and the next number.</summary>
    public static ValueTask<(long Uidvalidity, long NextUid)?> Place(Db db, string mailbox, string folder) => db.One<(long, long)?>(
        "select uidvalidity, next_uid from inbound_folder where mailbox = @mailbox and folder = @folder", new { mailbox, folder });

    /// <summary>Everything before this number is read.</summary>
    public static ValueTask<int> Advance(Db db, string mailbox, string folder, long uidvalidity, long nextUid) => db.Execute(
        """
        insert into inbound_folder (mailbox, folder, uidvalidity, next_uid) values (@mailbox, @folder, @uidvalidity, @nextUid)
        on conflict (mailbox, folder) do update set uidvalidity = excluded.uidvalidity, next_uid = excluded.next_uid
        """,
        new { mailbox, folder, uidvalidity, nextUid });

    /// <summary>A mail server put this id in place of ours.</summary>
    public static ValueTask<int> Learn(Db db, string mailbox, string messageId, long setId, long seq) => db.Execute(
        "insert into learnt_id (mailbox, message_id, set_id, seq) values (@mailbox, @messageId, @setId, @seq) on conflict (mailbox, message_id) do nothing", new { mailbox, messageId, setId, seq });

    /// <summary>Whose id that is.</summary>
    public static ValueTask<(long SetId, long Seq)?> Learnt(Db db, string mailbox, string messageId) => db.One<(long, long)?>(
        "select set_id, seq from learnt_id where mailbox = @mailbox and message_id = @messageId", new { mailbox, messageId });

    /// <summary>
    /// The recipient whom an address belongs to: the one this mailbox mailed last, in so much time before the message. The
    /// weakest of all matches, so nothing but a reply rests on it.
    /// </summary>
    public static ValueTask<(long SetId, long Seq)?> LastMailed(Db db, string account, string mailbox, string addressKey, long since, long until) => db.One<(long, long)?>(
        """
        select r.set_id, r.seq from recipient r join task t on t.set_id = r.set_id
        where r.account = @account and r.address_key = @addressKey and r.attempt > 0 and r.state in (@handed, @sent, @uncertain) and r.begun_at between @since and @until and t.mailbox = @mailbox
        order by r.begun_at desc limit 1
        """,
        new { account, addressKey, mailbox, since, until, handed = RecipientState.Handed, sent = RecipientState.Sent, uncertain = RecipientState.Uncertain });

    /// <summary>Recipients of a mailbox of which nobody knows whether they were mailed, the latest first.</summary>
    public static ValueTask<List<(long SetId, long Seq, string Tracking)>> Uncertain(Db db, string mailbox, long since, int most) => db.Many<(long, long, string)>(
        """
        select r.set_id, r.seq, p.tracking from task t join recipient r on r.set_id = t.set_id and r.state = 4 join plan p on p.task = t.id and p.plan_no = t.plan_no
        where t.mailbox = @mailbox and r.begun_at >= @since order by r.begun_at desc limit @most
        """,
        new { mailbox, since, most });
}
