namespace EmailTasks.Server.Storage.Rows;

/// <summary>A key that signs deliveries, encrypted.</summary>
public sealed class TokenKeyRow
{
    public int No { get; init; }
    public required byte[] Sealed { get; init; }
    public long CreatedAt { get; init; }
}

/// <summary>Statements over the keys of tokens.</summary>
public static class TokenKeyRows
{
    /// <summary>All of them by number; numbers have no gaps.</summary>
    public static ValueTask<List<TokenKeyRow>> All(Db db) => db.Many<TokenKeyRow>("select no, sealed, created_at from token_key order by no");

    /// <summary>Another node may have been quicker with the same number; then its key is the one.</summary>
    public static ValueTask<int> Insert(Db db, int no, byte[] secret) =>
        db.Execute("insert into token_key (no, sealed, created_at) values (@no, @secret, @now) on conflict (no) do nothing", new { no, secret, now = db.Now });

    /// <summary>When the first account was made: the age of key 0.</summary>
    public static ValueTask<long> Began(Db db) => db.One<long>("select coalesce(min(created_at), @now) from account", new { now = db.Now });
}
