using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>
/// Every operation, dry and forced, on a task in every status, by a person and by agents: what the answer offers is
/// parsed and judged. Nothing in it undoes what was done, nothing is forced but the call whose dry run it was.
/// </summary>
public sealed class NextStepTests(SharedWorld shared, ITestOutputHelper output) : IClassFixture<SharedWorld>
{
    private static readonly string[] Statuses = ["draft", "scheduled", "sending", "paused", "sent", "cancelled"];
    private static readonly string[] Callers = ["admin", "agent_operator", "narrow"];

    /// <summary>A task in each status, until a forced call changed it.</summary>
    private readonly Dictionary<string, (string Task, string Recipient, string Card)> _ready = new(StringComparer.Ordinal);

    /// <summary>Names under which the cases of operations look for a task.</summary>
    private static readonly string[] TaskNames = ["draft", "running", "paused", "unsure", "sent", "sending"];

    public static TheoryData<string> Operations => [.. Catalogue.All.Where(o => o.Carries == Carries.Json).Select(o => o.Command)];

    [Theory, MemberData(nameof(Operations))]
    public async Task What_is_offered_next_neither_undoes_nor_forces(string command)
    {
        var world = await World();
        var op = Catalogue.Find(command)!;
        var ofTask = op.PathMembers.Any(m => m.Name == "task_id") || op == TemplateOps.Use;
        var (calls, steps) = (0, 0);
        foreach (var caller in op.IsMutation ? Callers : Callers[..1])
        {
            var commands = Commands(await world.Server.Get("/v1/whoami", world[caller]));
            foreach (var status in ofTask ? Statuses : ["draft"])
            {
                foreach (var forced in op.IsMutation ? new[] { false, true } : [false])
                {
                    await Ready(world, op, ofTask ? status : null);
                    var (path, body) = CallOf(op);
                    var reply = await world.Call(op, path, body, forced, caller);
                    if (forced && reply.ErrorCode == ErrorCodes.PlanRequired) reply = await Planned(world, op, path, body, caller);
                    steps += StepJudge.Judge(reply, new(op, forced, commands));
                    if (forced && reply.Success) _ready.Remove(status);
                    calls++;
                }
            }
        }
        output.WriteLine($"{command}: {calls} calls, {steps} steps judged");
        if (op.IsMutation) Assert.True(steps > 0, "Not one answer offered anything.");
    }

    [Fact]
    public async Task Another_plan_than_the_one_named_is_offered_to_be_read()
    {
        var world = await World();
        await Ready(world, SendingOps.Send, "draft");
        foreach (var (op, body) in new[] { (SendingOps.Send, null), ((Op)SendingOps.Schedule, """{"plan_send_at":"{tomorrow}"}""") })
        {
            foreach (var forced in new[] { false, true })
            {
                var reply = await world.Call(op, MutationCases.All[op.Command].Path + "?plan=p1ffffffffff", body, forced);
                Assert.Equal(ErrorCodes.PlanChanged, reply.ErrorCode);
                var line = $"noxinfluencer {op.Command} {world["draft"]}{(body is null ? "" : " --body-file <file>")}";
                Assert.Equal(line, reply.At("next.command").GetString());
                Assert.EndsWith(line, reply.Json.GetProperty("action").GetProperty("hint").GetString());
            }
        }
    }

    private async Task<GateWorld> World()
    {
        var world = await shared.Of(StoreKind.Sqlite);
        if (!world.Names.ContainsKey("narrow"))
            world.Names["narrow"] = (await world.Server.Post("/v1/keys", new { name = "narrow", actor = "agent", scopes = new[] { "write" } })).Ok().Text("key");
        return world;
    }

    /// <summary>The task in that status under every name a case may use; the whole world anew where it is about no task.</summary>
    private async Task Ready(GateWorld world, Op op, string? status)
    {
        if (status is null || !world.Names.ContainsKey("template")) await world.Fresh();
        await world.Before(op);
        if (status is null) return;
        if (!_ready.TryGetValue(status, out var ready))
        {
            ready = _ready[status] = await InStatus(world, status);
            if ((op == RecipientOps.Resolve || op == RecipientOps.Propose) && status is "sending" or "paused") await world.Server.MakeUncertain(ready.Task, "ana@creators.example");
        }
        foreach (var name in TaskNames) world.Names[name] = ready.Task;
        (world.Names["recipient"], world.Names["unsure_recipient"], world.Names["card"]) = (ready.Recipient, ready.Recipient, ready.Card);
    }

    private static async Task<(string Task, string Recipient, string Card)> InStatus(GateWorld world, string status)
    {
        var task = await world.Draft(world["admin"], world[status == "sent" ? "pickup" : "held"], world["product"], "ana@creators.example", "ben@creators.example");
        var recipient = (await world.Server.Get($"/v1/email-tasks/{task}/recipients")).Ok().Data.GetProperty("items")[0].GetProperty("recipient_id").GetString()!;
        var card = (await world.Server.Get($"/v1/email-tasks/{task}/products")).Ok().Data.GetProperty("items")[0].GetProperty("email_product_id").GetString()!;
        if (status == "scheduled") await world.Server.Schedule(task);
        else if (status != "draft") await world.Server.Send(task);
        if (status == "paused") (await world.Server.Post($"/v1/email-tasks/{task}/pause")).Ok();
        if (status == "cancelled") (await world.Server.Post($"/v1/email-tasks/{task}/cancel")).Ok();
        if (status is "sent" or "cancelled") await world.Server.Settled(task);
        return (task, recipient, card);
    }

    private static (string Path, string? Body) CallOf(Op op)
    {
        if (MutationCases.All.TryGetValue(op.Command, out var c)) return (c.Path, c.Body);
        var path = op.Route;
        foreach (var member in op.PathMembers)
        {
            path = path.Replace($"{{{member.Name}}}", member.Name switch
            {
                "task_id" => "{draft}", "sender_id" => "{mailbox}", "product_collect_id" => "{product}", "message_id" => "{message}", "address" => "listed@creators.example",
                "creator" or "creator_id" => "cr_lasting", _ => "{template}",
            }, StringComparison.Ordinal);
        }
        return (op == MessageOps.List ? path + "?business_kind=email_task&business_id={draft}" : path, null);
    }

    /// <summary>What an agent does: it reads the plan, then names it.</summary>
    private static async Task<Reply> Planned(GateWorld world, Op op, string path, string? body, string caller)
    {
        var dry = await world.Call(op, path, body, false, caller);
        return dry.Success ? await world.Call(op, $"{path}?plan={dry.Text("plan_digest")}", body, true, caller) : dry;
    }

    private static HashSet<string> Commands(Reply whoami) =>
        [.. whoami.Ok().Data.GetProperty("commands").EnumerateArray().Select(c => c.GetString()!)];
}
