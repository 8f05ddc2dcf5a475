using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>What comes back fits a context, whatever a task holds: with a newsletter of 67 KB, 1,000 people and cards, and for every change there is.</summary>
public sealed class AnswerSizeTests(SharedWorld shared, ITestOutputHelper output) : IClassFixture<SharedWorld>
{
    private const int ChangeBytes = 1024;
    private const int PlanBytes = 4 * 1024;

    /// <summary>The same with three cards, people who had mail before, and suppressed ones: each says who.</summary>
    private const int RichPlanBytes = PlanBytes + 512;
    private const int GetBytes = 3 * 1024;

    [Fact]
    public async Task Every_change_answers_within_a_kilobyte_dry_and_forced()
    {
        var world = await shared.Of(StoreKind.Sqlite);
        var rows = new List<(string What, int Full, int Short, int Most)>();
        foreach (var op in Catalogue.All.Where(o => o.IsMutation))
        {
            if (!MutationCases.All.TryGetValue(op.Command, out var c)) continue; // MutationTests asks for one
            await world.Fresh();
            await Fill(world);
            await world.Before(op);
            var body = op == ContentOps.Save ? JsonSerializer.Serialize(Newsletter.Content(world["draft"]))
                : op == TemplateOps.Save ? JsonSerializer.Serialize(new { name = "Spring", language = "en", subject = "Hi", html_body = Newsletter.Html })
                : c.Body;
            var most = op.DryRunOutput is null ? ChangeBytes : PlanBytes;
            var whole = await world.Call(op, With(c.Path, "full=true"), body, force: false);
            rows.Add((op.Command + " (dry run)", Size(whole), Size(await world.Call(op, c.Path, body, force: false)), most));
            var key = Guid.NewGuid().ToString("N");
            var forced = await world.Call(op, c.Path, body, force: true, idempotencyKey: key);
            rows.Add((op.Command, Size(await world.Call(op, With(c.Path, "full=true"), body, force: true, idempotencyKey: key)), Size(forced), ChangeBytes));
        }
        Print(rows);
        Assert.All(rows, r => Assert.True(r.Short <= r.Most, $"{r.What}: {r.Short} bytes, {r.Most} at most"));
        Assert.Contains(rows, r => r.What == "email content save" && r.Full > 60_000);
    }

    [Fact]
    public async Task A_task_and_its_plan_fit_also_with_people_who_had_mail_before()
    {
        await using var server = await TestServer.Start();
        var sender = await server.Pickup();
        var first = await server.Ready(Newsletter.People, sender, "First wave");
        await server.Send(first);
        await server.Settled(first);
        var task = await Newsletter.Ready(server, sender);
        var cards = new List<string>();
        for (var i = 0; i < 5; i++) cards.Add((await server.Post("/v1/products", new { title = $"Trail shoe {i}", link = $"https://shop.example/shoes/{i}", price = "49.00", currency = "EUR", thumbnail_url = $"https://shop.example/pictures/{i}.jpg" })).Ok().Text("product_collect_id"));
        (await server.Put($"/v1/email-tasks/{task}/products", new { product_collect_ids = cards.Take(3) })).Ok();
        for (var i = 0; i < 30; i++) (await server.Post("/v1/suppressions", new { addresses = new[] { Worlds.Address(i) }, note = "asked" })).Ok();
        var rows = new List<(string, int Full, int Short, int Most)>();
        foreach (var (what, method, path, most) in new[]
        {
            ("email get", "GET", "", GetBytes), ("email send (plan)", "POST", "/send", RichPlanBytes), ("email recipients list", "GET", "/recipients?page_size=20", 20 * 512), ("email report", "GET", "/report", GetBytes),
        })
        {
            var url = $"/v1/email-tasks/{task}{path}";
            rows.Add((what, Size(await server.Call(method, With(url, "full=true"), force: false)), Size(await server.Call(method, url, force: false)), most));
        }
        Print(rows);
        Assert.All(rows, r => Assert.True(r.Short <= r.Most, $"{r.Item1}: {r.Short} bytes, {r.Most} at most"));
    }

    /// <summary>The draft of the cases holds the newsletter and 1,000 people.</summary>
    private static async Task Fill(GateWorld world)
    {
        await world.Server.AddRecipients(world["draft"], Newsletter.People);
        (await world.Server.Put($"/v1/email-tasks/{world["draft"]}/content", Newsletter.Content(world["draft"]))).Ok();
        var rows = new[] { "ana@creators.example", "ben@creators.example" }.Select(a => new { email_address = a, variables = new { code = "X" } });
        (await world.Server.Call("PATCH", $"/v1/email-tasks/{world["draft"]}/recipients", new { recipients = rows })).Ok();
        await world.Server.App.Store.Write(db => db.Execute("update content set html = (select html from content where task = @draft order by version desc limit 1) where task in (@running, @paused)", new { draft = world["draft"], running = world["running"], paused = world["paused"] }));
    }

    private void Print(IEnumerable<(string What, int Full, int Short, int Most)> rows)
    {
        output.WriteLine($"{"",-44} {"full",9} {"answered",9} {"at most",9}");
        foreach (var (what, full, told, most) in rows) output.WriteLine($"{what,-44} {full,9} {told,9} {most,9}");
    }

    private static int Size(Reply reply) => Encoding.UTF8.GetByteCount(reply.Ok().Json.GetRawText());

    private static string With(string path, string query) => path + (path.Contains('?') ? "&" : "?") + query;
}
