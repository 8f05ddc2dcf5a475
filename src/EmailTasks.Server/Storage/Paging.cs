using System.Text;
using Dapper;

namespace EmailTasks.Server.Storage;

/// <summary>Which page is asked for: by number or after a cursor, never both.</summary>
public sealed record PageAsk(int Size, int? Number, string? Cursor)
{
    /// <summary>Where counting stops when no counter tells.</summary>
    public const int CountMax = 10_000;
}

/// <summary>A page's rows and how many there are in all.</summary>
public sealed record Listed<T>(List<T> Rows, long Total, bool IsLowerBound, string? NextCursor);

/// <summary>A condition that grows, with its arguments.</summary>
public sealed class Where(string first, object args)
{
    private readonly StringBuilder _sql = new(first);

    /// <summary>The arguments so far.</summary>
    public DynamicParameters Args { get; } = new(args);

    /// <summary>The condition so far.</summary>
    public string Sql => _sql.ToString();

    /// <summary>Adds a condition.</summary>
    public void And(string sql, object? more = null)
    {
        _sql.Append(" and ").Append(sql);
        if (more is not null) Args.AddDynamicParams(more);
    }
}

/// <summary>Pages over tables whose key is their order.</summary>
public static class Paging
{
    /// <summary>Newest first by id. Counting stops at <see cref="PageAsk.CountMax"/>: nobody pages beyond it by number.</summary>
    /// <param name="column">The key's column; numbers come later the larger they are.</param>
    public static async ValueTask<Listed<T>> NewestFirst<T>(Db db, string table, Where where, PageAsk page, Func<T, string> key, string column = "id")
    {
        var total = await db.One<long>($"select count(*) from (select 1 from {table} where {where.Sql} limit {PageAsk.CountMax + 1}) counted", where.Args);
        if (page.Cursor is { } cursor) where.And($"{column} < @cursor", new { cursor = column == "id" ? cursor : (object)long.Parse(cursor) });
        where.Args.AddDynamicParams(new { take = page.Size + 1, skip = page.Cursor is null ? ((page.Number ?? 1) - 1) * (long)page.Size : 0 });
        var rows = await db.Many<T>($"select * from {table} where {where.Sql} order by {column} desc limit @take offset @skip", where.Args);
        return Cut(rows, page, total, key);
    }

    /// <summary>Cuts the one row too many that tells whether there is a next page.</summary>
    public static Listed<T> Cut<T>(List<T> rows, PageAsk page, long total, Func<T, string> key)
    {
        var more = rows.Count > page.Size;
        if (more) rows.RemoveAt(rows.Count - 1);
        var bounded = total > PageAsk.CountMax;
        return new Listed<T>(rows, bounded ? PageAsk.CountMax : total, bounded, more ? key(rows[^1]) : null);
    }
}

/// <summary>Text folded for searching: done here, because databases fold differently.</summary>
public static class Search
{
    /// <summary>Lower case by Unicode's simple mapping, whatever the language; accents stay.</summary>
    public static string Fold(params string?[] parts) => string.Join('\n', parts.Where(p => !string.IsNullOrEmpty(p))).ToLowerInvariant();
}
