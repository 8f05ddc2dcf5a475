using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Storage.Transfer;

/// <summary>Which rows move from one installation to another: all of them, but for what belongs to the place.</summary>
internal static class Tables
{
    /// <summary>Written while an import runs. A server does not start on half an installation.</summary>
    public const string Importing = "importing";

    private static readonly string[] OfThePlace = ["node", "schema_version"];

    /// <summary>What in <c>meta</c> stays behind: clock, place, identity, standstill.</summary>
    private static readonly HashSet<string> KeysOfThePlace = new(StringComparer.Ordinal) { "clock_high_water", MetaRows.Place, MetaRows.DatabaseId, StandstillRows.Key, Importing };

    /// <summary>The tables that move, by name.</summary>
    public static async ValueTask<List<string>> All(Db db) =>
        [.. (await db.Many<string>(db.Sql.Tables)).Except(OfThePlace, StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Whether a row moves.</summary>
    public static bool Moves(string table, IReadOnlyList<object?> row) => table != "meta" || !KeysOfThePlace.Contains((string)row[0]!);

    /// <summary>A name as a table's or column's, also where it is a word of the language.</summary>
    public static string Quoted(string name) => $"\"{name}\"";

    /// <summary>The first table with rows in it, or null: an import needs an empty place.</summary>
    public static async ValueTask<string?> FirstNotEmpty(Db db)
    {
        foreach (var table in await All(db))
        {
            if (table != "meta" && await db.One<long>($"select count(*) from (select 1 from {Quoted(table)} limit 1) one") > 0) return table;
        }
        return null;
    }
}
