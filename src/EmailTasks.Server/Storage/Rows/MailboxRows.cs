using EmailTasks.Core.Dispatch;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>How a mailbox does, as stored.</summary>
public static class MailboxHealth
{
    public const string Ok = "ok";
    public const string Failing = "failing";
    public const string Paused = "paused";
}

/// <summary>Statements over mailboxes.</summary>
public static class MailboxRows
{
    public static ValueTask<MailboxRow?> Load(Db db, string account, string id) =>
        db.One<MailboxRow>("select * from mailbox where id = @id and account = @account and deleted_at is null", new { id, account });

    public static ValueTask<MailboxRow?> LoadAny(Db db, string id) => db.One<MailboxRow>("select * from mailbox where id = @id", new { id });

    /// <summary>For begin and finish: first of their locks, so that one mailbox's begins and finishes take turns.</summary>
    public static async ValueTask<MailboxRow?> Hold(Db db, string id)
    {
        var row = await db.One<MailboxRow>($"select * from mailbox where id = @id {db.ForUpdate}", new { id });
        await db.Renew();
        return row;
    }

    /// <summary>The same for a begin, which also must know whether all dispatch stands still: read in the same round trip.</summary>
    public static async ValueTask<MailboxRow?> HoldToBegin(Db db, string id)
    {
        var row = await db.One<MailboxRow>($"select *, (select value from meta where key = @Key) as standstill from mailbox where id = @id {db.ForUpdate}", new { id, StandstillRows.Key });
        await db.Renew();
        return row;
    }

    public static ValueTask<MailboxRow?> ByAddress(Db db, string account, string addressKey, string kind) => db.One<MailboxRow>(
        "select * from mailbox where account = @account and address_key = @addressKey and kind = @kind and deleted_at is null", new { account, addressKey, kind });

    /// <summary>One mailbox a path: two would write into each other's spool.</summary>
    public static ValueTask<MailboxRow?> ByPath(Db db, string account, string path) => db.One<MailboxRow>(
        "select * from mailbox where account = @account and path = @path and deleted_at is null", new { account, path });

    public static ValueTask<int> Insert(Db db, MailboxRow m) => db.Execute(
        """
        insert into mailbox (id, account, kind, address, address_key, display_name, owner_uid, path, smtp, secret, inbound, inbound_secret,
          per_minute, per_hour, per_day, connections, warm_up_start, warm_up_step, warm_up_ceiling, warm_up_since, spacing_min, spacing_max,
          send_window, dkim_selector, created_at, updated_at)
        values (@Id, @Account, @Kind, @Address, @AddressKey, @DisplayName, @OwnerUid, @Path, @Smtp, @Secret, @Inbound, @InboundSecret,
          @PerMinute, @PerHour, @PerDay, @Connections, @WarmUpStart, @WarmUpStep, @WarmUpCeiling, @WarmUpSince, @SpacingMin, @SpacingMax,
          @SendWindow, @DkimSelector, @CreatedAt, @UpdatedAt)
        """, m);

    /// <summary>What an update may change; the lease and what is in flight are not its business.</summary>
    public static ValueTask<int> Update(Db db, MailboxRow m) => db.Execute(
        """
        update mailbox set display_name = @DisplayName, owner_uid = @OwnerUid, smtp = @Smtp, secret = @Secret, inbound = @Inbound, inbound_secret = @InboundSecret,
          per_minute = @PerMinute, per_hour = @PerHour, per_day = @PerDay, connections = @Connections,
          warm_up_start = @WarmUpStart, warm_up_step = @WarmUpStep, warm_up_ceiling = @WarmUpCeiling, warm_up_since = @WarmUpSince,
          spacing_min = @SpacingMin, spacing_max = @SpacingMax, send_window = @SendWindow, dkim_selector = @DkimSelector,
          version = version + 1, updated_at = @UpdatedAt
        where id = @Id and version = @Version
        """, m);

    /// <summary>A provider replaced the refresh token. No version: nothing that was approved changed.</summary>
    public static ValueTask<int> ReplaceSecret(Db db, string id, long version, byte[] secret) =>
        db.Execute("update mailbox set secret = @secret where id = @id and version = @version and secret is not null", new { id, version, secret });

    public static ValueTask<int> Disconnect(Db db, string id) =>
        db.Execute("update mailbox set deleted_at = @now, secret = null, inbound_secret = null, version = version + 1, updated_at = @now where id = @id", new { id, now = db.Now });

    /// <summary>The account's own addresses: its members' and its mailboxes'.</summary>
    public static ValueTask<List<string>> OwnAddresses(Db db, string account) => db.Many<string>(
        """
        select address from mailbox where account = @account and deleted_at is null
        union select email from member where account = @account and removed_at is null and email is not null
        """,
        new { account });

    public static ValueTask<Listed<MailboxRow>> List(Db db, string account, PageAsk page) =>
        Paging.NewestFirst<MailboxRow>(db, "mailbox", new Where("account = @account and deleted_at is null", new { account }), page, m => m.Id);

    /// <summary>Connecting failed; it is tried again later. A pause is stronger and stays.</summary>
    public static ValueTask<int> Failing(Db db, string id, string reason, string problem, string fix, long nextTryAt) => db.Execute(
        """
        update mailbox set health = @health, health_reason = @reason, health_since = case when health = @health then health_since else @now end,
          next_try_at = @nextTryAt, health_problem = @problem, health_fix = @fix, failures = failures + 1, updated_at = @now
        where id = @id and paused_reason is null
        """,
        new { id, reason, problem, fix, nextTryAt, health = MailboxHealth.Failing, now = db.Now });

    /// <summary>It works (again). A pause stays: what holds a mailbox is lifted by <see cref="MailboxHolds"/> alone.</summary>
    public static ValueTask<int> Healthy(Db db, string id) => db.Execute($"update mailbox set {AsHealthy} where id = @id and health <> @ok and paused_reason is null", new { id, ok = MailboxHealth.Ok, now = db.Now });

    /// <summary>Nothing holds it any more; for <see cref="MailboxHolds"/>.</summary>
    internal static ValueTask<int> Unpaused(Db db, string id) => db.Execute(
        $"update mailbox set {AsHealthy}, paused_reason = null, paused_until = null where id = @id and paused_reason is not null", new { id, ok = MailboxHealth.Ok, now = db.Now });

    private const string AsHealthy =
        "health = @ok, health_reason = null, health_since = @now, next_try_at = null, health_problem = null, health_fix = null, failures = 0, updated_at = @now";

    /// <summary>Takes the lease: a new epoch, only when nobody holds it.</summary>
    public static ValueTask<long?> Acquire(Db db, string id, string owner, long expiresAt) => db.One<long?>(
        "update mailbox set lease_owner = @owner, epoch = epoch + 1, epoch_at = @now, expires_at = @expiresAt where id = @id and expires_at <= @now and deleted_at is null returning epoch",
        new { id, owner, expiresAt, now = db.Now });

    /// <summary>Nobody holds the lease and its last owner is silent: its epoch is over, also when nobody follows.</summary>
    public static ValueTask<int> Supersede(Db db, string id, long epoch) => db.Execute(
        "update mailbox set lease_owner = null, epoch = epoch + 1, epoch_at = @now where id = @id and epoch = @epoch and expires_at <= @now",
        new { id, epoch, now = db.Now });

    /// <summary>Mailboxes with attempts under way, somewhere.</summary>
    public static ValueTask<List<MailboxRow>> WithMailInFlight(Db db) => db.Many<MailboxRow>("select * from mailbox where in_flight > 0 order by id");

    /// <summary>Keeps the lease; 0 rows mean it is lost.</summary>
    public static ValueTask<int> Renew(Db db, string id, string owner, long epoch, long expiresAt) => db.Execute(
        "update mailbox set expires_at = @expiresAt where id = @id and lease_owner = @owner and epoch = @epoch and expires_at > @now",
        new { id, owner, epoch, expiresAt, now = db.Now });

    /// <summary>Gives the lease back; sockets are closed before.</summary>
    public static ValueTask<int> Release(Db db, string id, string owner, long epoch) =>
        db.Execute("update mailbox set expires_at = 0, lease_owner = null where id = @id and lease_owner = @owner and epoch = @epoch", new { id, owner, epoch });

    /// <summary>The folder lock proves that whoever held leases here is gone.</summary>
    public static ValueTask<int> ReleaseAll(Db db) => db.Execute("update mailbox set expires_at = 0, lease_owner = null where lease_owner is not null");

    /// <summary>Counts a begin; answers its number, which no other begin of this mailbox has or had.</summary>
    public static ValueTask<long> Began(Db db, string id, int count) =>
        db.One<long>("update mailbox set begin_no = begin_no + 1, in_flight = in_flight + @count, last_begin_at = @now where id = @id returning begin_no", new { id, count, now = db.Now });

    public static ValueTask<int> Landed(Db db, string id, int count) =>
        db.Execute("update mailbox set in_flight = in_flight - @count where id = @id", new { id, count });

    /// <summary>Mails that left within the windows that still count.</summary>
    public static async ValueTask<List<UsageBucket>> Usage(Db db, string id)
    {
        var rows = await db.Many<UsageRow>(
            """
            select "window", bucket, n from mailbox_usage
            where mailbox = @id and (("window" = 0 and bucket >= @minute) or ("window" = 1 and bucket >= @hour) or ("window" = 2 and bucket >= @day))
            """,
            new { id, minute = PaceWindow.Minute.Oldest(db.Now), hour = PaceWindow.Hour.Oldest(db.Now), day = PaceWindow.Day.Oldest(db.Now) });
        return [.. rows.Select(r => new UsageBucket(r.Window, r.Bucket, r.N))];
    }

    /// <summary>Counts mails into the bucket of now.</summary>
    public static ValueTask<int> Use(Db db, string id, PaceWindow window, int count) => db.Execute(
        """insert into mailbox_usage (mailbox, "window", bucket, n) values (@id, @window, @bucket, @count) on conflict (mailbox, "window", bucket) do update set n = mailbox_usage.n + excluded.n""",
        new { id, window = window.Id, bucket = window.Bucket(db.Now), count });

    /// <summary>Buckets that no longer count.</summary>
    public static ValueTask<int> ForgetUsage(Db db) => db.Execute(
        """delete from mailbox_usage where ("window" = 0 and bucket < @minute) or ("window" = 1 and bucket < @hour) or ("window" = 2 and bucket < @day)""",
        new { minute = PaceWindow.Minute.Oldest(db.Now), hour = PaceWindow.Hour.Oldest(db.Now), day = PaceWindow.Day.Oldest(db.Now) });

    private sealed class UsageRow
    {
        public int Window { get; init; }
        public long Bucket { get; init; }
        public long N { get; init; }
    }
}
