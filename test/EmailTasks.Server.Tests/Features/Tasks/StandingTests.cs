using EmailTasks.Contracts;
using EmailTasks.Server.Features.Sending;
using EmailTasks.Server.Features.Tasks;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Tasks;

/// <summary>Summaries hold what decides, and are true when read alone.</summary>
public sealed class StandingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);

    private static TaskView View(string status, long sent = 0, long failed = 0, long uncertain = 0, WaitingView? waiting = null, string? pausedBy = null) => new(
        "tsk_1", "Spring", null, 3, status, false, "usr_1", null, null, [], new CountsView(20, 20 - sent - failed - uncertain, 0, sent, failed, uncertain, 0, 0, 0, 0),
        Noon, false, null, waiting, null, pausedBy, null, new TrackingView(null, null), false, 1, null, null, null, null, Noon, Noon, null, null, null, null, null);

    [Theory]
    [InlineData("1 mail", 1, "2026-12-01:1")]
    [InlineData("22 mails: 10 on Tue 1, 10 on Wed 2, 2 on Thu 3 Dec", 22, "2026-12-01:10 2026-12-02:10 2026-12-03:2")]
    [InlineData("3 mails: 1 on Wed 30, 1 on Thu 31 Dec, 1 on Fri 1 Jan", 3, "2026-12-30:1 2026-12-31:1 2027-01-01:1")]
    [InlineData("17 mails over 9 days: 2 on Tue 1, 2 on Wed 2, 2 on Thu 3 Dec, and so on, the last 1 on Wed 9 Dec", 17, "2026-12-01:2 2026-12-02:2 2026-12-03:2 2026-12-04:2 2026-12-05:2 2026-12-06:2 2026-12-07:2 2026-12-08:2 2026-12-09:1")]
    [InlineData("5 mails", 5, "")]
    public void Mails_are_told_by_day_when_they_take_days(string told, long mails, string days) => Assert.Equal(told, PlanDays.Of(mails,
        [.. days.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(d => new DayView(d.Split(':')[0], long.Parse(d.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)))]));

    [Theory]
    [InlineData("window", true, "wait")]
    [InlineData("day_limit", true, "wait")]
    [InlineData("backoff", true, "wait")]
    [InlineData("mailbox_paused", true, "wait")]
    [InlineData("mailbox_paused", false, "person")]
    [InlineData("approval", false, "person")]
    [InlineData("restore", false, "person")]
    [InlineData("bounce_guard", false, "person")]
    [InlineData("a reason of tomorrow", false, "person")]
    public void Who_must_act_follows_from_what_it_waits_for(string reason, bool until, string who)
    {
        var waiting = new WaitingView(reason, until ? Noon : null, "Fix it.");
        Assert.Equal(who, waiting.Who);
        var sentence = Standing.Of(View("sending", sent: 3, uncertain: 2, waiting: waiting));
        Assert.Contains(who == "wait" ? "nobody need act" : "a person must act", sentence);
        // One subject a sentence: who is uncertain is not whom it waits for.
        Assert.Contains("2 uncertain: a person says what became of them. It waits", sentence);
        Assert.StartsWith("Started, and waiting: 3 of 20 sent.", sentence);
        Assert.DoesNotContain("ending goes on", sentence);
    }

    [Fact]
    public void Each_status_is_a_sentence_of_its_own()
    {
        Assert.Equal("Sending: 3 of 20 sent, 1 failed.", Standing.Of(View("sending", 3, 1)));
        Assert.Equal("Sent: 18 of 20 accepted by the mail server, 1 failed. 1 uncertain: a person says what became of it.", Standing.Of(View("sent", 18, 1, 1)));
        Assert.Equal("Paused by user: 3 of 20 sent. It waits for `email resume`.", Standing.Of(View("paused", 3, pausedBy: "user")));
        Assert.Equal("Paused by guard: 3 of 20 sent, 9 failed. It waits (bounce_guard); a person must act. Look at them.", Standing.Of(View("paused", 3, 9, waiting: new("bounce_guard", null, "Look at them."), pausedBy: "guard")));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_task_whose_mailbox_is_refused_is_never_said_to_go_on(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(9);
        var task = await server.Ready(3, mailbox);
        await server.Send(task);
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).At("waiting") is { ValueKind: not System.Text.Json.JsonValueKind.Null }, what: "the refusal");
        var failing = (await server.Get($"/v1/email-tasks/{task}")).Ok();
        Assert.Equal(("backoff", "wait"), (failing.Text("waiting.reason"), failing.Text("waiting.who")));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, failing.At("next_mail_at").ValueKind);
        (await server.Post($"/v1/mailboxes/{mailbox}/pause")).Ok();
        var paused = (await server.Get($"/v1/email-tasks/{task}")).Ok();
        Assert.Equal(("mailbox_paused", "person"), (paused.Text("waiting.reason"), paused.Text("waiting.who")));
        foreach (var reply in new[] { failing, paused }) Assert.StartsWith("Started, and waiting: 0 of 3 sent. It waits", reply.Summary);
        using var watch = new HttpRequestMessage(HttpMethod.Get, $"/v1/email-tasks/{task}/events");
        watch.Headers.Authorization = new("Bearer", server.AdminKey);
        using var events = await server.Http.SendAsync(watch, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync());
        string? line;
        while ((line = await reader.ReadLineAsync()) is not null && !line.StartsWith("data: ", StringComparison.Ordinal)) { }
        Assert.Contains("\"last_mail_at\":null", line);
        Assert.Contains("\"who\":\"person\"", line);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_dry_run_and_a_start_tell_the_days(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(22, await server.Smtp(9, new { per_day = 10, connections = 1 }));
        Assert.Matches(@"^Dry run, nothing changed\. 22 mails: 10 on \w{3} \d+( \w{3})?, 10 on \w{3} \d+( \w{3})?, 2 on \w{3} \d+ \w{3} would be sent", (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Summary);
        Assert.Matches(@"^Scheduled: 22 mails: 10 on .*; it starts at ", (await server.Schedule(task)).Summary);
        Assert.Matches(@"^Sending has started: 22 mails: 10 on .*, 2 on \w{3} \d+ \w{3}\.", (await server.Post($"/v1/email-tasks/{task}/send")).Ok().Summary);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_report_tells_opt_outs_and_complaints(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(4, await server.Pickup());
        await server.Send(task);
        await server.Settled(task);
        Assert.DoesNotContain("complaint", (await server.Get($"/v1/email-tasks/{task}/report")).Ok().Summary); // nobody could know
        await server.App.Store.Write(async db =>
        {
            await db.Execute("update mailbox set inbound = '{}', inbound_synced_at = 1", new { });
            return await db.Execute("update task_counter set unsubscribed = 2, complained = 1 where set_id = (select set_id from task where id = @task) and sent > 0 and shard = (select min(shard) from task_counter k where k.set_id = task_counter.set_id and k.sent > 0)", new { task });
        });
        Assert.Contains("2 opt-outs, 1 complaint.", (await server.Get($"/v1/email-tasks/{task}/report")).Ok().Summary);
        Assert.Contains("2 opt-outs, 1 complaint.", (await server.Get($"/v1/email-reports/team-summary?task_ids={task}")).Ok().Summary);
    }
}
