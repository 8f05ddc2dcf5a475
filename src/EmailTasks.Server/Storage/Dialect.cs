using System.Text.Json;

namespace EmailTasks.Server.Storage;

/// <summary>
/// The few things the two databases say differently. Everything else is SQL that both read alike; the conformance suite
/// runs every statement on both.
/// </summary>
public abstract class Dialect
{
    private Dialect()
    {
    }

    /// <summary>SQLite: one writer at a time, so nothing needs a lock.</summary>
    public static Dialect Sqlite { get; } = new OfSqlite();

    /// <summary>PostgreSQL.</summary>
    public static Dialect Postgres { get; } = new OfPostgres();

    /// <summary>Behind a select: nobody else changes these rows before this transaction ends.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Behind a select: these rows stay as they are, and others may rely on the same.</summary>
    public abstract string ForShare { get; }

    /// <summary>A join that is driven from its left side. SQLite would otherwise walk the large table.</summary>
    public abstract string FromLeft { get; }

    /// <summary>Behind a select: the rows of the table with this alias are held, in this order.</summary>
    public abstract string Hold(string alias, string order);

    /// <summary>Behind a select: takes these rows of the table with this alias, and leaves out what others hold.</summary>
    public abstract string SkipLocked(string alias);

    /// <summary>A list as a parameter.</summary>
    public abstract object List(IEnumerable<string> values);

    /// <summary>A list as a parameter.</summary>
    public abstract object List(IEnumerable<long> values);

    /// <summary>The condition that a column is among the texts of a list parameter.</summary>
    public abstract string AmongTexts(string column, string list);

    /// <summary>The condition that a column is among the numbers of a list parameter.</summary>
    public abstract string AmongNumbers(string column, string list);

    /// <summary>A list parameter as a table <c>j</c> with a column <c>value</c>.</summary>
    public abstract string EachText(string list);

    /// <summary>The same for numbers.</summary>
    public abstract string EachNumber(string list);

    /// <summary>Two list parameters of the same length as a table <c>j</c> with columns <c>a</c> and <c>b</c>.</summary>
    public abstract string EachPair(string listA, string listB);

    /// <summary>The condition that a text contains another, compared as it is.</summary>
    public abstract string Contains(string column, string part);

    /// <summary>The names of all tables.</summary>
    public abstract string Tables { get; }

    /// <summary>Tables and columns whose next number must be told after rows were put in; null where the database sees for itself.</summary>
    public abstract string? Identities { get; }

    private sealed class OfSqlite : Dialect
    {
        public override string ForUpdate => "";

        public override string ForShare => "";

        public override string FromLeft => "cross join";

        public override string Hold(string alias, string order) => "";

        public override string SkipLocked(string alias) => "";

        public override object List(IEnumerable<string> values) => JsonSerializer.Serialize([.. values], StoredJson.Default.ListString);

        public override object List(IEnumerable<long> values) => JsonSerializer.Serialize([.. values], StoredJson.Default.ListInt64);

        public override string AmongTexts(string column, string list) => $"{column} in (select value from json_each({list}))";

        public override string AmongNumbers(string column, string list) => AmongTexts(column, list);

        public override string EachText(string list) => $"json_each({list}) j";

        public override string EachNumber(string list) => EachText(list);

        public override string EachPair(string listA, string listB) =>
            $"(select x.value as a, y.value as b from json_each({listA}) x join json_each({listB}) y on y.key = x.key) j";

        public override string Tables => "select name from sqlite_master where type = 'table' and substr(name, 1, 7) <> 'sqlite_'";

        public override string? Identities => null;

        public override string Contains(string column, string part) => $"instr({column}, {part}) > 0";
    }

    private sealed class OfPostgres : Dialect
    {
        public override string ForUpdate => " for no key update";

        public override string ForShare => " for share";

        public override string FromLeft => "join";

        public override string Hold(string alias, string order) => $" order by {order} for no key update of {alias}";

        public override string SkipLocked(string alias) => $" for no key update of {alias} skip locked";

        public override object List(IEnumerable<string> values) => values.ToArray();

        public override object List(IEnumerable<long> values) => values.ToArray();

        public override string AmongTexts(string column, string list) => $"{column} = any({list}::text[])";

        public override string AmongNumbers(string column, string list) => $"{column} = any({list}::bigint[])";

        public override string EachText(string list) => $"unnest({list}::text[]) j (value)";

        public override string EachNumber(string list) => $"unnest({list}::bigint[]) j (value)";

        public override string EachPair(string listA, string listB) => $"unnest({listA}::text[], {listB}::text[]) j (a, b)";

        public override string Tables => "select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'";

        public override string Identities => "select table_name, column_name from information_schema.columns where table_schema = current_schema() and is_identity = 'YES'";

        public override string Contains(string column, string part) => $"strpos({column}, {part}) > 0";
    }
}
