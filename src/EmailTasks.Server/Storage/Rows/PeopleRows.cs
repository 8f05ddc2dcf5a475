using EmailTasks.Contracts;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A member of an account.</summary>
public sealed class MemberRow
{
    public required string Uid { get; init; }
    public required string Name { get; init; }
    public string? Email { get; init; }
    public string? EmailKey { get; init; }
    public Role Role { get; init; }
    public long CreatedAt { get; init; }
}

/// <summary>Statements over members. Who was removed is kept for the names in old reports, and is found by nothing here.</summary>
public static class MemberRows
{
    // Two admins who remove each other at once must not both succeed: the guard stands in the statement.
    private const string NotTheLastAdmin =
        "(role <> @admin or exists (select 1 from member o where o.account = @account and o.uid <> @uid and o.role = @admin and o.removed_at is null))";

    public static ValueTask<MemberRow?> Load(Db db, string account, string uid) =>
        db.One<MemberRow>("select * from member where account = @account and uid = @uid and removed_at is null", new { account, uid });

    /// <summary>The names of members by uid, also of those who left: their tasks are still reported.</summary>
    public static async ValueTask<Dictionary<string, string>> Names(Db db, string account, IEnumerable<string> uids) => (await db.Many<(string Uid, string Name)>(
        $"select uid, name from member where account = @account and {db.Sql.AmongTexts("uid", "@uids")}", new { account, uids = db.Sql.List(uids) })).ToDictionary(m => m.Uid, m => m.Name, StringComparer.Ordinal);

    /// <summary>Somebody whose role suffices: this member if it does, else the one of the least role that does, who was there first.</summary>
    public static ValueTask<MemberRow?> WhoMay(Db db, string account, Role least, string first) => db.One<MemberRow>(
        "select * from member where account = @account and removed_at is null and role >= @least order by case when uid = @first then 0 else 1 end, role, uid limit 1",
        new { account, least, first });

    public static ValueTask<string?> ByEmail(Db db, string account, string emailKey) =>
        db.One<string>("select uid from member where account = @account and email_key = @emailKey and removed_at is null", new { account, emailKey });

    public static ValueTask<int> Insert(Db db, string account, MemberRow row) => db.Execute(
        "insert into member (uid, account, name, email, email_key, role, created_at) values (@Uid, @account, @Name, @Email, @EmailKey, @Role, @now)",
        new { row.Uid, account, row.Name, row.Email, row.EmailKey, row.Role, now = db.Now });

    /// <summary>0 when that would leave the account without an admin.</summary>
    public static ValueTask<int> Update(Db db, string account, MemberRow row) => db.Execute(
        $"""
        update member set name = @Name, email = @Email, email_key = @EmailKey, role = @Role
        where account = @account and uid = @uid and removed_at is null and (@Role = @admin or {NotTheLastAdmin})
        """,
        new { account, uid = row.Uid, row.Name, row.Email, row.EmailKey, row.Role, admin = Role.Admin });

    /// <summary>0 when that would leave the account without an admin.</summary>
    public static ValueTask<int> Remove(Db db, string account, string uid) => db.Execute(
        $"update member set removed_at = @now where account = @account and uid = @uid and removed_at is null and {NotTheLastAdmin}",
        new { account, uid, now = db.Now, admin = Role.Admin });

    public static ValueTask<Listed<MemberRow>> List(Db db, string account, PageAsk page) => Paging.NewestFirst<MemberRow>(
        db, "(select uid as id, m.* from member m) listed", new Where("account = @account and removed_at is null", new { account }), page, m => m.Uid);
}

/// <summary>Statements over account settings.</summary>
public static class AccountRows
{
    /// <summary>
    /// Holds the account's row to the end of the transaction. Starts go one after the other: each asks which other tasks
    /// with the same content were started, and two that start together would not see each other.
    /// </summary>
    public static ValueTask<int> Hold(Db db, string id) => db.Execute("update account set id = id where id = @id", new { id });

    public static ValueTask<int> Update(Db db, AccountRow row) => db.Execute(
        """
        update account set company = @Company, postal_address = @PostalAddress, country = @Country, time_zone = @TimeZone, require_plan = @RequirePlan,
          compliance = @Compliance, bounce_share = @BounceShare, bounce_minimum = @BounceMinimum, track_opens = @TrackOpens, track_clicks = @TrackClicks, updated_at = @now
        where id = @Id
        """,
        new { row.Id, row.Company, row.PostalAddress, row.Country, row.TimeZone, row.RequirePlan, row.Compliance, row.BounceShare, row.BounceMinimum, row.TrackOpens, row.TrackClicks, now = db.Now });
}

/// <summary>An audit row.</summary>
public sealed class AuditRow
{
    public long Seq { get; init; }
    public long At { get; init; }
    public required string Uid { get; init; }
    public required string KeyId { get; init; }
    public required string Actor { get; init; }
    public required string Command { get; init; }
    public string? ObjectId { get; init; }
    public required string RequestId { get; init; }
    public required string Summary { get; init; }
    public required string Hash { get; init; }
}

/// <summary>What an audit list is narrowed to.</summary>
public sealed record AuditFilter(string? Uid, string? KeyId, string? Command, string? ObjectId);

/// <summary>Reading the audit.</summary>
public static class AuditRows
{
    /// <summary>Newest first. Counting stops where nobody pages any more.</summary>
    public static async ValueTask<Listed<AuditRow>> List(Db db, string account, AuditFilter filter, PageAsk page, long? before)
    {
        var where = new Where("account = @account", new { account });
        if (filter.Uid is { } uid) where.And("uid = @uid", new { uid });
        if (filter.KeyId is { } key) where.And("key_id = @key", new { key });
        if (filter.Command is { } command) where.And("command = @command", new { command });
        if (filter.ObjectId is { } about) where.And("object_id = @about", new { about });
        var total = await db.One<long>($"select count(*) from (select 1 from audit where {where.Sql} limit {PageAsk.CountMax + 1}) counted", where.Args);
        if (before is { } seq) where.And("seq < @seq", new { seq });
        where.Args.AddDynamicParams(new { take = page.Size + 1, skip = before is null ? ((page.Number ?? 1) - 1) * (long)page.Size : 0 });
        var rows = await db.Many<AuditRow>($"select * from audit where {where.Sql} order by seq desc limit @take offset @skip", where.Args);
        return Paging.Cut(rows, page, total, r => r.Seq.ToString());
    }
}
