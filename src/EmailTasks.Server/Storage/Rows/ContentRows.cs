namespace EmailTasks.Server.Storage.Rows;

/// <summary>One version of a task's content. Never updated: a plan names the version it was approved with.</summary>
public sealed class ContentRow
{
    public required string Task { get; init; }
    public int Version { get; init; }
    public required string Subject { get; init; }
    public string? Html { get; init; }
    public string? Text { get; init; }
    public bool TextDerived { get; init; }
    public string? Preheader { get; init; }
    public required string Digest { get; init; }

    /// <summary>The same for contents that say the same words; null until an older row is filled in.</summary>
    public string? SameKey { get; init; }

    public required string Variables { get; init; }
    public long CreatedAt { get; init; }
}

/// <summary>A task's product card.</summary>
public sealed class CardRow
{
    public required string Task { get; init; }
    public required string Id { get; init; }
    public int Position { get; init; }
    public required string Product { get; init; }
    public long ProductVersion { get; init; }
    public required string Title { get; init; }
    public required string Link { get; init; }
    public string? Price { get; init; }
    public string? Currency { get; init; }
    public string? ThumbnailUrl { get; init; }
    public bool Stale { get; init; }
}

/// <summary>Statements over content and cards.</summary>
public static class ContentRows
{
    public static ValueTask<ContentRow?> Load(Db db, string task, int version) =>
        db.One<ContentRow>("select * from content where task = @task and version = @version", new { task, version });

    public static ValueTask<int> Insert(Db db, ContentRow row) => db.Execute(
        """
        insert into content (task, version, subject, html, text, text_derived, preheader, digest, same_key, variables, created_at)
        values (@Task, @Version, @Subject, @Html, @Text, @TextDerived, @Preheader, @Digest, @SameKey, @Variables, @CreatedAt)
        """, row);

    /// <summary>The next version's number; numbers of versions no plan names are not used again either.</summary>
    public static ValueTask<int> NextVersion(Db db, string task) =>
        db.One<int>("select coalesce(max(version), 0) + 1 from content where task = @task", new { task });

    /// <summary>What the words come to with the recipients a start was approved for: variables that are empty for all are left out by then.</summary>
    public static ValueTask<int> SetSameKey(Db db, string task, int version, string? key) =>
        db.Execute("update content set same_key = @key where task = @task and version = @version", new { task, version, key });

    /// <summary>Contents without a key of tasks that are open, or were sent since.</summary>
    public static ValueTask<List<ContentRow>> WithoutKey(Db db, long since, int take) => db.Many<ContentRow>(
        """
        select c.* from task t join content c on c.task = t.id and c.version = t.content_version
        where c.same_key is null and (t.settled = 0 or t.finished_at >= @since) order by t.id limit @take
        """,
        new { since, take });

    /// <summary>Recipient sets of other tasks with the same content, or one that says the same words, that were started since.</summary>
    public static ValueTask<List<long>> SetsWithSameContent(Db db, string account, string task, string digest, string? sameKey, long since) => db.Many<long>(
        """
        select t.set_id from task t join content c on c.task = t.id and c.version = t.content_version
        where t.account = @account and t.id <> @task and t.started_at is not null and (c.digest = @digest or c.same_key = @sameKey)
          and (t.settled = 0 or t.finished_at >= @since or exists (select 1 from task_counter k where k.set_id = t.set_id and (k.last_sent_at >= @since or k.uncertain > 0)))
        """,
        new { account, task, digest, sameKey, since });

    /// <summary>Recipient sets of other tasks that mailed somebody since.</summary>
    public static ValueTask<List<long>> SetsMailedSince(Db db, string account, string task, long since) => db.Many<long>(
        """
        select t.set_id from task t where t.account = @account and t.id <> @task and t.started_at is not null
          and exists (select 1 from task_counter k where k.set_id = t.set_id and (k.last_sent_at >= @since or k.handed > 0 or k.uncertain > 0 or t.finished_at >= @since or t.settled = 0))
        """,
        new { account, task, since });

    /// <summary>Cards in their order; stale when the product is gone or changed since.</summary>
    public static ValueTask<List<CardRow>> Cards(Db db, string task) => db.Many<CardRow>(
        """
        select c.*, (p.id is null or p.version <> c.product_version) as stale
        from task_product c left join product p on p.id = c.product where c.task = @task order by c.position
        """,
        new { task });

    public static ValueTask<int> InsertCard(Db db, CardRow card) => db.Execute(
        """
        insert into task_product (task, id, position, product, product_version, title, link, price, currency, thumbnail_url)
        values (@Task, @Id, @Position, @Product, @ProductVersion, @Title, @Link, @Price, @Currency, @ThumbnailUrl)
        """, card);

    public static ValueTask<int> DeleteCards(Db db, string task) => db.Execute("delete from task_product where task = @task", new { task });

    public static ValueTask<int> DeleteCard(Db db, string task, string id) =>
        db.Execute("delete from task_product where task = @task and id = @id", new { task, id });

    /// <summary>Somebody sent this content to themselves.</summary>
    public static ValueTask<int> Tested(Db db, string task, string digest, string uid) => db.Execute(
        """
        insert into task_test (task, content_digest, uid, at) values (@task, @digest, @uid, @now)
        on conflict (task, content_digest) do update set uid = excluded.uid, at = excluded.at
        """,
        new { task, digest, uid, now = db.Now });

    /// <summary>Whether this content was tested; null when none of the task ever was.</summary>
    public static ValueTask<bool?> WasTested(Db db, string task, string digest) =>
        db.One<bool?>("select max(case when content_digest = @digest then 1 else 0 end) from task_test where task = @task", new { task, digest });
}
