using System.Net;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Tracking;

/// <summary>The opt-out link: looking at it changes nothing, a POST is committed before it is answered.</summary>
public sealed class UnsubscribeTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Looking_changes_nothing_and_a_post_takes_the_address_out_everywhere_before_it_is_answered(StoreKind store)
    {
        await using var world = await TrackedWorld.Make(store);
        var (server, mail) = (world.Server, world.Mails[Worlds.Address(0)]);
        // Another task with the same people, that may send nothing yet.
        var waiting = await TrackedWorld.Draft(server, 3, "<p>Another {{ name }}</p>");
        (await server.Post($"/v1/mailboxes/{await server.Pickup()}/pause")).Ok();
        await server.Send(waiting);
        var before = await Everything(server);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            for (var i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.OK, (await world.Fetch(mail.OptOut, i % 2 == 0 ? TrackedWorld.Firefox : "Barracuda", method)).Status);
        }
        Assert.Equal(before, await Everything(server));

        using var request = new HttpRequestMessage(HttpMethod.Post, mail.OptOut) { Content = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]) };
        using var response = await server.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, (await server.Get($"/v1/email-tasks/{waiting}")).Ok().Number("counts.suppressed_count"));
        var entry = (await server.Get("/v1/suppressions")).Ok().At("items")[0];
        Assert.Equal((Worlds.Address(0), "unsubscribed", $"link {world.Task}"), (entry.GetProperty("email_address").GetString(), entry.GetProperty("reason").GetString(), entry.GetProperty("source").GetString()));
        (await server.Post($"/v1/mailboxes/{await server.Pickup()}/resume")).Ok();
        Assert.Equal(2, (await server.Settled(waiting)).Number("counts.sent_count"));
        var report = (await server.Get($"/v1/email-tasks/{world.Task}/report?explain=unsubscribe_count")).Ok();
        Assert.Equal(1, report.Number("unsubscribe_count"));

        // Again, by mail programs that try twice: the same answer, and nothing more.
        Assert.Equal(HttpStatusCode.OK, (await world.Fetch(mail.OptOut, method: HttpMethod.Post)).Status);
        Assert.Equal(1, (await server.Get("/v1/suppressions")).Number("total_size"));
        Assert.Equal(1, (await server.Get($"/v1/email-tasks/{world.Task}/report")).Number("unsubscribe_count"));
        Assert.Equal(0, (await server.Get($"/v1/data/verify?task_id={world.Task}")).Ok().Number("difference_count"));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task An_opt_out_is_known_also_where_a_colleague_had_entered_the_address_before(StoreKind store)
    {
        await using var world = await TrackedWorld.Make(store);
        var (server, address) = (world.Server, Worlds.Address(0));
        (await server.Post("/v1/suppressions", new { addresses = new[] { address }, reason = "manual" })).Ok();
        for (var i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.OK, (await world.Fetch(world.Mails[address].OptOut, method: HttpMethod.Post)).Status);
        Assert.Equal(["unsubscribed", "manual"], (await server.Get($"/v1/suppressions/{address}")).Ok().At("entries").EnumerateArray().Select(e => e.GetProperty("reason").GetString()));
        // And the other way round: a colleague's entry beside the opt-out would say nothing new.
        Assert.Equal(1, (await server.Post("/v1/suppressions", new { addresses = new[] { address }, reason = "manual" })).Ok().Number("already"));

        var removed = await server.Post("/v1/suppressions/remove", new { addresses = new[] { address }, reason = "asked for the next campaign" });
        Assert.Equal(1, removed.Ok().Number("removed"));
        Assert.Contains("1 of them had opted out or complained", removed.Summary);
        Assert.False((await server.Get($"/v1/suppressions/{address}")).Ok().At("suppressed").GetBoolean());
    }

    [Fact]
    public async Task The_page_speaks_English_and_Chinese_names_nobody_and_loads_nothing()
    {
        await using var world = await TrackedWorld.Make(StoreKind.Sqlite);
        var mail = world.Mails[Worlds.Address(0)];
        foreach (var (language, word) in new[] { ((string?)null, "Unsubscribe"), ("de,en;q=0.5", "Unsubscribe"), ("zh-CN,zh;q=0.9,en;q=0.8", "退订"), ("en;q=0.3, zh-TW;q=0.7", "退订"), ("*", "Unsubscribe") })
        {
            var (_, _, page) = await world.Fetch(mail.OptOut, language: language);
            Assert.Contains($"<button>{word}</button>", page);
            Assert.DoesNotContain("@", page.Replace("@media", "", StringComparison.Ordinal));
            Assert.DoesNotContain("<script", page);
            Assert.DoesNotContain("http", page.Replace("http-equiv", "", StringComparison.Ordinal));
        }
        Assert.Contains("您已退订", (await world.Fetch(mail.OptOut, method: HttpMethod.Post, language: "zh")).Body);
        Assert.Contains("此链接无效", (await world.Fetch("/u/" + new string('b', 45), language: "zh")).Body);
        using var response = await world.Server.Http.GetAsync(mail.OptOut);
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Contains("no-store", response.Headers.GetValues("Cache-Control").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
    }

    /// <summary>Every row of every table a request could change.</summary>
    private static Task<string> Everything(TestServer server) => server.App.Store.Read(async db => string.Join('\n', new[]
    {
        await db.One<string>("select count(*) || ' ' || coalesce(max(pos), 0) from suppression"),
        await db.One<string>("select count(*) || ' ' || coalesce(max(id), 0) from event"),
        string.Join(' ', (await db.Many<string>("select set_id || '/' || seq || ':' || state || ':' || coalesce(unsubscribed_at, 0) || ':' || coalesce(opened_at, 0) || ':' || coalesce(machine_opened_at, 0) from recipient order by set_id, seq"))),
        await db.One<string>("select sum(unsubscribed) || ' ' || sum(opened) || ' ' || sum(suppressed) from task_counter"),
    }));
}
