using System.Diagnostics;
using System.Net.Http.Headers;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>Two servers, one PostgreSQL, one mailbox: its limit holds over both, and it outlives its owner.</summary>
[Trait(Waits.Trait, Waits.Name)]
public sealed class NodesTests(ITestOutputHelper output)
{
    private const int PerMinute = 60;
    private const int People = 100;
    private const int MovesWithinSeconds = 15;

    [Fact]
    public async Task A_mailbox_moves_when_its_owner_is_killed_and_its_limit_holds_over_both()
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-nodes-").FullName;
        var other = Directory.CreateTempSubdirectory("email-tasks-nodes-").FullName;
        await using var sink = SmtpSink.Start(e => e.Step == SinkStep.Dot ? SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(100)) : null);
        string database, task, mailbox, key;
        await using (var maker = await TestServer.Start(StoreKind.Postgres, folder: folder))
        {
            (database, key) = (maker.App.Options.Database!, maker.AdminKey);
            mailbox = await maker.Smtp(sink.Port, new { connections = 2, per_minute = PerMinute });
            task = await maker.Ready(People, mailbox);
        }
        File.Copy(Path.Combine(folder, "master.key"), Path.Combine(other, "master.key"));
        await using var owner = await ServerProcess.Start(folder, "--database", database);
        await Send(owner.Url, key, task);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > 10), what: "the first mails");
        await using var heir = await ServerProcess.Start(other, "--database", database);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > 25), what: "mails beside a second node");

        var epoch = Epoch(database, mailbox);
        var killed = Stopwatch.GetTimestamp();
        await owner.Kill();
        await Worlds.Until(() => Task.FromResult(Epoch(database, mailbox) > epoch), MovesWithinSeconds, "the move");
        output.WriteLine($"moved after {Stopwatch.GetElapsedTime(killed).TotalSeconds:0.0} s");
        await Worlds.Until(() => Task.FromResult((long)PostgresCluster.Scalar(database, $"select settled from task where id = '{task}'")! == 1), 180, "the end");

        var dots = sink.Dotted.Select(m => m.DotSeenAt!.Value).Order().ToList();
        Assert.Equal(dots.Count, sink.Dotted.Select(m => m.To[0]).Distinct().Count());
        var most = dots.Select((at, i) => dots.Skip(i).TakeWhile(d => d - at < TimeSpan.FromSeconds(60)).Count()).Max();
        output.WriteLine($"{dots.Count} dots, at most {most} within 60 s");
        Assert.InRange(most, 1, PerMinute);
        var states = (string)PostgresCluster.Scalar(database, "select string_agg(state || ':' || n, ' ' order by state) from (select state, count(*) as n from recipient group by state) s")!;
        Assert.Matches(@"^2:\d+( 4:[12])?$", states); // sent, and at most one uncertain for each session that died
    }

    private static async Task Send(string url, string key, string task)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{url}/v1/email-tasks/{task}/send?dry_run=false");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("Idempotency-Key", "send-" + task);
        using var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static long Epoch(string database, string mailbox) => (long)PostgresCluster.Scalar(database, $"select epoch from mailbox where id = '{mailbox}'")!;
}
