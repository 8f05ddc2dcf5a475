using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Mailboxes;

/// <summary>Warm-up and spacing: set at connect and by an update, taken away by null, shown with what holds today.</summary>
public sealed class PaceSettingsTests
{
    private static readonly object Ramp = new { start = 20, step = 10, ceiling = 45 };

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_ramp_begins_when_it_is_set_and_says_what_holds_today(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(9, new { per_day = 40, warm_up = Ramp, spacing = new { min_seconds = 5, max_seconds = 60 } });
        var view = (await server.Get($"/v1/mailboxes/{mailbox}")).Ok();
        Assert.Equal((1, 20, 20), (view.Number("limits.warm_up.day"), view.Number("limits.warm_up.today"), view.Number("limits.per_day_now")));
        Assert.Equal(view.At("limits.warm_up.since").GetDateTimeOffset().AddDays(1), view.At("limits.warm_up.rises_at").GetDateTimeOffset());
        Assert.Equal((5, 60), (view.Number("limits.spacing.min_seconds"), view.Number("limits.spacing.max_seconds")));

        await Age(server, mailbox, days: 1);
        view = (await server.Get($"/v1/mailboxes/{mailbox}")).Ok();
        Assert.Equal((2, 30, 30), (view.Number("limits.warm_up.day"), view.Number("limits.warm_up.today"), view.Number("limits.per_day_now")));
        await Age(server, mailbox, days: 5);
        view = (await server.Get($"/v1/mailboxes/{mailbox}")).Ok();
        Assert.Equal((7, 45, 40), (view.Number("limits.warm_up.day"), view.Number("limits.warm_up.today"), view.Number("limits.per_day_now")));
        Assert.Equal(JsonValueKind.Null, view.At("limits.warm_up.rises_at").ValueKind);
        Assert.Equal(40, (await server.Get("/v1/senders")).Ok().Data.GetProperty("items").EnumerateArray().Single(s => s.GetProperty("sender_id").GetString() == mailbox).GetProperty("limits").GetProperty("per_day_now").GetInt64());
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task The_same_ramp_goes_on_another_begins_anew_and_null_takes_it_away(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(9, new { per_day = 40, warm_up = Ramp });
        await Age(server, mailbox, days: 2);
        var since = (await server.Get($"/v1/mailboxes/{mailbox}")).Ok().Text("limits.warm_up.since");

        var same = (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { limits = new { per_minute = 5, per_day = 40, warm_up = Ramp } })).Ok();
        Assert.Equal((since, 3), (same.Text("limits.warm_up.since"), same.Number("limits.warm_up.day")));
        var again = (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { limits = new { per_minute = 5, per_day = 40, warm_up = Ramp } })).Ok();
        Assert.False(again.At("changed").GetBoolean());
        var named = (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { display_name = "Mia B" })).Ok();
        Assert.Equal(since, named.Text("limits.warm_up.since"));

        var other = (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", new { limits = new { per_day = 40, warm_up = new { start = 20, step = 11, ceiling = 45 } } })).Ok();
        Assert.Equal((1, 20), (other.Number("limits.warm_up.day"), other.Number("limits.per_day_now")));

        var without = (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}?full=true", """{"limits":{"per_day":40,"warm_up":null,"spacing":{"min_seconds":0,"max_seconds":9}}}""")).Ok();
        Assert.Equal((JsonValueKind.Null, 40, 9), (without.At("limits.warm_up").ValueKind, without.Number("limits.per_day_now"), without.Number("limits.spacing.max_seconds")));
        var none = (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}?full=true", """{"limits":null}""")).Ok();
        Assert.All(new[] { "warm_up", "spacing", "per_day_now", "per_day" }, m => Assert.Equal(JsonValueKind.Null, none.At("limits." + m).ValueKind));
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task A_task_says_that_it_waits_for_the_ramp_or_for_a_pause(StoreKind store)
    {
        await using var sink = SmtpSink.Start();
        await using var server = await TestServer.Start(store);
        var mailbox = await server.Smtp(sink.Port, new { warm_up = new { start = 3, step = 1, ceiling = 9 } });
        var task = await server.Ready(5, mailbox);
        var plan = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok();
        Assert.Equal("warm_up", plan.Text("timing.limited_by"));
        Assert.Equal([3L, 2], plan.At("timing.per_day").EnumerateArray().Select(d => d.GetProperty("mails").GetInt64()).Take(2));
        await server.Send(task);
        await Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}")).Number("counts.sent_count") == 3, what: "three mails");
        await Waits(server, task, "warm_up");
        var waiting = await server.Get($"/v1/email-tasks/{task}");
        Assert.Contains("3 mails in 24 hours", waiting.Text("waiting.fix"));

        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", """{"limits":{"spacing":{"min_seconds":3600,"max_seconds":3601}}}""")).Ok();
        await Waits(server, task, "spacing");
        Assert.Equal(3, sink.Dotted.Count());
        var test = await server.Post($"/v1/email-tasks/{task}/test", new { to = "mia@brand.example" });
        Assert.Equal((ErrorCodes.RateLimited, "The mailbox makes a pause between two mails."), (test.ErrorCode, test.Summary));
        (await server.Call("PATCH", $"/v1/mailboxes/{mailbox}", """{"limits":null}""")).Ok();
        Assert.Equal(5, (await server.Settled(task)).Number("counts.sent_count"));
    }

    private static Task Waits(TestServer server, string task, string reason) => Worlds.Until(async () =>
        (await server.Get($"/v1/email-tasks/{task}")).At("waiting") is { ValueKind: JsonValueKind.Object } w && w.GetProperty("reason").GetString() == reason, what: reason);

    private static Task<int> Age(TestServer server, string mailbox, int days) => server.App.Store.Write(db =>
        db.Execute("update mailbox set warm_up_since = warm_up_since - @by where id = @mailbox", new { by = days * 86_400_000_000L, mailbox }));
}
