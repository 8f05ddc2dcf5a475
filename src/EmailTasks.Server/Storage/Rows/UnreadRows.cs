namespace EmailTasks.Server.Storage.Rows;

/// <summary>A message that could not be taken in.</summary>
public sealed class UnreadRow
{
    public required string Mailbox { get; init; }
    public required string Folder { get; init; }
    public long Uidvalidity { get; init; }
    public required string Uid { get; init; }
    public long Size { get; init; }

    /// <summary>Of its bytes; null where they did not come.</summary>
    public string? Hash { get; init; }
    public int Tries { get; init; }

    /// <summary>What was wrong: words of ours.</summary>
    public required string Problem { get; init; }
    public long FirstAt { get; init; }
    public long LastAt { get; init; }

    /// <summary>Since when reading goes on behind it; null while it is tried again.</summary>
    public long? SetAsideAt { get; init; }
}

/// <summary>Statements over messages that could not be taken in. Their bytes stay where they are: mailboxes are only read.</summary>
public static class UnreadRows
{
    /// <summary>Counts a failure; answers how many there were.</summary>
    public static async ValueTask<int> Failed(Db db, UnreadRow m)
    {
        await db.Execute(
            """
            insert into unread_message (mailbox, folder, uidvalidity, uid, size, hash, tries, problem, first_at, last_at)
            values (@Mailbox, @Folder, @Uidvalidity, @Uid, @Size, @Hash, 1, @Problem, @now, @now)
            on conflict (mailbox, folder, uidvalidity, uid) do update
            set tries = unread_message.tries + 1, problem = excluded.problem, size = excluded.size, hash = coalesce(excluded.hash, unread_message.hash), last_at = excluded.last_at
            """,
            new { m.Mailbox, m.Folder, m.Uidvalidity, m.Uid, m.Size, m.Hash, m.Problem, now = db.Now });
        return await db.One<int>(
            "select tries from unread_message where mailbox = @Mailbox and folder = @Folder and uidvalidity = @Uidvalidity and uid = @Uid", new { m.Mailbox, m.Folder, m.Uidvalidity, m.Uid });
    }

    /// <summary>It is tried no more, and its mailbox says so.</summary>
    public static async ValueTask<int> SetAside(Db db, UnreadRow m)
    {
        var changed = await db.Execute(
            "update unread_message set set_aside_at = @now where mailbox = @Mailbox and folder = @Folder and uidvalidity = @Uidvalidity and uid = @Uid and set_aside_at is null",
            new { m.Mailbox, m.Folder, m.Uidvalidity, m.Uid, now = db.Now });
        if (changed == 0) return 0;
        return await db.Execute(
            """
            update mailbox set set_aside_count = set_aside_count + 1, set_aside_folder = @Folder, set_aside_uid = @Uid, set_aside_problem = @Problem, set_aside_at = @now
            where id = @Mailbox
            """,
            new { m.Mailbox, m.Folder, m.Uid, m.Problem, now = db.Now });
    }

    /// <summary>It was taken in after all.</summary>
    public static ValueTask<int> Taken(Db db, string mailbox, string folder, long uidvalidity, string uid) => db.Execute(
        "delete from unread_message where mailbox = @mailbox and folder = @folder and uidvalidity = @uidvalidity and uid = @uid", new { mailbox, folder, uidvalidity, uid });

    /// <summary>The names of a maildir's files that are tried no more.</summary>
    public static async ValueTask<HashSet<string>> SetAsideIn(Db db, string mailbox, string folder) => new(await db.Many<string>(
        "select uid from unread_message where mailbox = @mailbox and folder = @folder and uidvalidity = 0 and set_aside_at is not null", new { mailbox, folder }), StringComparer.Ordinal);
}
