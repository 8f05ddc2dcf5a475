using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Microsoft.Data.Sqlite;

namespace EmailTasks.Chaos;

/// <summary>
/// The negative control for duplicates: what most job queues do. A worker takes a job for a while; whoever does not report
/// in time is believed dead and the job goes to the next one. Through the same kills, pauses and mail server the same
/// verdict must find people who were mailed twice.
/// </summary>
internal sealed class VisibilityTimeout(Seed seed) : IDisposable
{
    private const int Jobs = 600;
    private const int Workers = 6;
    private const int Claim = 5;
    private const double Dies = 0.03;
    private const double StandsStill = 0.03;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(40);

    private readonly SqliteConnection _database = new("Data Source=:memory:");
    private readonly Lock _gate = new();

    /// <summary>Sends, and answers what the verdict found.</summary>
    public async Task<Verdict> Run()
    {
        _database.Open();
        Execute("create table job (address text primary key, done integer not null default 0, hidden_until integer not null default 0)");
        for (var i = 0; i < Jobs; i++) Execute("insert into job (address) values ($address)", ("$address", $"q{i}@d{i % 50}.example"));
        var faults = new SinkFaults(seed);
        await using var sink = SmtpSink.Start(faults.Script, new SinkOptions { KeepMessageId = true });
        using var limit = new CancellationTokenSource(Longest);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(i => Work(sink, seed.For($"worker {i}"), limit.Token)));
        var verdict = new Verdict();
        verdict.JudgeDuplicates([.. sink.Dotted]);
        return verdict;
    }

    public void Dispose() => _database.Dispose();

    private async Task Work(SmtpSink sink, Random random, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested && Open() > 0)
        {
            var claimed = Take();
            if (claimed.Count == 0) await Task.Delay(50, CancellationToken.None);
            foreach (var address in claimed)
            {
                await Send(sink, address);
                var chance = random.NextDouble();
                if (chance < Dies) break; // its successor knows nothing of what it had
                if (chance < Dies + StandsStill) await Task.Delay(Timeout * 1.5, CancellationToken.None);
                Execute("update job set done = 1 where address = $address", ("$address", address));
            }
        }
    }

    private static async Task Send(SmtpSink sink, string address)
    {
        var opening = await SmtpSession.OpenAsync(GateOff.Settings(sink), CancellationToken.None);
        if (opening.Session is not { } session) return;
        await using var _ = session;
        using var mail = GateOff.Mail(address);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await session.SendAsync(mail, GateOff.From, address, new DotGate(() => true), patience.Token);
    }

    private List<string> Take()
    {
        lock (_gate)
        {
            var now = Environment.TickCount64;
            using var command = Command("update job set hidden_until = $until where address in (select address from job where done = 0 and hidden_until <= $now limit $n) returning address",
                ("$until", now + (long)Timeout.TotalMilliseconds), ("$now", now), ("$n", Claim));
            using var reader = command.ExecuteReader();
            var taken = new List<string>();
            while (reader.Read()) taken.Add(reader.GetString(0));
            return taken;
        }
    }

    private long Open()
    {
        lock (_gate)
        {
            using var command = Command("select count(*) from job where done = 0");
            return (long)command.ExecuteScalar()!;
        }
    }

    private void Execute(string sql, params (string, object)[] values)
    {
        lock (_gate)
        {
            using var command = Command(sql, values);
            command.ExecuteNonQuery();
        }
    }

    private SqliteCommand Command(string sql, params (string Name, object Value)[] values)
    {
        var command = _database.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        return command;
    }
}
