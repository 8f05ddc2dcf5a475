using System.Diagnostics;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests;

/// <summary>A million recipients are planned, replaced and cancelled while others are mailed.</summary>
[Collection(Alone.Name)]
public sealed class LargePlanTests
{
    private const int Million = 1_000_000;

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Sending_does_not_stand_still_while_a_million_recipients_are_planned(StoreKind store)
    {
        await using var sink = SmtpSink.Start(SmtpSink.At(SinkStep.Dot, SinkReply.DefaultAfter(TimeSpan.FromMilliseconds(5))));
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port);
        var large = await server.Ready(1, mailbox, "A million");
        await Fill(server, large);
        var small = await server.Ready(20_000, mailbox, "Others");
        await server.Send(small);
        await Worlds.Until(() => Task.FromResult(sink.Dotted.Count() > 100), what: "mail");

        var started = Stopwatch.GetTimestamp();
        var plan = (await server.Post($"/v1/email-tasks/{large}/send", force: false)).Ok();
        var ended = Stopwatch.GetTimestamp();
        Assert.Equal("ready", plan.Text("verdict"));
        Assert.Equal(Million, plan.Number("mails_to_send"));

        var first = Stopwatch.GetTimestamp();
        (await server.Call("POST", $"/v1/email-tasks/{large}/send", plan: plan.Text("plan_digest"))).Ok();
        var recheck = Stopwatch.GetElapsedTime(first);
        (await server.Post($"/v1/email-tasks/{large}/cancel")).Ok();

        var stamps = sink.Dotted.Select(t => t.DotStamp!.Value).Where(t => t >= started && t <= ended).Order().ToList();
        var gap = stamps.Prepend(started).Append(ended).Zip(stamps.Append(ended), Stopwatch.GetElapsedTime).Max();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"plan of {Million:N0}: {Stopwatch.GetElapsedTime(started, ended).TotalSeconds:F1} s; {stamps.Count} mails meanwhile, longest gap {gap.TotalMilliseconds:F0} ms; start of the unchanged plan {recheck.TotalMilliseconds:F0} ms");
        Assert.True(stamps.Count > 100, $"Only {stamps.Count} mails left while the plan was made.");
        Assert.True(gap < TimeSpan.FromSeconds(2), $"Sending stood still for {gap}.");
        (await server.Post($"/v1/email-tasks/{small}/cancel")).Ok();
        await server.Settled(small);
        await server.Settled(large);
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Replace_delete_all_and_copy_of_a_million_answer_at_once(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(1, await server.Pickup());
        await Fill(server, task);
        var times = new List<string>();
        async Task<Reply> Timed(string what, Func<Task<Reply>> call)
        {
            var started = Stopwatch.GetTimestamp();
            var reply = (await call()).Ok();
            times.Add($"{what} {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2), times[^1]);
            return reply;
        }
        var copy = await Timed("copy", () => server.Post($"/v1/email-tasks/{task}/copy", new { recipients = "all" }));
        Assert.True(copy.At("copying").GetBoolean());
        var busy = await server.Post($"/v1/email-tasks/{copy.Text("task_id")}/send", force: false);
        Assert.Equal("ASYNC_NOT_READY", busy.ErrorCode);
        await Timed("replace", () => server.Put($"/v1/email-tasks/{task}/recipients", new { recipients = new[] { new { email_address = "one@d.example" } } }));
        Assert.Equal(1, (await server.Get($"/v1/email-tasks/{task}")).Number("counts.recipient_count"));
        await Worlds.Until(async () => !(await server.Get($"/v1/email-tasks/{copy.Text("task_id")}")).At("copying").GetBoolean(), 120, "the copy");
        Assert.Equal(Million, (await server.Get($"/v1/email-tasks/{copy.Text("task_id")}")).Number("counts.recipient_count"));
        var deleted = await Timed("delete all", () => server.Post($"/v1/email-tasks/{copy.Text("task_id")}/recipients/delete", new { all = true }));
        Assert.Equal(Million, deleted.Number("deleted"));
        await Timed("list", () => server.Get($"/v1/email-tasks/{task}/recipients"));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", times));
    }

    /// <summary>Fills a task's set up to a million in one statement: the test is about what comes after.</summary>
    private static Task<int> Fill(TestServer server, string task) => server.App.Store.Write(async db =>
    {
        await db.Execute(
            """
            with recursive n(i) as (select 1 union all select i + 1 from n where i < @last)
            insert into recipient (set_id, seq, account, address, address_key, domain, name, variables, search)
            select t.set_id, 10 + i, t.account, 'm' || i || '@d' || (i % 500) || '.example', 'm' || i || '@d' || (i % 500) || '.example', 'd' || (i % 500) || '.example',
              'Creator ' || i, '{"code":"CODE-' || i || '-END"}', '' from n join task t on t.id = @task
            """,
            new { task, last = Million - 1 });
        await db.Execute("update task set next_seq = 10 + @last + 1, version = version + 1 where id = @task", new { task, last = Million });
        return await db.Execute(
            "insert into task_counter (set_id, shard, pending) select set_id, 7, @n from task where id = @task on conflict (set_id, shard) do update set pending = pending + excluded.pending",
            new { task, n = Million - 1 });
    });
}
