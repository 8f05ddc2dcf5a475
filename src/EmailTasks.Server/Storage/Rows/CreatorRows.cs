using System.Text.Json;
using EmailTasks.Core.Planning;
using EmailTasks.Core.Recipients;
using EmailTasks.Core.Tasks;

namespace EmailTasks.Server.Storage.Rows;

/// <summary>A person as the account keeps them.</summary>
public sealed class CreatorRow
{
    /// <summary>Who wrote it last: person or agent; null is of before, and a person's.</summary>
    public string? EditedActor { get; init; }

    public required string Id { get; init; }
    public long No { get; init; }
    public required string Name { get; init; }
    public required string Platform { get; init; }
    public required string ChannelId { get; init; }
    public string? Country { get; init; }
    public required string Addresses { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
}

/// <summary>A creator to keep: checked, its addresses parsed.</summary>
public sealed record NewCreator(string Id, string Name, string Platform, string ChannelId, string? Country, IReadOnlyList<EmailAddress> Addresses)
{
    /// <summary>The addresses as they are stored with the creator.</summary>
    public string Stored => JsonSerializer.Serialize([.. Addresses.Select(a => a.Text)], StoredJson.Default.ListString);
}

/// <summary>An address that was looked up for a row that brings none.</summary>
public sealed class CreatorAddress
{
    /// <summary>The creator's id, or platform and channel as <see cref="CreatorRows.ChannelKey"/>.</summary>
    public required string Asked { get; init; }
    public required string Creator { get; init; }
    public required string Name { get; init; }
    public string? Address { get; init; }
}

/// <summary>One recipient row of a started task.</summary>
public sealed class PersonMail
{
    public required string TaskId { get; init; }
    public required string TaskName { get; init; }
    public long No { get; init; }
    public MailTaskStatus Status { get; init; }
    public long SetId { get; init; }
    public long Seq { get; init; }
    public required string Address { get; init; }
    public string? CreatorId { get; init; }
    public RecipientState State { get; init; }
    public string? Reason { get; init; }
    public long? StateAt { get; init; }
    public bool Seen { get; init; }
    public long? BouncedAt { get; init; }
    public long? RepliedAt { get; init; }
    public long? OpenedAt { get; init; }
    public long? ClickedAt { get; init; }
    public long? UnsubscribedAt { get; init; }
    public long? ComplainedAt { get; init; }
}

/// <summary>Statements over creators. Lists of keys go in as one JSON array: 10,000 look-ups are one statement.</summary>
public static class CreatorRows
{
    public static ValueTask<CreatorRow?> Load(Db db, string account, string id) =>
        db.One<CreatorRow>("select * from creator where account = @account and id = @id", new { account, id });

    public static ValueTask<long> Count(Db db, string account) => db.One<long>("select count(*) from creator where account = @account", new { account });

    public static ValueTask<Listed<CreatorRow>> List(Db db, string account, string? keyword, PageAsk page)
    {
        var where = new Where("account = @account", new { account });
        if (keyword is not null) where.And(db.Sql.Contains("search", "@keyword"), new { keyword = Search.Fold(keyword) });
        return Paging.NewestFirst<CreatorRow>(db, "creator", where, page, r => r.No.ToString(), "no");
    }

    /// <summary>Which of these are there already.</summary>
    public static async ValueTask<Dictionary<string, CreatorRow>> Known(Db db, string account, IEnumerable<string> ids) =>
        (await db.Many<CreatorRow>($"select c.* from {db.Sql.EachText("@ids")} {db.Sql.FromLeft} creator c on c.account = @account and c.id = j.value", new { account, ids = db.Sql.List(ids) }))
        .ToDictionary(c => c.Id, StringComparer.Ordinal);

    /// <summary>The highest number given to a creator of the account.</summary>
    public static ValueTask<long> LastNo(Db db, string account) => db.One<long>("select coalesce(max(no), 0) from creator where account = @account", new { account });

    /// <summary>Adds a creator, or changes the one of that id; its addresses are replaced.</summary>
    public static async ValueTask Put(Db db, string account, NewCreator c, long no)
    {
        await db.Execute(
            """
            insert into creator (account, id, no, name, platform, platform_key, channel_id, country, addresses, search, created_at, updated_at, edited_actor)
            values (@account, @Id, @no, @Name, @Platform, @key, @ChannelId, @Country, @Stored, @search, @now, @now, @Actor)
            on conflict (account, id) do update set name = excluded.name, platform = excluded.platform, platform_key = excluded.platform_key,
              channel_id = excluded.channel_id, country = excluded.country, addresses = excluded.addresses, search = excluded.search, updated_at = excluded.updated_at, edited_actor = excluded.edited_actor
            """,
            new { account, c.Id, no, c.Name, c.Platform, key = Search.Fold(c.Platform), c.ChannelId, c.Country, c.Stored, search = Search.Fold([c.Id, c.Name, c.ChannelId, .. c.Addresses.Select(a => a.Key)]), now = db.Now, db.By?.Actor });
        await db.Execute("delete from creator_address where account = @account and creator = @Id", new { account, c.Id });
        for (var i = 0; i < c.Addresses.Count; i++)
        {
            await db.Execute("insert into creator_address (account, creator, position, address, address_key) values (@account, @Id, @i, @Text, @Key)",
                new { account, c.Id, i, c.Addresses[i].Text, c.Addresses[i].Key });
        }
    }

    /// <summary>A channel as one text, for looking answers up again.</summary>
    public static string ChannelKey(string platform, string channel) => Search.Fold(platform) + '\n' + channel;

    /// <summary>The addresses of creators by id; a creator without one comes once, with none.</summary>
    public static ValueTask<List<CreatorAddress>> ById(Db db, string account, IEnumerable<string> ids) => db.Many<CreatorAddress>(
        $"""
        select c.id as asked, c.id as creator, c.name, a.address from {db.Sql.EachText("@ids")} {db.Sql.FromLeft} creator c on c.account = @account and c.id = j.value
        left join creator_address a on a.account = c.account and a.creator = c.id order by c.id, a.position
        """,
        new { account, ids = db.Sql.List(ids) });

    /// <summary>The same by platform and channel.</summary>
    public static ValueTask<List<CreatorAddress>> ByChannel(Db db, string account, IReadOnlyCollection<(string Platform, string Channel)> channels) => db.Many<CreatorAddress>(
        $"""
        select c.platform_key || @line || c.channel_id as asked, c.id as creator, c.name, a.address
        from {db.Sql.EachPair("@platforms", "@ids")} {db.Sql.FromLeft} creator c on c.account = @account and c.platform_key = j.a and c.channel_id = j.b
        left join creator_address a on a.account = c.account and a.creator = c.id order by c.id, a.position
        """,
        new { account, line = "\n", platforms = db.Sql.List(channels.Select(c => Search.Fold(c.Platform))), ids = db.Sql.List(channels.Select(c => c.Channel)) });

    /// <summary>What an address was mailed by started tasks, newest task first.</summary>
    public static ValueTask<Listed<PersonMail>> MailsTo(Db db, string account, string addressKey, PageAsk page) =>
        Mails(db, new { account, addressKey }, "(select set_id, seq from recipient where account = @account and address_key = @addressKey)", page);

    /// <summary>
    /// What a creator was mailed: rows that name them, and rows to their imported addresses that name nobody (an agency's
    /// address serves several persons).
    /// </summary>
    public static ValueTask<Listed<PersonMail>> MailsOf(Db db, string account, string creator, PageAsk page) => Mails(
        db, new { account, creator },
        """
        (select set_id, seq from recipient where account = @account and creator_id = @creator
         union select q.set_id, q.seq from creator_address a join recipient q on q.account = @account and q.address_key = a.address_key and q.creator_id is null
         where a.account = @account and a.creator = @creator)
        """,
        page);

    private static async ValueTask<Listed<PersonMail>> Mails(Db db, object args, string rows, PageAsk page)
    {
        var where = new Where("t.started_at is not null", args);
        var from = $"{rows} k join recipient o on o.set_id = k.set_id and o.seq = k.seq join task t on t.set_id = k.set_id";
        var total = await db.One<long>($"select count(*) from (select 1 from {from} where {where.Sql} limit {PageAsk.CountMax + 1}) counted", where.Args);
        if (page.Cursor is { } cursor) where.And("(t.no < @no or (t.no = @no and o.seq > @seq))", new { no = long.Parse(cursor.Split('-')[0]), seq = long.Parse(cursor.Split('-')[1]) });
        where.Args.AddDynamicParams(new { since = db.Now - Lookback.SeenMicros, take = page.Size + 1, skip = page.Cursor is null ? ((page.Number ?? 1) - 1) * (long)page.Size : 0 });
        var found = await db.Many<PersonMail>(
            $"""
            select t.id as task_id, t.name as task_name, t.no, t.status, o.set_id, o.seq, o.address, o.creator_id, o.state, o.reason, o.state_at, {RecipientRows.Mailed} as seen,
              o.bounced_at, o.replied_at, o.opened_at, o.clicked_at, o.unsubscribed_at, o.complained_at
            from {from} where {where.Sql} order by t.no desc, o.seq limit @take offset @skip
            """,
            where.Args);
        return Paging.Cut(found, page, total, r => $"{r.No}-{r.Seq}");
    }
}
