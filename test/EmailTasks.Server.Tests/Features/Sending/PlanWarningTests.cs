using System.Text.RegularExpressions;
using EmailTasks.Core.Dns;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Server.Tests.Http;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Sending;

/// <summary>Every warning a plan knows is given where it belongs, and only there.</summary>
public sealed partial class PlanWarningTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    private const string Content = "<p>Hi {{ name }}, {{ video }}</p><p>{{ unsubscribe_url }} 1 Main Street {{ postal_address | default: \"12 Road, Town\" }}</p>";

    /// <summary>How a ready task comes to each warning: HTML, a call (with names filled in), an offset, SQL, or what a check found.</summary>
    private static readonly Dictionary<string, string> Ways = new()
    {
        ["FILES_ONLY"] = """PUT /v1/email-tasks/{draft}/sender {"sender_id":"{pickup}"}""",
        ["NO_OPT_OUT"] = "<p>{{ name }} {{ video }} {{ postal_address | default: \"x\" }}</p>",
        ["NO_POSTAL_ADDRESS"] = "<p>{{ name }} {{ video }} {{ unsubscribe_url }}</p>",
        ["POSTAL_ADDRESS_ADDED"] = "update account set postal_address = '1 Main Street' where id = '{account}'",
        ["POSTAL_ADDRESS_EMPTY"] = Content,
        ["REPLIES_NOT_READ"] = Content,
        ["NO_PUBLIC_URL"] = Content,
        ["DEFAULT_USED"] = "<p>{{ name }} {{ video }} {{ shoe | default: \"a pair\" }}</p>",
        ["UNUSED_VARIABLES"] = "<p>{{ name }}</p>",
        ["LEFT_OVER_MARKERS"] = "<p>{{ name }} {{ video }} *|FNAME|* [First Name]</p>",
        ["HTML_OVER_100_KB"] = "<p>{{ name }} {{ video }} " + "long ",
        ["CARDS_NOT_SHOWN"] = Content,
        ["NO_CARDS"] = """PUT /v1/email-tasks/{draft}/products {"product_collect_ids":[]}""",
        ["CARDS_STALE"] = """PATCH /v1/products/{product} {"title":"Another shoe {draft}"}""",
        ["SENDER_STALE"] = """PATCH /v1/mailboxes/{held} {"display_name":"{draft}"}""",
        ["MAILBOX_PAUSED"] = """PUT /v1/email-tasks/{draft}/sender {"sender_id":"{paused_mailbox}"}""",
        ["MAILBOX_FAILING"] = "update mailbox set health = 'failing', health_problem = 'It does not answer.', health_fix = 'Look.' where id = '{held}'",
        ["REPLIES_FAILING"] = "update mailbox set inbound = 'null', inbound_failing_since = 1, inbound_problem = 'It does not answer.', inbound_fix = 'Look.' where id = '{held}'",
        ["OUTSIDE_WINDOW"] = "update mailbox set send_window = '{\"days\":[\"{day}\"],\"from\":\"09:00\",\"to\":\"10:00\",\"zone\":\"UTC\"}' where id = '{held}'",
        ["OFFSET_NOT_LOCAL"] = "at +05:00",
        ["ABOVE_DEFAULT"] = "update mailbox set kind = 'gmail', per_day = 400, per_hour = 60, per_minute = 10 where id = '{held}'",
        ["SEND_UNTIL_TOO_EARLY"] = "until update mailbox set per_day = 1 where id = '{held}'",
        ["FORECAST_TOO_LONG"] = "update mailbox set send_window = '{\"days\":[],\"from\":\"09:00\",\"to\":\"10:00\",\"zone\":\"UTC\"}' where id = '{held}'",
        ["DNS_NOT_CHECKED"] = Content,
        ["SPF_PROBLEM"] = "found SPF",
        ["DKIM_PROBLEM"] = "found DKIM",
        ["DMARC_PROBLEM"] = "found DMARC",
    };

    /// <summary>Given to every plan of this world.</summary>
    private static readonly string[] Always = ["REPLIES_NOT_READ", "NO_PUBLIC_URL", "DNS_NOT_CHECKED"];

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Every_warning_is_given_where_it_belongs(StoreKind store)
    {
        var world = await shared.Of(store);
        world.Names["day"] = world.Server.App.Time.GetUtcNow().AddDays(3).DayOfWeek.ToString()[..3].ToLowerInvariant();
        Assert.Equal(Known(), Ways.Keys.Append("NO_ONE_CLICK").Order());
        foreach (var (code, way) in Ways)
        {
            await world.Fresh();
            var none = await Warnings(world, "<p>{{ name }} {{ video }} {{ product_cards }} {{ unsubscribe_url }}</p>");
            Assert.True(Always.Contains(code) || code == "NO_POSTAL_ADDRESS" || !none.Contains(code), $"{code} is given without reason.");
            var given = await Warnings(world, way);
            Assert.True(given.Contains(code), $"{code} is not given: {string.Join(", ", given)}");
            await world.Server.App.Store.Write(db => db.Execute(world.Fill("update mailbox set health = 'ok', send_window = null, inbound = null, inbound_failing_since = null, kind = 'enterprise', per_day = null, per_hour = null, per_minute = null where id = '{held}'")));
            await world.Server.App.Store.Write(db => db.Execute("update account set postal_address = null"));
        }
    }

    /// <summary>An unsubscribe button is promised only where the mail server was seen to sign it, and where it can work.</summary>
    [Theory]
    [InlineData("http://mail.brand.example", true, true)]
    [InlineData("https://mail.brand.example", null, true)]
    [InlineData("https://mail.brand.example", false, true)]
    [InlineData("https://mail.brand.example", true, false)]
    public async Task Without_one_click_the_plan_says_so(string url, bool? isSigned, bool warned)
    {
        await using var server = await TestServer.Start(adjust: app => app with { Options = app.Options with { PublicUrl = url } });
        var sender = await server.Smtp(2525);
        var task = await server.Ready(1, sender);
        await server.App.Store.Write(db => db.Execute("update mailbox set list_headers_signed = @isSigned where id = @sender", new { isSigned, sender }));
        var plan = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok();
        Assert.Equal(warned, plan.At("warnings").EnumerateArray().Any(w => w.GetProperty("code").GetString() == "NO_ONE_CLICK"));
        Assert.Equal(!warned, plan.At("tracking.one_click").GetBoolean());
        var headers = (await server.Get($"/v1/email-tasks/{task}/preview?recipient={Worlds.Address(0)}")).Ok().At("headers").EnumerateArray().ToDictionary(h => h.GetProperty("name").GetString()!, h => h.GetProperty("value").GetString()!);
        Assert.StartsWith($"<{url}/u/", headers["List-Unsubscribe"].Trim(), StringComparison.Ordinal);
        Assert.Equal(warned ? null : "List-Unsubscribe=One-Click", headers.GetValueOrDefault("List-Unsubscribe-Post")?.Trim());
    }

    private static async Task<List<string>> Warnings(GateWorld world, string way)
    {
        object? terms = null;
        var command = way.StartsWith("at ", StringComparison.Ordinal) ? "schedule" : "send";
        if (way.StartsWith("until ", StringComparison.Ordinal))
        {
            way = way["until ".Length..];
            terms = new { send_until = world.Server.App.Time.GetUtcNow().AddHours(20).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") };
        }
        if (command == "schedule") terms = new { plan_send_at = world.Server.App.Time.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd'T'HH:mm:ss") + way["at ".Length..] };
        else if (way.StartsWith('<')) await Save(world, way.EndsWith("long ", StringComparison.Ordinal) ? way + string.Concat(Enumerable.Repeat("word ", 25_000)) + "</p>" : way);
        else if (way.StartsWith("update ", StringComparison.Ordinal)) await world.Server.App.Store.Write(db => db.Execute(world.Fill(way)));
        else if (way.StartsWith("found ", StringComparison.Ordinal))
        {
            var held = (await world.Server.App.Store.Read(db => MailboxRows.Load(db, world["account"], world["held"])))!;
            DnsFinding Of(string name) => way.EndsWith(" " + name, StringComparison.Ordinal) ? DnsFinding.Of(DnsResult.None, "no_record", null, "There is none.", "Publish one.") : DnsFinding.Pass("v=x");
            world.Server.App.Checks.Keep(held, world.Server.App.Store.Now, new DomainFindings(Of("SPF"), Of("DKIM"), Of("DMARC")));
        }
        else
        {
            var parts = way.Split(' ', 3);
            (await world.Server.Call(parts[0], world.Fill(parts[1]), world.Fill(parts[2]))).Ok();
        }
        var plan = await world.Server.Call("POST", world.Fill("/v1/email-tasks/{draft}/" + command), terms, force: false);
        Assert.All(plan.At("warnings").EnumerateArray(), w => Assert.All(new[] { "problem", "fix" }, m => Assert.NotEmpty(w.GetProperty(m).GetString()!)));
        return [.. plan.At("warnings").EnumerateArray().Select(w => w.GetProperty("code").GetString()!)];
    }

    private static async Task Save(GateWorld world, string html) =>
        (await world.Server.Call("PUT", world.Fill("/v1/email-tasks/{draft}/content"), new { subject = "Hi", html_body = html })).Ok();

    /// <summary>The codes in the source behind the word "Warnings": one added there fails here until it has a way.</summary>
    private static IEnumerable<string> Known()
    {
        var notes = File.ReadAllText(Repository.At("src/EmailTasks.Server/Features/Sending/PlanNotes.cs"));
        var forecast = File.ReadAllText(Repository.At("src/EmailTasks.Server/Features/Sending/PlanForecast.cs"));
        return Code().Matches(notes[notes.IndexOf("All warnings", StringComparison.Ordinal)..] + forecast).Select(m => m.Groups["code"].Value).Distinct().Order();
    }

    [GeneratedRegex("\"(?<code>[A-Z0-9]+(_[A-Z0-9]+)+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();
}
