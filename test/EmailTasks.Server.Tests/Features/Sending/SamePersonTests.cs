using System.Text.Json;
using EmailTasks.Server.Features.Content;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Sending;

/// <summary>Who had the same words has had them, under whatever address, in whatever dress, and whatever became of the attempt.</summary>
public sealed class SamePersonTests
{
    private const string Html = "<p>Hi {{ name }}, our new <b>shoes</b> cost 49 EUR.</p>";

    /// <summary>A content after <see cref="Html"/>, with what the recipients have for <c>x</c>.</summary>
    private static readonly (string Html, string? Text, string? X, bool Same)[] Contents =
    [
        (Html, null, null, true),
        ("<h1>HI {{ name | upcase }}!</h1> <p>Our  NEW shoes cost 49 EUR</p>", null, null, true),
        ("<p>Hi {{ name }}, our new sh\u200Boes cost&nbsp;49 EUR.</p><!-- 2 -->", null, null, true),
        ("<p>Hi {{ name }}, our new shoes cost 49 EUR.</p><p style=\"display:none\">other words</p>", null, null, true),
        ("<p>Hi {{ name }}, our new sh{{ x | default: \"\" }}oes cost 49 EUR.</p>", null, null, true),
        ("<p>Hi {{ name }}, our new shoes {{ x }} 49 EUR.</p>", null, "cost", false),
        ("<p>Hi {{ name }}, our new shoes cost 49 EUR.{{ x }}</p>", null, "\u2060.", true),
        ("<p>Hi {{ name }}, our new shoes {{ x | default: \"COST\" }} 49 EUR.</p>", null, null, true),
        ("", "Hi {{ name }}, our new shoes cost 49 EUR.", null, true),
        ("<p>Hi {{ name }}, our new shoes cost 59 EUR.</p>", null, null, false),
        ("<p>Hi {{ name }}, our new shoes cost 49 EUR {{ x }}.</p>", null, "less", false),
        ("<p>Hi {{ name }}, our new boots cost 49 EUR.</p>", null, null, false),
    ];

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_same_words_in_another_dress_are_refused_and_other_words_are_not(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var sender = await server.Pickup();
        var first = await Task_(server, sender, Html, null, null, "ana@creators.example");
        await server.Send(first);
        await server.Settled(first);
        foreach (var (html, text, x, same) in Contents)
        {
            var task = await Task_(server, sender, html, text, x, "ana@creators.example");
            Assert.True(await Had(server, task) == same, $"{html}{text} with {x}: {(same ? "is taken for other words" : "is taken for the same")}");
        }
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task One_person_under_two_addresses_is_one_and_two_persons_are_two(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var sender = await server.Pickup();
        var first = await Task_(server, sender, Html, null, null, "Ana+a@Creators.example", "ben.miller@gmail.com", "zoe@creators.example");
        await server.Send(first);
        await server.Settled(first);
        (string Address, bool Same)[] people = [("ana@creators.example", true), ("ana+b@creators.example", true), ("BenMiller+x@googlemail.com", true), ("b.e.n.miller@gmail.com", true), ("zo.e@creators.example", false), ("anna@creators.example", false), ("benmiller@gmail.example", false)];
        var refused = await Refused(server, await Task_(server, sender, Html, null, null, [.. people.Select(p => p.Address)]));
        Assert.Equal(people.Where(p => p.Same).Select(p => p.Address.ToLowerInvariant()), refused.Select(a => a.ToLowerInvariant()));

        // Rows of before the key are filled in at a start, in pieces, and once.
        await server.App.Store.Write(db => db.Execute("update recipient set person_key = null; update content set same_key = null; delete from meta where key = 'person_keys_filled'"));
        await PersonRows.Fill(server.App.Store);
        await SameKey.Fill(server.App.Store);
        Assert.Equal(0, await server.App.Store.Read(db => db.One<long>("select count(*) from recipient where person_key is null")));
        Assert.Equal(people.Count(p => p.Same), (await Refused(server, await Task_(server, sender, Html, null, null, [.. people.Select(p => p.Address)]))).Count);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Who_was_ever_uncertain_goes_on_counting_as_mailed(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var sender = await server.Pickup();
        (await server.Post($"/v1/mailboxes/{sender}/pause")).Ok();
        var first = await Task_(server, sender, Html, null, null, "ana@creators.example");
        await server.Send(first);
        await server.MakeUncertain(first, "ana@creators.example", begunAgoSeconds: 3_600);
        var row = (await server.Get($"/v1/email-tasks/{first}/recipients?state=uncertain")).Ok().Data.GetProperty("items")[0];
        (await server.Post($"/v1/email-tasks/{first}/recipients/resolve", new { recipients = new[] { new { recipient_id = row.GetProperty("recipient_id").GetString(), attempt = row.GetProperty("attempts").GetInt32() } }, outcome = "not_sent", reason = "asked" })).Ok();
        var second = await Task_(server, sender, Html, null, null, "ana@creators.example");
        Assert.True(await Had(server, second));
        var plan = (await server.Post($"/v1/email-tasks/{second}/send", force: false)).Json.GetProperty("data");
        Assert.Equal(1, plan.GetProperty("seen_before").GetProperty("count").GetInt64());
    }

    private static async Task<string> Task_(TestServer server, string sender, string html, string? text, string? x, params string[] addresses)
    {
        var task = await server.Draft();
        (await server.Post($"/v1/email-tasks/{task}/recipients", new { recipients = addresses.Select(a => new { email_address = a, name = "Ana", variables = x is null ? [] : new Dictionary<string, string> { ["x"] = x } }) })).Ok();
        var content = new Dictionary<string, string> { ["subject"] = "Our shoes" };
        if (html.Length > 0) content["html_body"] = html;
        if (text is not null) content["text_body"] = text;
        (await server.Put($"/v1/email-tasks/{task}/content", content)).Ok();
        (await server.Put($"/v1/email-tasks/{task}/sender", new { sender_id = sender })).Ok();
        return task;
    }

    private static async Task<bool> Had(TestServer server, string task) => (await Refused(server, task)).Count > 0;

    private static async Task<List<string>> Refused(TestServer server, string task)
    {
        var plan = (await server.Post($"/v1/email-tasks/{task}/send?full=true", force: false)).Json.GetProperty("data");
        var note = plan.GetProperty("refusals").EnumerateArray().FirstOrDefault(r => r.GetProperty("code").GetString() == "ALREADY_MAILED");
        return note.ValueKind == JsonValueKind.Undefined ? [] : [.. note.GetProperty("sample").EnumerateArray().Select(s => s.GetString()!)];
    }
}
