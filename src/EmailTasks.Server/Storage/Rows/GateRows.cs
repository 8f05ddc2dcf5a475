using System.Security.Cryptography;
using System.Text;
using EmailTasks.Contracts;
using EmailTasks.Core.Dispatch;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A stored answer.</summary>
public sealed class StoredAnswer
{
    public required string RequestHash { get; init; }
    public required byte[] Data { get; set; }
    public required string Summary { get; init; }
    public string? Next { get; init; }
}

/// <summary>An account.</summary>
public sealed class AccountRow
{
    public required string Id { get; init; }
    public string? Company { get; init; }
    public string? PostalAddress { get; init; }
    public string? Country { get; init; }
    public required string TimeZone { get; init; }
    public bool RequirePlan { get; init; }
    public string Compliance { get; init; } = "warn";
    public int? BounceShare { get; init; }
    public int? BounceMinimum { get; init; }
    public bool? TrackOpens { get; init; }
    public bool? TrackClicks { get; init; }

    /// <summary>Since when too many opt-outs are known by a sender's address alone, and when the last came; null when none are.</summary>
    public long? AddressOnlySince { get; init; }
    public long? AddressOnlyAt { get; init; }

    /// <summary>What stops a task whose recipients are refused; null when it is off.</summary>
    public BounceGuard? Guard => BounceShare is { } share ? new BounceGuard(share, BounceMinimum ?? 1) : null;
    public long CreatedAt { get; init; }
    public long? UpdatedAt { get; init; }
}

/// <summary>Statements that only the gate needs.</summary>
public static class GateRows
{
    public static ValueTask<AccountRow?> Account(Db db, string id) => db.One<AccountRow>("select * from account where id = @id", new { id });

    public static ValueTask<string?> Member(Db db, string account, string uid) =>
        db.One<string>("select uid from member where account = @account and uid = @uid and removed_at is null", new { account, uid });

    /// <summary>The stored answer of a key that is still kept, whole.</summary>
    public static async ValueTask<StoredAnswer?> Answer(Db db, string account, string keyId, string idemKey)
    {
        var stored = await db.One<StoredAnswer>(
            "select request_hash, data, summary, next from idempotency where account = @account and key_id = @keyId and idem_key = @idemKey and expires_at > @now",
            new { account, keyId, idemKey, now = db.Now });
        if (stored is not null) stored.Data = await KeptTexts.PutBack(db, account, stored.Data);
        return stored;
    }

    /// <summary>Stores an answer with the change it answers; an expired one of the same key makes room. Answers how many bytes that took.</summary>
    public static async ValueTask<long> Keep(Db db, string account, string keyId, string idemKey, string requestHash, byte[] data, string summary, string? next, long expiresAt)
    {
        var (kept, bytes) = await KeptTexts.Cut(db, account, data, expiresAt);
        await db.Execute(
            """
            insert into idempotency (account, key_id, idem_key, request_hash, data, summary, next, created_at, expires_at)
            values (@account, @keyId, @idemKey, @requestHash, @kept, @summary, @next, @now, @expiresAt)
            on conflict (account, key_id, idem_key) do update set request_hash = excluded.request_hash, data = excluded.data, summary = excluded.summary,
              next = excluded.next, created_at = excluded.created_at, expires_at = excluded.expires_at
            """,
            new { account, keyId, idemKey, requestHash, kept, summary, next, now = db.Now, expiresAt });
        return bytes;
    }

    /// <summary>Forgets answers whose time is over, their texts, and what keys did on days that are.</summary>
    public static async ValueTask<int> ForgetAnswers(Db db)
    {
        var answers = await db.Execute("delete from idempotency where (account, key_id, idem_key) in (select account, key_id, idem_key from idempotency where expires_at <= @now limit 5000)", new { now = db.Now });
        return answers + await KeptTexts.Forget(db) + await KeyDayRows.Forget(db);
    }

    /// <summary>Adds an audit row to the account's chain: each hash covers the one before it.</summary>
    public static async ValueTask Audit(Db db, AuditEntry e)
    {
        var last = await db.One<(long Seq, string Hash)?>("select seq, hash from audit where account = @Account order by seq desc limit 1", new { e.Account });
        var seq = (last?.Seq ?? 0) + 1;
        var prevHash = last?.Hash ?? new string('0', 64);
        var hash = Hash(prevHash, e, seq, db.Now);
        await db.Execute(
            """
            insert into audit (account, seq, at, key_id, uid, actor, command, object_id, request_id, summary, prev_hash, hash)
            values (@Account, @seq, @now, @KeyId, @Uid, @Actor, @Command, @ObjectId, @RequestId, @Summary, @prevHash, @hash)
            """,
            new { e.Account, seq, now = db.Now, e.KeyId, e.Uid, e.Actor, e.Command, e.ObjectId, e.RequestId, e.Summary, prevHash, hash });
    }

    /// <summary>SHA-256 over the fields, each with its length before it.</summary>
    public static string Hash(string prevHash, AuditEntry e, long seq, long at)
    {
        string?[] fields = [prevHash, e.Account, seq.ToString(), at.ToString(), e.KeyId, e.Uid, e.Actor, e.Command, e.ObjectId, e.RequestId, e.Summary];
        var text = new StringBuilder();
        foreach (var field in fields) text.Append(field?.Length ?? -1).Append(':').Append(field).Append(';');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}

/// <summary>Who did what: no addresses, bodies or keys.</summary>
public sealed record AuditEntry(string Account, string KeyId, string Uid, string Actor, string Command, string? ObjectId, string RequestId, string Summary);
