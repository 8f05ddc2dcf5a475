using System.Data.Common;
using System.Diagnostics;
using EmailTasks.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EmailTasks.Bench;

/// <summary>A report and a page of recipients over a task of millions, against the same over a task of 10,000, in turns; on both databases.</summary>
internal static class Reports
{
    private const int Small = 10_000;
    private const int Piece = 500_000;
    private const int Calls = 300;
    private const int WarmUp = 100;

    public static async Task<IReadOnlyList<Line>> Measure(string server, int people)
    {
        var lines = new List<Line>();
        lines.AddRange(await On("SQLite", server, people, null));
        var cluster = await PostgresCluster.Start("max_wal_size=4GB", "synchronous_commit=on");
        lines.AddRange(await On("PostgreSQL", server, people, await cluster.Create("email_tasks")));
        await cluster.Stop();
        return lines;
    }

    private static async Task<IReadOnlyList<Line>> On(string store, string server, int people, string? database)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-reports-").FullName;
        var mail = new BenchMail("Hello {{ name }}", "Hi {{ name }}", "<p>Hi {{ name }}</p>");
        string small, large;
        using (var maker = await OurServer.Start(server, 25, 1, folder, database))
        {
            small = await maker.Ready(mail, 0, Small);
            large = await maker.Ready(mail with { Subject = "Large" }, 0, 1);
        }
        var clock = Stopwatch.StartNew();
        await using (var db = Open(folder, database)) await Fill(db, store, small, large, people);
        Console.Error.WriteLine($"{store}: {people:n0} recipients loaded in {clock.Elapsed.TotalSeconds:0} s");
        using var ours = await OurServer.Start(server, 25, 1, folder, database);
        var seq = (long)(people * 0.9);
        var report = await InTurns(ours, $"/v1/email-tasks/{small}/report", $"/v1/email-tasks/{large}/report");
        var page = await InTurns(ours, $"/v1/email-tasks/{large}/recipients", $"/v1/email-tasks/{large}/recipients?cursor={seq}");
        var told = (await ours.Get($"/v1/email-tasks/{large}/report")).GetProperty("sent_count").GetInt64();
        if (told != people) throw new InvalidOperationException($"The report says {told} of {people}.");
        ours.Forget(); // and the folder goes with it
        return [.. Both($"{store}: report", $"of {Small:n0}", $"of {people:n0}", report), .. Both($"{store}: 20 recipients", "first page", "at 90 %", page)];
    }

    private static IEnumerable<Line> Both(string what, string first, string second, (List<double> First, List<double> Second) times)
    {
        var of = Line.MedianOf(times.First);
        return [new Line(what, first, of, "ms", 1, ""), new Line("", second, Line.MedianOf(times.Second), "ms", Line.MedianOf(times.Second) / of, "")];
    }

    private static async Task<(List<double> First, List<double> Second)> InTurns(OurServer ours, string first, string second)
    {
        var times = (First: new List<double>(), Second: new List<double>());
        for (var i = -WarmUp; i < Calls; i++)
        {
            foreach (var (path, to) in new[] { (first, times.First), (second, times.Second) })
            {
                var at = Stopwatch.GetTimestamp();
                await ours.Get(path);
                if (i >= 0) to.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            }
        }
        return times;
    }

    private static DbConnection Open(string folder, string? database)
    {
        DbConnection db = database is null ? new SqliteConnection($"Data Source={Path.Combine(folder, "email-tasks.db")};Pooling=False") : new NpgsqlConnection(database + ";Command Timeout=0");
        db.Open();
        return db;
    }

    /// <summary>Rows as a send would have left them, written past the server, which is stopped: ten million calls would take hours.</summary>
    private static async Task Fill(DbConnection db, string store, string small, string large, int people)
    {
        // Loading is not what is measured: its pages stay in memory, and a crash would only mean to load again.
        if (store == "SQLite") await Execute(db, "pragma cache_size = -2000000; pragma synchronous = off");
        var sent = TimeProvider.System.GetUtcNow().AddHours(-2).ToUnixTimeMilliseconds() * 1_000;
        for (var from = 2; from <= people; from += Piece)
        {
            var to = Math.Min(people, from + Piece - 1);
            var numbers = store == "SQLite" ? $"(with recursive n(i) as (select {from} union all select i + 1 from n where i < {to}) select i from n) n" : $"generate_series({from}, {to}) n(i)";
            await Execute(db,
                $"""
                insert into recipient (set_id, seq, account, address, address_key, domain, name, search)
                select t.set_id, n.i, t.account, 'r' || n.i || '@d' || (n.i % 1000) || '.example', 'r' || n.i || '@d' || (n.i % 1000) || '.example', 'd' || (n.i % 1000) || '.example',
                  'Creator ' || n.i, 'r' || n.i || '@d' || (n.i % 1000) || '.example creator ' || n.i
                from task t cross join {numbers} where t.id = '{large}'
                """);
        }
        await Execute(db, $"update recipient set state = 2, attempt = 1, tries = 1, state_at = {sent}, begun_at = {sent}, done_at = {sent} where set_id in (select set_id from task where id in ('{small}', '{large}'))");
        await Execute(db, $"delete from task_counter where set_id in (select set_id from task where id in ('{small}', '{large}'))");
        await Execute(db,
            $"""
            insert into task_counter (set_id, shard, sent, first_sent_at, last_sent_at)
            select set_id, seq % 8, count(*), {sent}, {sent} from recipient where set_id in (select set_id from task where id in ('{small}', '{large}')) group by set_id, seq % 8
            """);
        if (store != "SQLite") await Execute(db, "analyze");
    }

    private static async Task Execute(DbConnection db, string sql)
    {
        await using var command = db.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }
}
