using System.Net;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Tracking;

/// <summary>Nobody can make a token, turn one into another, or lead a click elsewhere; and a link that is only looked at changes nothing.</summary>
public sealed class TokenTests
{
    [Fact]
    public async Task A_forged_or_altered_token_is_refused_wherever_it_is_altered()
    {
        await using var world = await TrackedWorld.Make(StoreKind.Sqlite);
        var (mail, other) = (world.Mails[Worlds.Address(0)], world.Mails[Worlds.Address(1)]);
        await world.Age();
        foreach (var path in new[] { mail.Open, mail.Clicks[0], mail.OptOut })
        {
            Assert.True((await world.Fetch(path)).Status is HttpStatusCode.OK or HttpStatusCode.Found);
            var (head, tail) = (path[..(path.LastIndexOf('/') + 1)], path.EndsWith(".gif", StringComparison.Ordinal) ? ".gif" : "");
            var token = path[head.Length..^tail.Length];
            for (var i = 0; i < token.Length; i++)
            {
                foreach (var letter in new[] { token[i] == 'a' ? 'b' : 'a', token[i] == '7' ? '6' : '7' }) await Refused(head + token[..i] + letter + token[(i + 1)..] + tail);
            }
            await Refused(head + token.ToUpperInvariant() + tail);
            await Refused(head + token[..^1] + tail);
            await Refused(head + token + "a" + tail);
            await Refused(head + new string('a', token.Length) + tail);
            await Refused(head + "%00" + tail);
            await Refused(head + Uri.EscapeDataString("../../v1/whoami") + tail);
        }
        // Halves of two mails make no third.
        var (ours, theirs) = (mail.OptOut[3..], other.OptOut[3..]);
        for (var i = 1; i < ours.Length; i++)
        {
            if (ours[..i] != theirs[..i] && ours[i..] != theirs[i..]) await Refused("/u/" + ours[..i] + theirs[i..]);
        }

        async Task Refused(string path)
        {
            foreach (var method in path.StartsWith("/u/", StringComparison.Ordinal) ? new[] { HttpMethod.Get, HttpMethod.Post } : [HttpMethod.Get])
                Assert.True((int)(await world.Fetch(path, method: method)).Status is 404 or 400, $"{method} {path}");
        }
        Assert.Equal(0, (await world.Server.Get("/v1/suppressions")).Number("total_size"));
    }

    [Fact]
    public async Task A_token_of_one_purpose_is_none_of_another()
    {
        await using var world = await TrackedWorld.Make(StoreKind.Sqlite);
        var mail = world.Mails[Worlds.Address(0)];
        var (open, click, optOut) = (mail.Open["/t/o/".Length..^".gif".Length], mail.Clicks[0]["/t/c/".Length..], mail.OptOut["/u/".Length..]);
        var id = (await world.Server.Get($"/v1/email-tasks/{world.Task}/recipients")).Ok().At("items")[0].GetProperty("message_id").GetString()!.Split('@')[0];
        string[] wrong =
        [
            .. new[] { click, optOut, id, click[..45], click[3..] }.Select(t => $"/t/o/{t}.gif"),
            .. new[] { open, optOut, id, open + "aaa", optOut + "aaa" }.Select(t => $"/t/c/{t}"),
            .. new[] { open, click, id, click[..45] }.Select(t => $"/u/{t}"),
        ];
        foreach (var path in wrong) Assert.Equal(HttpStatusCode.NotFound, (await world.Fetch(path)).Status);
        foreach (var path in wrong.Where(w => w[1] == 'u')) Assert.Equal(HttpStatusCode.NotFound, (await world.Fetch(path, method: HttpMethod.Post)).Status);
    }

    /// <summary>The number of the link is signed, the address stands nowhere, and whatever is added is not looked at.</summary>
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_click_leads_to_a_link_of_that_mail_and_nowhere_else(StoreKind store)
    {
        await using var world = await TrackedWorld.Make(store);
        var (mail, other) = (world.Mails[Worlds.Address(0)], world.Mails[Worlds.Address(1)]);
        Assert.Equal(["https://shop.example/CODE-0-END?a=1&b=2", "https://b.example/", "https://c.example/"], await Task.WhenAll(mail.Clicks.Select(async c => (await world.Fetch(c)).Location)));
        Assert.Equal("https://shop.example/CODE-1-END?a=1&b=2", (await world.Fetch(other.Clicks[0])).Location);
        foreach (var more in new[] { "?url=https://evil.example/", "?u=//evil.example", "#https://evil.example", "/" })
            Assert.Equal("https://b.example/", (await world.Fetch(mail.Clicks[1] + more)).Location);
        foreach (var more in new[] { "/https://evil.example", "%2f..%2fhttps://evil.example", "@evil.example" })
            Assert.Null((await world.Fetch(mail.Clicks[1] + more)).Location);
        // Editing the task afterwards is refused, and a new content elsewhere changes no link that is out.
        Assert.Equal("INVALID_STATE", (await world.Server.Put($"/v1/email-tasks/{world.Task}/content", new { subject = "x", html_body = "<a href=\"https://evil.example/\">x</a>" })).ErrorCode);
        Assert.Equal("https://b.example/", (await world.Fetch(mail.Clicks[1])).Location);
    }
}
