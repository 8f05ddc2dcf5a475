namespace EmailTasks.Server.Storage.Rows;

/// <summary>Statements over the processes that dispatch.</summary>
public static class NodeRows
{
    /// <summary>This long after it was last seen a node no longer counts: as long as a lease.</summary>
    private const long LivesMicros = 10_000_000;

    /// <summary>A node that was silent for this long is forgotten.</summary>
    private const long ForgottenMicros = 24L * 3600 * 1_000_000;

    /// <summary>A node says that it lives; answers how many do.</summary>
    public static async ValueTask<int> Beat(Db db, string id)
    {
        await db.Execute(
            "insert into node (id, started_at, seen_at) values (@id, @now, @now) on conflict (id) do update set seen_at = excluded.seen_at",
            new { id, now = db.Now });
        await db.Execute("delete from node where seen_at < @old", new { old = db.Now - ForgottenMicros });
        return await db.One<int>("select count(*) from node where seen_at > @since", new { since = db.Now - LivesMicros });
    }

    /// <summary>How many live now.</summary>
    public static ValueTask<int> Living(Db db) => db.One<int>("select count(*) from node where seen_at > @since", new { since = db.Now - LivesMicros });

    /// <summary>When any of them was last seen; null when all said good-bye.</summary>
    public static ValueTask<long?> LastSeen(Db db) => db.One<long?>("select max(seen_at) from node");

    /// <summary>It stops: the others may share its mailboxes at once.</summary>
    public static ValueTask<int> Leave(Db db, string id) => db.Execute("delete from node where id = @id", new { id });
}
