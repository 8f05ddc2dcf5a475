using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using EmailTasks.Testing;
using MimeKit;

namespace EmailTasks.Server.Tests.Tracking;

/// <summary>A sent task whose mails point at this server, and the mails themselves.</summary>
internal sealed partial class TrackedWorld : IAsyncDisposable
{
    public const string Url = "https://mail.brand.example";
    public const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
    private const string Content = "<p>Hi {{ name }} <a href=\"https://shop.example/{{ code }}?a=1&amp;b=2\">one</a> <a href=\"https://b.example/\">two</a> <a href=\"https://c.example/\">three</a></p>";

    public required TestServer Server { get; set; }
    public required string Task { get; init; }

    /// <summary>The paths in each recipient's mail, by address.</summary>
    public required IReadOnlyDictionary<string, Paths> Mails { get; init; }

    public static Task<TestServer> Start(StoreKind store, string? folder = null, string url = Url, TimeProvider? time = null) =>
        TestServer.Start(store, time, folder: folder, adjust: app => app with { Options = app.Options with { PublicUrl = url } });

    /// <summary>Sends to so many people through the pickup mailbox.</summary>
    public static async Task<TrackedWorld> Make(StoreKind store, int people = 3, string? folder = null)
    {
        var server = await Start(store, folder);
        var task = await Draft(server, people);
        await server.Send(task);
        await server.Settled(task);
        return new TrackedWorld { Server = server, Task = task, Mails = await Read(server, task) };
    }

    /// <summary>A ready task with three links.</summary>
    public static async Task<string> Draft(TestServer server, int people, string html = Content)
    {
        var task = await server.Ready(people, await server.Pickup());
        (await server.Put($"/v1/email-tasks/{task}/content", new { subject = "Hello {{ name }}", html_body = html })).Ok();
        return task;
    }

    /// <summary>What stands in the mails of a task.</summary>
    public static async Task<Dictionary<string, Paths>> Read(TestServer server, string task)
    {
        var folder = (await server.Get($"/v1/mailboxes/{await server.Pickup()}")).Text("folder");
        var ids = (await server.Get($"/v1/email-tasks/{task}/recipients?page_size=100")).Ok().At("items").EnumerateArray()
            .ToDictionary(r => r.GetProperty("message_id").GetString()!, r => r.GetProperty("email_address").GetString()!);
        return Directory.GetFiles(folder, "*.eml").Select(f => MimeMessage.Load(f)).Where(m => ids.ContainsKey(m.MessageId!)).ToDictionary(m => ids[m.MessageId!], m => new Paths(
            Opens().Match(m.HtmlBody!).Value, [.. Clicks().Matches(m.HtmlBody!).Select(c => c.Value)], OptOut().Match(m.Headers["List-Unsubscribe"]!).Value));
    }

    /// <summary>Makes every mail of the task look as if it had been accepted so long ago.</summary>
    public Task Age(int seconds = 60) => Server.App.Store.Write(db => db.Execute(
        "update recipient set done_at = done_at - @by, begun_at = begun_at - @by where set_id = (select set_id from task where id = @Task)", new { by = seconds * 1_000_000L, Task }));

    /// <summary>What a mail program or a scanner asks for.</summary>
    public static async Task<(HttpStatusCode Status, string? Location, string Body)> Fetch(TestServer server, string path, string agent = Firefox, HttpMethod? method = null, string? language = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        if (agent.Length > 0) request.Headers.TryAddWithoutValidation("User-Agent", agent);
        if (language is not null) request.Headers.TryAddWithoutValidation("Accept-Language", language);
        using var response = await server.Http.SendAsync(request);
        return (response.StatusCode, response.Headers.Location?.OriginalString, await response.Content.ReadAsStringAsync());
    }

    public Task<(HttpStatusCode Status, string? Location, string Body)> Fetch(string path, string agent = Firefox, HttpMethod? method = null, string? language = null) => Fetch(Server, path, agent, method, language);

    /// <summary>Waits until a number of the report is this.</summary>
    public Task Counts(string number, long expected) => Worlds.Until(
        async () => (await Server.Get($"/v1/email-tasks/{Task}/report")).Ok().At(number) is { ValueKind: System.Text.Json.JsonValueKind.Number } n && n.GetInt64() == expected, 20, string.Create(CultureInfo.InvariantCulture, $"{number} = {expected}"));

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>The paths of one mail.</summary>
    public sealed record Paths(string Open, IReadOnlyList<string> Clicks, string OptOut);

    [GeneratedRegex("/t/o/[a-z2-7]{45}\\.gif", RegexOptions.None, 1000)]
    private static partial Regex Opens();

    [GeneratedRegex("/t/c/[a-z2-7]{48}", RegexOptions.None, 1000)]
    private static partial Regex Clicks();

    [GeneratedRegex("/u/[a-z2-7]{45}", RegexOptions.None, 1000)]
    private static partial Regex OptOut();
}
