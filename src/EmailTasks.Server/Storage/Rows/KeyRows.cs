using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Tasks;
using EmailTasks.Core.Trust;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>An API key with its member.</summary>
public sealed class KeyRow
{
    private IReadOnlyList<string>? _scopes;
    private KeyBounds? _bounds;

    public required string Id { get; init; }
    public required string Account { get; init; }
    public required string Uid { get; init; }
    public required string Name { get; init; }
    public required string Hash { get; init; }
    public required string Actor { get; init; }
    public Role Role { get; init; }
    public string? Scopes { get; init; }
    public string? Bounds { get; init; }

    /// <summary>The key's own wish.</summary>
    public bool RequirePlan { get; init; }

    /// <summary>The account's.</summary>
    public bool AccountRequiresPlan { get; init; }

    public long? ExpiresAt { get; init; }
    public long? RevokedAt { get; init; }
    public long? RemovedAt { get; init; }
    public long CreatedAt { get; init; }

    /// <summary>Whose word it is.</summary>
    public Who Who => new(Actor == Who.Person, Id, Uid);

    /// <summary>As the rule on letting mail go asks.</summary>
    public GoAsker Asker => new(Who, Role >= Role.Operator && ScopeList?.Contains(ScopeWords.Send) != false, Go);

    /// <summary>What it may let go at most.</summary>
    public GoBounds Go => Limits is { } l ? new(l.SenderIds, l.Domains, l.RecipientsPerTask, l.RecipientsPerDay) : GoBounds.None;

    /// <summary>A forced send must name its plan.</summary>
    public bool MustNamePlan => Actor != "person" || RequirePlan || AccountRequiresPlan;

    /// <summary>The scopes, or null when the key has all.</summary>
    public IReadOnlyList<string>? ScopeList => Scopes is null ? null : _scopes ??= JsonSerializer.Deserialize(Scopes, StoredJson.Default.ListString);

    /// <summary>The bounds, or null when it has none.</summary>
    public KeyBounds? Limits => Bounds is null ? null : _bounds ??= JsonSerializer.Deserialize(Bounds, StoredJson.Default.KeyBounds);
}

/// <summary>Statements over API keys. A key is never changed, only revoked: what it was made with is what it may.</summary>
public static class KeyRows
{
    private const string Columns =
        """
        k.id, k.account, k.uid, k.name, k.hash, k.actor, m.role, k.scopes, k.bounds, k.require_plan, a.require_plan as account_requires_plan,
        k.expires_at, k.revoked_at, m.removed_at, k.created_at
        """;

    private const string From = "api_key k join member m on m.uid = k.uid join account a on a.id = k.account";

    /// <summary>A key with its member's present role.</summary>
    public static ValueTask<KeyRow?> Load(Db db, string id) => db.One<KeyRow>($"select {Columns} from {From} where k.id = @id", new { id });

    public static ValueTask<int> Insert(Db db, KeyRow row) => db.Execute(
        """
        insert into api_key (id, account, uid, name, hash, actor, scopes, bounds, require_plan, expires_at, created_at)
        values (@Id, @Account, @Uid, @Name, @Hash, @Actor, @Scopes, @Bounds, @RequirePlan, @ExpiresAt, @now)
        """,
        new { row.Id, row.Account, row.Uid, row.Name, row.Hash, row.Actor, row.Scopes, row.Bounds, row.RequirePlan, row.ExpiresAt, now = db.Now });

    public static ValueTask<int> Revoke(Db db, string id) =>
        db.Execute("update api_key set revoked_at = @now where id = @id and revoked_at is null", new { id, now = db.Now });

    public static ValueTask<Listed<KeyRow>> List(Db db, string account, string? uid, PageAsk page)
    {
        var where = new Where("account = @account", new { account });
        if (uid is not null) where.And("uid = @uid", new { uid });
        return Paging.NewestFirst<KeyRow>(db, $"(select {Columns} from {From}) listed", where, page, k => k.Id);
    }

    /// <summary>Mails a key started within the last 24 hours; what it planned ahead is not among them.</summary>
    public static ValueTask<long> Used(Db db, string id) => db.One<long>(
        "select coalesce(sum(recipients), 0) from key_usage where key_id = @id and at > @since and at <= @now", new { id, since = db.Now - DailySpend.DayMicros, now = db.Now });

    /// <summary>Mails a key starts within a day of an instant, before or after it; what a task gives back when it is planned anew does not count.</summary>
    public static async ValueTask<List<KeySpend>> Spends(Db db, string id, long at, TaskRow task)
    {
        var planned = task.Status == MailTaskStatus.Scheduled ? task.PlanSendAt : null;
        var rows = await db.Many<SpendRow>(
            "select at, recipients from key_usage where key_id = @id and at > @from and at < @until and (task <> @own or at <> @planned)",
            new { id, from = at - DailySpend.DayMicros, until = at + DailySpend.DayMicros, own = task.Id, planned = planned ?? -1 });
        return [.. rows.Select(r => new KeySpend(r.At, r.Recipients))];
    }

    /// <summary>How many mails of a task a key let go within 24 hours: they are counted once, however often the task is held and let go.</summary>
    public static ValueTask<long> SpentOn(Db db, string id, string task) => db.One<long>(
        "select cast(coalesce(sum(recipients), 0) as bigint) from key_usage where key_id = @id and task = @task and at > @since and at <= @now",
        new { id, task, since = db.Now - DailySpend.DayMicros, now = db.Now });

    /// <summary>Counts a start for the instant at which it starts, and forgets what no bound asks for any more.</summary>
    public static async ValueTask Spend(Db db, string id, string task, long recipients, long at)
    {
        await db.Execute("delete from key_usage where key_id = @id and at <= @since", new { id, since = db.Now - DailySpend.DayMicros });
        await db.Execute(
            "insert into key_usage (key_id, at, task, recipients) values (@id, @at, @task, @recipients) on conflict (key_id, at, task) do update set recipients = key_usage.recipients + excluded.recipients",
            new { id, at, task, recipients });
    }

    /// <summary>A planned start that does not take place is given back to the key that planned it.</summary>
    public static ValueTask<int> GiveBack(Db db, string id, string task, long at) =>
        db.Execute("delete from key_usage where key_id = @id and at = @at and task = @task", new { id, at, task });

    private sealed class SpendRow
    {
        public long At { get; init; }
        public long Recipients { get; init; }
    }
}
