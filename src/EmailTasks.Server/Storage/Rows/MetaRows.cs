namespace EmailTasks.Server.Storage.Rows;

/// <summary>Statements over what the whole database has one of.</summary>
public static class MetaRows
{
    /// <summary>The database's own id. Two that have the same one were the same once.</summary>
    public const string DatabaseId = "database_id";

    /// <summary>Where the rows lay when somebody last said that it is right so.</summary>
    public const string Place = "place";

    public static ValueTask<string?> Get(Db db, string key) => db.One<string>("select value from meta where key = @key", new { key });

    /// <summary>The value, which is this one when there was none.</summary>
    public static async ValueTask<string> GetOrAdd(Db db, string key, string value)
    {
        await db.Execute("insert into meta (key, value) values (@key, @value) on conflict (key) do nothing", new { key, value });
        return (await Get(db, key))!;
    }

    public static ValueTask<int> Set(Db db, string key, string value) =>
        db.Execute("insert into meta (key, value) values (@key, @value) on conflict (key) do update set value = excluded.value", new { key, value });
}
