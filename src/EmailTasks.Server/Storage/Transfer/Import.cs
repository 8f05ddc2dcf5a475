using Dapper;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Storage.Transfer;

/// <summary>Puts the rows of a checked file into an empty database, in pieces; until the last one is in, no server starts on it.</summary>
internal static class Import
{
    private const int Piece = 1_000;

    /// <summary>Puts them in.</summary>
    public static async Task Run(IStore store, ExportReader file)
    {
        await store.Write(db => MetaRows.Set(db, Tables.Importing, "1"));
        foreach (var rows in file.Rows().Chunk(Piece))
        {
            await store.Write(async db =>
            {
                foreach (var row in rows) await Insert(db, row);
                return true;
            });
        }
    }

    /// <summary>Everything is in and in order: servers may start.</summary>
    public static Task<int> End(IStore store) => store.Write(async db =>
    {
        foreach (var (table, column) in db.Sql.Identities is { } query ? await db.Many<(string Table, string Column)>(query) : [])
            await db.One<long?>($"select setval(pg_get_serial_sequence('{table}', '{column}'), (select coalesce(max({Tables.Quoted(column)}), 1) from {Tables.Quoted(table)}))");
        return await db.Execute("delete from meta where key = @Importing", new { Tables.Importing });
    });

    private static async ValueTask Insert(Db db, ExportedRow row)
    {
        var args = new DynamicParameters();
        for (var i = 0; i < row.Values.Length; i++) args.Add($"p{i}", row.Values[i]);
        var columns = string.Join(", ", row.Columns.Select(Tables.Quoted));
        var values = string.Join(", ", row.Columns.Select((_, i) => $"@p{i}"));
        await db.Execute($"insert into {Tables.Quoted(row.Table)} ({columns}) values ({values})", args);
    }
}
