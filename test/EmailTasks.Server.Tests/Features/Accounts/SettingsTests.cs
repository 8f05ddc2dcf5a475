using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Accounts;

/// <summary>Settings are enforced: the footer, strictness, the plan that must be named; and the audit tells of them.</summary>
public sealed class SettingsTests
{
    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_footer_is_in_the_preview_in_the_plan_and_in_the_file_alike(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        (await server.Call("PATCH", "/v1/account", new { company = "Brand & Co", postal_address = "1 Main <Street>\r\n10115 Berlin", compliance = "strict" })).Ok();
        var task = await server.Ready(1, await server.Pickup());
        (await server.Put($"/v1/email-tasks/{task}/content", new { subject = "Hello", html_body = "<p>Hi {{ name }}.</p>", text_body = "Hi {{ name }}." })).Ok();
        var preview = (await server.Get($"/v1/email-tasks/{task}/preview?raw=true&recipient={Worlds.Address(0)}")).Ok();
        Assert.EndsWith("Unsubscribe</a></div></body></html>", preview.Text("html_body"));
        Assert.Contains("Brand &amp; Co<br>1 Main &lt;Street&gt;<br>10115 Berlin<br><a href=\"mailto:", preview.Text("html_body"));
        Assert.StartsWith("Hi Creator 0.\n\n--\nBrand & Co\n1 Main <Street>\n10115 Berlin\nUnsubscribe: mailto:", preview.Text("text_body"));
        var plan = (await server.Post($"/v1/email-tasks/{task}/send?full=true", force: false)).Ok();
        Assert.Equal("ready", plan.Text("verdict"));
        Assert.Equal(preview.Text("message_digest"), plan.Data.GetProperty("samples")[0].GetProperty("message_digest").GetString());
        Assert.All(new[] { "NO_OPT_OUT", "POSTAL_ADDRESS_ADDED" }, code => Assert.Contains(code, Codes(plan, "warnings")));

        (await server.Call("PATCH", "/v1/account", new { company = "Brand" })).Ok();
        var changed = await server.Call("POST", $"/v1/email-tasks/{task}/send", plan: plan.Text("plan_digest"));
        Assert.Equal((ErrorCodes.PlanChanged, "The footer section differs."), (changed.ErrorCode, changed.Errors[0].GetProperty("problem").GetString()));
        preview = (await server.Get($"/v1/email-tasks/{task}/preview?recipient={Worlds.Address(0)}")).Ok();
        await server.Send(task);
        (await server.Call("PATCH", "/v1/account", new { postal_address = (string?)null })).Ok();
        await server.Settled(task);
        var file = Directory.EnumerateFiles(Path.Combine(server.Folder, "files"), "*.eml", SearchOption.AllDirectories).Single();
        var mail = await MimeKit.MimeMessage.LoadAsync(file);
        Assert.Equal(Plain(preview.Text("text_body")), Plain(mail.TextBody!));
        Assert.Equal(Plain(preview.Text("html_body")), Plain(mail.HtmlBody!));
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Strict_refuses_what_warn_warns_about(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(1, await server.Pickup());
        var warned = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok();
        Assert.Contains("NO_POSTAL_ADDRESS", Codes(warned, "warnings"));
        (await server.Call("PATCH", "/v1/account", new { compliance = "strict" })).Ok();
        foreach (var force in new[] { false, true })
        {
            var refused = await server.Post($"/v1/email-tasks/{task}/send", force: force);
            Assert.Equal((ErrorCodes.InvalidState, "NO_POSTAL_ADDRESS"), (refused.ErrorCode, refused.Errors[0].GetProperty("code").GetString()));
            Assert.DoesNotContain("NO_POSTAL_ADDRESS", Codes(refused, "warnings"));
        }
        (await server.Call("PATCH", "/v1/account", new { postal_address = "1 Main Street, 10115 Berlin" })).Ok();
        await server.Send(task);
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task Where_account_or_key_ask_for_it_a_person_names_the_plan_too(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var task = await server.Ready(1, await server.Pickup());
        var careful = (await server.Post("/v1/keys", new { name = "careful", actor = "person", require_plan = true })).Ok().Text("key");
        var refused = await server.Call("POST", $"/v1/email-tasks/{task}/send", key: careful);
        Assert.Equal((409, ErrorCodes.PlanRequired), (refused.Status, refused.ErrorCode));
        (await server.Call("PATCH", "/v1/account", new { require_plan = true })).Ok();
        Assert.Equal(ErrorCodes.PlanRequired, (await server.Post($"/v1/email-tasks/{task}/send")).ErrorCode);
        var plan = (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Text("plan_digest");
        (await server.Call("POST", $"/v1/email-tasks/{task}/send", plan: plan)).Ok();
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task The_audit_is_read_newest_first_and_narrowed(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        for (var i = 0; i < 5; i++) await server.Draft($"Task {i}");
        (await server.Call("PATCH", "/v1/account", new { company = "Brand" })).Ok();
        var page = (await server.Get("/v1/audit?page_size=4")).Ok();
        Assert.Equal([6, 5, 4, 3], page.Data.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("seq").GetInt32()));
        var rest = (await server.Get($"/v1/audit?page_size=4&cursor={page.Text("next_cursor")}")).Ok();
        Assert.Equal([2, 1], rest.Data.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("seq").GetInt32()));
        Assert.Equal(6, rest.Number("total_size"));
        Assert.Equal("account update", Assert.Single((await server.Get("/v1/audit?command=account%20update")).Ok().Data.GetProperty("items").EnumerateArray()).GetProperty("command").GetString());
    }

    private static List<string?> Codes(Reply reply, string member) => [.. reply.At(member).EnumerateArray().Select(w => w.GetProperty("code").GetString())];

    /// <summary>Without what is each mail's own, the token of its opt-out, and the line break that ends a part.</summary>
    private static string Plain(string text) =>
        System.Text.RegularExpressions.Regex.Replace(text.ReplaceLineEndings("\n").TrimEnd(), "unsubscribe-[a-z2-7]+", "unsubscribe-", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
}
