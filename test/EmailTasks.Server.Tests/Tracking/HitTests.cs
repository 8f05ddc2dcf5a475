using System.Net;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Tracking;

/// <summary>Opens and clicks: who is counted, as what, and that each is counted once.</summary>
public sealed class HitTests
{
    private static string Of(int i) => Worlds.Address(i);

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Opens_and_clicks_of_people_and_machines_are_counted_apart_and_once(StoreKind store)
    {
        await using var world = await TrackedWorld.Make(store, people: 4);
        var (first, second, third) = (world.Mails[Of(0)], world.Mails[Of(1)], world.Mails[Of(2)]);
        // At once: a scanner at the door.
        Assert.Equal(HttpStatusCode.OK, (await world.Fetch(first.Open)).Status);
        await world.Counts("machine_open_count", 1);
        await world.Age();
        for (var i = 0; i < 3; i++) await world.Fetch(first.Open);
        await world.Fetch(second.Open, "Mozilla/5.0"); // Apple's proxy
        await world.Fetch(third.Open, "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)");
        var (status, location, _) = await world.Fetch(third.Clicks[0]);
        Assert.Equal((HttpStatusCode.Found, "https://shop.example/CODE-2-END?a=1&b=2"), (status, location));
        Assert.Equal(HttpStatusCode.Found, (await world.Fetch(second.Clicks[1], method: HttpMethod.Head)).Status);
        await world.Counts("open_count", 2);
        await world.Counts("machine_open_count", 1); // the first was a person's after all
        await world.Counts("click_count", 1);
        await world.Counts("machine_click_count", 1);
        var report = (await world.Server.Get($"/v1/email-tasks/{world.Task}/report?explain=open_count")).Ok();
        Assert.Equal(0.5, report.At("open_rate").GetDouble());
        Assert.Equal((2, 1), (report.At("timeline").EnumerateArray().Sum(t => t.GetProperty("opens").GetInt64()), report.At("timeline").EnumerateArray().Sum(t => t.GetProperty("clicks").GetInt64())));
        Assert.Equal([Of(0), Of(2)], report.At("explained.recipients").EnumerateArray().Select(r => r.GetProperty("email_address").GetString()));
        Assert.Equal(2, (await world.Server.Get($"/v1/email-tasks/{world.Task}/recipients?has=opened")).Ok().At("items").GetArrayLength());
        await Recounted(world);
    }

    /// <summary>A scanner follows every link within seconds; by the third it is known, and the first two, taken for a person's, are taken back.</summary>
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Who_follows_every_link_at_once_was_a_machine_from_the_first(StoreKind store)
    {
        await using var world = await TrackedWorld.Make(store);
        await world.Age();
        await world.Fetch(world.Mails[Of(0)].Clicks[0]);
        await world.Counts("click_count", 1);
        await world.Fetch(world.Mails[Of(0)].Clicks[1]);
        await world.Fetch(world.Mails[Of(0)].Clicks[2]);
        await world.Counts("click_count", 0);
        await world.Counts("machine_click_count", 1);
        await world.Fetch(world.Mails[Of(1)].Clicks[0]);
        await world.Fetch(world.Mails[Of(1)].Clicks[0]);
        await world.Fetch(world.Mails[Of(1)].Clicks[0]);
        await world.Counts("click_count", 1);
        var report = (await world.Server.Get($"/v1/email-tasks/{world.Task}/report")).Ok();
        Assert.Equal(1, report.At("timeline").EnumerateArray().Sum(t => t.GetProperty("clicks").GetInt64()));
        await Recounted(world);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_flood_counts_once_and_keeps_no_more_than_its_share(StoreKind store)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-").FullName;
        await using var world = await TrackedWorld.Make(store, folder: folder);
        await world.Age();
        await Parallel.ForAsync(0, 2_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => await world.Fetch(world.Mails[Of(i % 2)].Open));
        await world.Counts("open_count", 2);
        await world.Server.DisposeAsync(); // what was answered is written before the server is gone
        world.Server = await TrackedWorld.Start(store, folder);
        var kept = await world.Server.App.Store.Read(db => db.One<long>("select count(*) from event where kind = 'open'"));
        Assert.InRange(kept, 2, 2 * 50);
        await Recounted(world);
        var raw = await world.Server.App.Store.Read(db => db.One<string>("select detail from event where kind = 'open' order by id limit 1"));
        Assert.Contains("Firefox/132.0", raw);
        Assert.Contains("\"person\":true", raw);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_hit_proves_that_an_uncertain_mail_had_left(StoreKind store)
    {
        await using var world = await TrackedWorld.Make(store);
        await world.Age();
        await world.Server.App.Store.Write(async db =>
        {
            await db.Execute("update recipient set state = 4, unknown = 1 where address in (@first, @second)", new { first = Of(0), second = Of(1) });
            return await db.Execute("update task_counter set sent = sent - 1, uncertain = uncertain + 1 where set_id = (select set_id from task where id = @Task) and shard in (1, 2)", new { world.Task });
        });
        await world.Fetch(world.Mails[Of(0)].Open);
        await world.Counts("uncertain_count", 1);
        Assert.Equal(HttpStatusCode.OK, (await world.Fetch(world.Mails[Of(1)].OptOut, method: HttpMethod.Post)).Status);
        await world.Counts("uncertain_count", 0);
        var row = (await world.Server.Get($"/v1/email-tasks/{world.Task}/recipients?keyword={Of(0)}")).Ok().At("items")[0];
        Assert.Equal(("sent", "evidence_hit"), (row.GetProperty("state").GetString(), row.GetProperty("reason").GetString()));
    }

    /// <summary>A database that was put back to before a mail left knows nothing of it; its links still do what they promise.</summary>
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Who_left_after_the_backup_can_still_opt_out_and_costs_no_other_hit(StoreKind store)
    {
        await using var world = await TrackedWorld.Make(store);
        await world.Age();
        await world.Server.App.Store.Write(async db =>
        {
            await db.Execute("update recipient set state = 0, attempt = 0, begun_at = null, done_at = null where address = @address", new { address = Of(0) });
            await db.Execute("update task_hour set sent = sent - 1");
            return await db.Execute("update task_counter set sent = sent - 1, pending = pending + 1 where set_id = (select set_id from task where id = @Task) and shard = 1", new { world.Task });
        });
        Assert.Equal(HttpStatusCode.OK, (await world.Fetch(world.Mails[Of(0)].Open)).Status);
        Assert.Equal(HttpStatusCode.Found, (await world.Fetch(world.Mails[Of(0)].Clicks[0])).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.Fetch(world.Mails[Of(0)].OptOut, method: HttpMethod.Post)).Status);
        Assert.Equal(1, (await world.Server.Get("/v1/suppressions")).Number("total_size"));
        await world.Fetch(world.Mails[Of(1)].Open);
        await world.Counts("open_count", 1);
        await Recounted(world);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Tokens_outlive_a_change_of_url_and_of_keys(StoreKind store)
    {
        var folder = Directory.CreateTempSubdirectory("email-tasks-").FullName;
        await using var world = await TrackedWorld.Make(store, folder: folder);
        var first = world.Server.App.Tokens.CurrentKey;
        await world.Server.DisposeAsync();
        // A quarter of a year later: another key, and another URL.
        world.Server = await TrackedWorld.Start(store, folder, "https://other.brand.example", new Later());
        Assert.Equal(first + 1, world.Server.App.Tokens.CurrentKey);
        var second = await TrackedWorld.Draft(world.Server, 1, "<p>Again, {{ name }}: <a href=\"https://b.example/\">b</a></p>");
        (await world.Server.Post($"/v1/email-tasks/{second}/send")).Ok();
        await world.Server.Settled(second);
        var fresh = (await TrackedWorld.Read(world.Server, second))[Of(0)];
        await world.Age();
        foreach (var mail in new[] { world.Mails[Of(1)], fresh })
        {
            Assert.Equal(HttpStatusCode.OK, (await world.Fetch(mail.Open)).Status);
            Assert.Equal(HttpStatusCode.Found, (await world.Fetch(mail.Clicks[0])).Status);
            Assert.Equal(HttpStatusCode.OK, (await world.Fetch(mail.OptOut)).Status);
        }
        await world.Counts("click_count", 1);
        Assert.NotEqual(world.Mails[Of(1)].Open[..12], fresh.Open[..12]); // the number of the key stands first
    }

    private sealed class Later : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(90);
    }

    private static async Task Recounted(TrackedWorld world)
    {
        var verified = (await world.Server.Get($"/v1/data/verify?task_id={world.Task}")).Ok();
        Assert.True(verified.Number("difference_count") == 0, verified.Json.ToString());
    }
}
