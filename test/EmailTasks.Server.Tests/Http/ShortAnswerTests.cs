using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Core.Content;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>What of an answer is told: shorter unless asked, some members when named, everything in full, the same when repeated.</summary>
public sealed class ShortAnswerTests
{
    private const string Html = "<p>Hi {{ name }}</p><p><a href=\"{{ unsubscribe_url }}\">stop</a></p>";

    private static async Task<string> Task(TestServer server)
    {
        var task = (await server.Post("/v1/email-tasks", new { name = "Spring", note = new string('n', 300) })).Ok().Text("task_id");
        (await server.Put($"/v1/email-tasks/{task}/content", new { subject = "Hi", html_body = Html })).Ok();
        return task;
    }

    [Fact]
    public async Task Long_texts_are_lengths_and_digests_of_what_full_tells()
    {
        await using var server = await TestServer.Start();
        var task = await Task(server);
        var (brief, full) = ((await server.Get($"/v1/email-tasks/{task}")).Ok(), (await server.Get($"/v1/email-tasks/{task}?full=true")).Ok());
        foreach (var member in new[] { "content.html_body", "content.text_body", "note" })
        {
            var text = Encoding.UTF8.GetBytes(full.Text(member));
            Assert.Equal(text.Length, brief.Number(member + "_bytes"));
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(text))[..16], brief.Text(member + "_digest"));
            Assert.False((member == "note" ? brief.Data : brief.At("content")).TryGetProperty(member.Split('.')[^1], out _));
        }
        Assert.Equal(JsonValueKind.Null, brief.At("plan_send_at").ValueKind); // a read tells what is not there
        (await server.Call("PATCH", $"/v1/email-tasks/{task}", new { note = "short" })).Ok();
        Assert.Equal("short", (await server.Get($"/v1/email-tasks/{task}")).Text("note"));
        Assert.False((await server.Get("/v1/email-tasks")).Data.GetProperty("items")[0].TryGetProperty("plan_send_at", out _));
        Assert.True((await server.Get("/v1/email-tasks?full=true")).Data.GetProperty("items")[0].TryGetProperty("plan_send_at", out _));
        Assert.Contains("Hi", (await server.Get($"/v1/email-templates/{(await server.Post("/v1/email-templates", new { name = "n", language = "en", subject = "s", html_body = Html })).Text("template_id")}")).Text("html_body"));
    }

    [Theory]
    [InlineData("status", """{"status":"draft"}""")]
    [InlineData("status,counts.recipient_count", """{"status":"draft","counts":{"recipient_count":0}}""")]
    [InlineData("plan_send_at", """{"plan_send_at":null}""")]
    [InlineData("content.subject, content.html_body_bytes", """{"content":{"html_body_bytes":122,"subject":"Hi"}}""")]
    [InlineData("content.html_body", """{"content":{"html_body":"<!DOCTYPE html>\n<html><head></head><body><p>Hi {{ name }}</p><p><a href=\"{{ unsubscribe_url }}\">stop</a></p></body></html>"}}""")]
    public async Task Fields_pick_members_and_a_text_that_is_named_is_whole(string fields, string expected)
    {
        await using var server = await TestServer.Start();
        var reply = (await server.Get($"/v1/email-tasks/{await Task(server)}?fields={Uri.EscapeDataString(fields)}")).Ok();
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, reply.Data), reply.Data.GetRawText());
    }

    [Fact]
    public async Task Fields_of_a_list_are_those_of_its_rows_and_of_a_plan_never_without_its_digest()
    {
        await using var server = await TestServer.Start();
        var task = await server.Ready(3, await server.Pickup());
        var list = (await server.Get($"/v1/email-tasks/{task}/recipients?fields=email_address,variables.code,next_attempt_at")).Ok();
        Assert.Equal("""{"email_address":"r0@d0.example","variables":{"code":"CODE-0-END"},"next_attempt_at":null}""", list.At("items")[0].GetRawText());
        Assert.Equal(3, list.Number("total_size"));
        var plan = (await server.Post($"/v1/email-tasks/{task}/send?fields=verdict,samples.to", force: false)).Ok();
        Assert.Equal(["plan_digest", "samples", "verdict"], plan.Data.EnumerateObject().Select(p => p.Name).Where(n => n != "samples_more").Order());
        Assert.Equal(1, (await server.Post($"/v1/email-tasks/{task}/send", force: false)).At("samples").GetArrayLength());
        Assert.False((await server.Post($"/v1/email-tasks/{task}/send", force: false)).At("samples")[0].TryGetProperty("html_body", out _));
        Assert.Equal(0, (await server.Post($"/v1/email-tasks/{task}/send?samples=0", force: false)).At("samples").GetArrayLength());
        Assert.True((await server.Post($"/v1/email-tasks/{task}/send?full=true", force: false)).At("samples")[0].TryGetProperty("html_body", out _));
    }

    [Theory]
    [InlineData("fields=nonsense", "fields", "There is: task_id, name,")]
    [InlineData("fields=counts.nobody", "fields", "There is: recipient_count,")]
    [InlineData("fields=status.x", "fields", "Leave out")]
    [InlineData("fields=", "fields", "Write it like")]
    [InlineData("full=yes", "full", "Write full=true.")]
    [InlineData("full=true&full=true", "full", "Keep one of them.")]
    [InlineData("samples=3", "samples", "schema")]
    public async Task What_is_asked_wrongly_is_refused_before_anything_is_done(string query, string path, string fix)
    {
        await using var server = await TestServer.Start();
        var task = await Task(server);
        foreach (var reply in new[] { await server.Get($"/v1/email-tasks/{task}?{query}"), await server.Call("PATCH", $"/v1/email-tasks/{task}?{query}", new { name = "Other" }) })
        {
            Assert.Equal((ErrorCodes.InvalidRequest, path), (reply.ErrorCode, reply.Paths.Single()));
            Assert.Contains(fix, reply.Errors[0].GetProperty("fix").GetString());
        }
        Assert.Equal("Spring", (await server.Get($"/v1/email-tasks/{task}")).Text("name"));
    }

    [Fact]
    public async Task A_repeated_call_is_the_same_call_however_its_answer_is_told()
    {
        await using var server = await TestServer.Start();
        var (url, key) = ($"/v1/email-tasks/{await Task(server)}/content", Guid.NewGuid().ToString("N"));
        var body = new { subject = "Two", html_body = Html };
        var first = (await server.Call("PUT", url, body, idempotencyKey: key)).Ok();
        var again = (await server.Call("PUT", url, body, idempotencyKey: key)).Ok();
        var full = (await server.Call("PUT", url + "?full=true", body, idempotencyKey: key)).Ok();
        Assert.Equal(first.Data.GetRawText(), again.Data.GetRawText());
        Assert.Contains(Html, full.Text("content.html_body"));
        Assert.True(full.Json.GetProperty("meta").GetProperty("idempotent_replay").GetBoolean());
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_repeated_call_says_so_and_what_is_true_now(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var (task, key) = (await server.Ready(2, await server.Pickup()), Guid.NewGuid().ToString("N"));
        var first = (await server.Call("POST", $"/v1/email-tasks/{task}/send", idempotencyKey: key)).Ok();
        await server.Settled(task);
        var again = (await server.Call("POST", $"/v1/email-tasks/{task}/send", idempotencyKey: key)).Ok();
        Assert.StartsWith("This was done before under", again.Summary);
        Assert.Contains(first.Summary, again.Summary);
        Assert.Contains(" The task is sent now.", again.Summary);
        var (draft, twice) = (await server.Draft(), Guid.NewGuid().ToString("N"));
        (await server.Call("DELETE", $"/v1/email-tasks/{draft}", idempotencyKey: twice)).Ok();
        Assert.Contains(" The task is no longer there.", (await server.Call("DELETE", $"/v1/email-tasks/{draft}", idempotencyKey: twice)).Ok().Summary);
    }

    [Fact]
    public void The_schema_tells_what_stands_in_for_what_is_left_out()
    {
        var content = TaskOps.Get.OutputShape.Member("content")!.Shape;
        Assert.All(new[] { "html_body", "html_body_bytes", "html_body_digest", "variables_used_more" }, name => Assert.NotNull(content.Member(name)));
        Assert.All(Catalogue.All.Where(o => o.Tells.Count > 0), op => Assert.All(op.Tells, name => Assert.Equal(Told.WhenRead, op.OutputShape.Member(name)!.Wire.Told)));
    }

    [Fact]
    public void The_syntax_in_the_schema_is_the_language()
    {
        Assert.Same(ContentSyntax.Text, ContentOps.Save.Syntax);
        Assert.All(BuiltIns.All, name => Assert.Contains(name, ContentSyntax.Text));
        Assert.All(Enum.GetNames<LiquidFilter>(), name => Assert.Contains(name.ToLowerInvariant(), ContentSyntax.Text));
    }
}
