using EmailTasks.Contracts;
using EmailTasks.Server.Tests.Http;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Sending;

/// <summary>The table of the contract, §5, through HTTP: every command on a task in every status. Forced where it is refused, dry where it would go on.</summary>
public sealed class StateTableTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    private static readonly string[] Statuses = ["draft", "scheduled", "sending", "paused", "sent", "cancelled"];

    /// <summary>Each command; then for each status the status after it, or – and the way out.</summary>
    private static readonly (string Name, string Method, string Path, string? Body, string[] Expected)[] Table =
    [
        ("add recipients", "POST", "/recipients", """{"recipients":[{"email_address":"more@creators.example","name":"More","variables":{"video":"V"}}]}""", Edit),
        ("replace recipients", "PUT", "/recipients", """{"recipients":[{"email_address":"more@creators.example"}]}""", Edit),
        ("delete recipients", "POST", "/recipients/delete", """{"all":true}""", Edit),
        ("save content", "PUT", "/content", """{"subject":"Other","text_body":"Other {{ unsubscribe_url }}"}""", Edit),
        ("update sender", "PUT", "/sender", """{"sender_id":"{pickup}"}""", Edit),
        ("replace products", "PUT", "/products", """{"product_collect_ids":["{product}"]}""", Edit),
        ("update", "PATCH", "", """{"name":"Renamed"}""", Statuses),
        ("send", "POST", "/send", null, ["plan", "plan", "–email copy", "–email resume", "–email copy", "–email copy"]),
        ("schedule", "POST", "/schedule", """{"plan_send_at":"{tomorrow}"}""", ["plan", "plan", "–email copy", "–email resume", "–email copy", "–email copy"]),
        ("pause", "POST", "/pause", null, ["–email send", "–email cancel", "paused", "paused", "–email report", "–email copy"]),
        ("resume", "POST", "/resume", null, ["–email send", "–email cancel", "sending", "sending", "–email report", "–email copy"]),
        ("cancel", "POST", "/cancel", null, ["–email delete", "draft", "cancelled", "cancelled", "–email report", "cancelled"]),
        ("delete", "DELETE", "", null, ["gone", "–email cancel", "–email cancel", "–email cancel", "–email report", "gone"]),
        ("copy", "POST", "/copy", null, ["draft", "draft", "draft", "draft", "draft", "draft"]),
        ("preview", "GET", "/preview", null, ["ok", "ok", "ok", "ok", "ok", "ok"]),
    ];

    private static string[] Edit => ["draft", "draft", "–email copy", "–email copy", "–email copy", "–email copy"];

    public static TheoryData<StoreKind, string, string, string> Cases()
    {
        var data = new TheoryData<StoreKind, string, string, string>();
        foreach (var store in Enum.GetValues<StoreKind>())
        foreach (var row in Table)
        foreach (var (status, expected) in Statuses.Zip(row.Expected)) data.Add(store, row.Name, status, expected);
        return data;
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task A_command_in_a_status_does_what_the_table_says(StoreKind store, string command, string status, string expected)
    {
        var world = await shared.Of(store);
        await Tasks(world);
        var (_, method, path, body, _) = Table.Single(r => r.Name == command);
        var task = world["table_" + status];
        var refused = expected.StartsWith('–');
        var reply = await world.Server.Call(method, $"/v1/email-tasks/{task}{path}", body is null ? null : world.Fill(body), force: refused && method != "GET");
        if (refused)
        {
            Assert.Equal((409, ErrorCodes.InvalidState), (reply.Status, reply.ErrorCode));
            Assert.Contains(status, reply.Summary);
            Assert.Contains($"noxinfluencer {expected[1..]} {task}", reply.Errors[0].GetProperty("fix").GetString());
        }
        else
        {
            var data = reply.Ok().Data;
            if (expected == "plan") Assert.Equal("ready", reply.Text("verdict"));
            else if (expected == "gone") Assert.True(data.GetProperty("deleted").GetBoolean());
            else if (expected != "ok") Assert.Equal(expected, data.GetProperty("status").GetString());
            if (expected == "draft" && status == "scheduled" && command is not ("copy" or "cancel")) Assert.Contains("The task is scheduled and would be a draft again.", reply.Summary);
        }
        Assert.Equal(status, (await world.Server.Get($"/v1/email-tasks/{task}")).Ok().Text("status"));
    }

    /// <summary>One task in each status, made once.</summary>
    private static async Task Tasks(GateWorld world)
    {
        if (world.Names.ContainsKey("table_draft")) return;
        foreach (var status in Statuses)
        {
            var task = await world.Draft(world["admin"], world[status == "sent" ? "pickup" : "held"], world["product"], $"{status}1@creators.example", $"{status}2@creators.example");
            if (status == "scheduled") await world.Server.Schedule(task);
            else if (status != "draft") await world.Server.Send(task);
            if (status == "paused") (await world.Server.Post($"/v1/email-tasks/{task}/pause")).Ok();
            if (status == "cancelled") (await world.Server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
            if (status is "sent" or "cancelled") await world.Server.Settled(task);
            world.Names["table_" + status] = task;
        }
    }
}
