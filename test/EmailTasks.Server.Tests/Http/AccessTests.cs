using System.Text.RegularExpressions;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>Who may do what, and that nothing reaches from one account into another: for every operation of the catalogue.</summary>
public sealed class AccessTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    /// <summary>Kinds of id, with the name under which each account has one of them, and one that never was.</summary>
    private static readonly (string Prefix, string Name)[] Kinds =
        [("tsk", "draft"), ("rcp", "recipient"), ("mbx", "mailbox"), ("prd", "product"), ("tpl", "template"), ("epr", "card"), ("usr", "uid"), ("usr", "member"), ("key", "keyid"), ("msg", "message")];

    public static TheoryData<StoreKind, string> Operations
    {
        get
        {
            var data = new TheoryData<StoreKind, string>();
            foreach (var store in new[] { StoreKind.Sqlite })
            {
                foreach (var op in Catalogue.All) data.Add(store, op.Command);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Operations))]
    public async Task Each_id_of_another_account_answers_like_one_that_never_was(StoreKind store, string command)
    {
        var world = await shared.Of(store);
        var op = Catalogue.Find(command)!;
        await world.Quiet();
        var before = world.Server.Fingerprint();
        var tried = 0;
        foreach (var (path, body) in Calls(op, world))
        {
            foreach (var (prefix, name) in Kinds.Where(k => path.Contains($"{{{k.Name}}}") || body?.Contains($"{{{k.Name}}}") == true))
            {
                foreach (var force in op.IsMutation ? new[] { false, true } : [false])
                {
                    var foreign = await Ask(world, op, path, body, name, $"other_{name}", force);
                    var unknown = await Ask(world, op, path, body, name, $"unknown_{prefix}", force);
                    Assert.True(foreign.ErrorCode == ErrorCodes.NotFound, $"{path} {body} with another account's {name}: {foreign.Json}");
                    Assert.Equal(Envelope(unknown, world[$"unknown_{prefix}"]), Envelope(foreign, world[$"other_{name}"]));
                    tried++;
                }
            }
        }
        Assert.Equal(before, world.Server.Fingerprint());
        Assert.True(tried > 0 || !op.InputShape.Members.Any(m => m.Wire.Id is not null && m.Wire.In != WireIn.Query), $"{command} takes ids, and no case gives it one.");
    }

    /// <summary>Operation × role × person or agent × an object of another account: the right is asked first, and then nothing tells a foreign object from none.</summary>
    [Theory, MemberData(nameof(Operations))]
    public async Task No_role_and_no_agent_learns_of_another_account_s_objects(StoreKind store, string command)
    {
        var world = await shared.Of(store);
        var op = Catalogue.Find(command)!;
        await world.Quiet();
        var before = world.Server.Fingerprint();
        foreach (var (path, body) in Calls(op, world))
        {
            foreach (var (prefix, name) in Kinds.Where(k => path.Contains($"{{{k.Name}}}") || body?.Contains($"{{{k.Name}}}") == true))
            {
                foreach (var (role, person, force) in from r in Enum.GetValues<Role>() from p in new[] { true, false } from f in op.IsMutation ? new[] { false, true } : [false] select (r, p, f))
                {
                    var word = role.ToString().ToLowerInvariant();
                    var key = person ? word + "_key" : "agent_" + word;
                    var foreign = await Ask(world, op, path, body, name, $"other_{name}", force, key);
                    var unknown = await Ask(world, op, path, body, name, $"unknown_{prefix}", force, key);
                    Assert.Equal(Envelope(unknown, world[$"unknown_{prefix}"]), Envelope(foreign, world[$"other_{name}"]));
                    var expected = role < op.Role || (op.PersonOnly && !person) ? ErrorCodes.ScopeRequired
                        : op.TakesPlan && !person && force ? ErrorCodes.PlanRequired
                        : IsForAdmins(op, name, body) && role < Role.Admin ? ErrorCodes.ScopeRequired
                        : ErrorCodes.NotFound;
                    Assert.True(expected == foreign.ErrorCode, $"{path} {body} with another account's {name}, {key}, {(force ? "forced" : "dry")}: {expected}, not {foreign.Json}");
                }
            }
        }
        Assert.Equal(before, world.Server.Fingerprint());
    }

    /// <summary>Naming another member as owner is an admin's.</summary>
    private static bool IsForAdmins(Op op, string name, string? body) => name == "uid" && body?.Contains("{uid}", StringComparison.Ordinal) == true && op.Role < Role.Admin;

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Lists_show_nothing_of_another_account(StoreKind store)
    {
        var world = await shared.Of(store);
        var mine = world.Names.Where(n => !n.Key.StartsWith("other_", StringComparison.Ordinal) && !n.Key.Contains("key", StringComparison.Ordinal)).Select(n => n.Value).ToList();
        var lists = Catalogue.All.Where(o => o.OutputShape.Member("items") is not null && !o.PathMembers.Any()).ToList();
        Assert.True(lists.Count >= 6);
        foreach (var op in lists)
        {
            var asked = op == MessageOps.List ? "&business_kind=email_task&business_id={other_sent}" : op == ReportOps.TeamBreakdown ? "&from=2020-01-01" : "";
            var theirs = (await world.Call(op, op.Route + "?page_size=100" + asked, null, false, "other_admin")).Ok();
            Assert.NotEmpty(theirs.Data.GetProperty("items").EnumerateArray());
            Assert.Equal(theirs.Number("total_size"), theirs.Data.GetProperty("items").GetArrayLength());
            Assert.DoesNotContain(mine, id => theirs.Data.GetRawText().Contains(id, StringComparison.Ordinal));
        }
        foreach (var query in new[] { "owner_uid={uid}", "sender_id={held}", "cursor={draft}" })
            Assert.DoesNotContain(world["account"], (await world.Call(TaskOps.List, "/v1/email-tasks?" + query, null, false, "other_admin")).Ok().Data.GetRawText());
    }

    [Theory, MemberData(nameof(Operations))]
    public async Task A_role_may_exactly_what_the_catalogue_says(StoreKind store, string command)
    {
        var world = await shared.Of(store);
        var op = Catalogue.Find(command)!;
        var (path, body) = Calls(op, world)[0];
        foreach (var role in Enum.GetValues<Role>())
        {
            foreach (var (key, person) in new[] { ($"{role.ToString().ToLowerInvariant()}_key", true), ($"agent_{role.ToString().ToLowerInvariant()}", false) })
            {
                var reply = await world.Call(op, path, body, false, key);
                var allowed = role >= op.Role && (person || !op.PersonOnly);
                Assert.True(allowed == (reply.ErrorCode != ErrorCodes.ScopeRequired), $"{command} with {key}: {reply.Json}");
                if (allowed) continue;
                Assert.Equal(403, reply.Status);
                Assert.Equal(4, ErrorCodes.Row(reply.ErrorCode!).Exit);
                var forced = op.IsMutation ? await world.Call(op, path, body, true, key) : reply;
                Assert.Equal((reply.Status, reply.ErrorCode, reply.Summary), (forced.Status, forced.ErrorCode, forced.Summary));
            }
        }
    }

    [Theory, MemberData(nameof(Operations))]
    public async Task A_key_needs_the_operation_s_one_scope_and_command(StoreKind store, string command)
    {
        var world = await shared.Of(store);
        var op = Catalogue.Find(command)!;
        var (path, body) = Calls(op, world)[0];
        string[] scopes = [ScopeWords.Read, ScopeWords.Write, ScopeWords.Send, ScopeWords.Manage];
        Assert.Contains(op.Scope, scopes);
        var narrow = scopes.Select(s => (Fields: $"\"scopes\":[\"{s}\"]", Allowed: op.AnyKey || op.IsIn([s], forced: true))).Append(($"\"bounds\":{{\"commands\":[\"{command}\"]}}", true))
            .Append(($"\"bounds\":{{\"commands\":[\"{(command == "email list" ? "email get" : "email list")}\"]}}", op.AnyKey));
        foreach (var (fields, allowed) in narrow)
        {
            if (!world.Names.ContainsKey(fields))
                world.Names[fields] = (await world.Server.Call("POST", "/v1/keys", $"{{\"name\":\"narrow\",\"actor\":\"person\",{fields}}}")).Ok().Text("key");
            foreach (var force in op.IsMutation && !allowed ? new[] { false, true } : [false])
            {
                // A plan may be read by who may read; carrying it out is another thing.
                if (!force && !allowed && op.DryRunOutput is not null && fields.Contains(ScopeWords.Read, StringComparison.Ordinal)) continue;
                var reply = await world.Call(op, path, body, force, fields);
                Assert.True(allowed == (reply.ErrorCode != ErrorCodes.ScopeRequired) || (allowed && op == KeyOps.Create), $"{command} with {fields}: {reply.Json}");
            }
        }
    }

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task An_agent_sends_only_the_plan_it_was_shown(StoreKind store)
    {
        var world = await shared.Of(store);
        await world.Fresh();
        var path = world.Fill("/v1/email-tasks/{draft}/send");
        var key = world["agent_operator"];
        var without = await world.Server.Call("POST", path, key: key);
        Assert.Equal((409, ErrorCodes.PlanRequired, 6), (without.Status, without.ErrorCode, ErrorCodes.Row(without.ErrorCode!).Exit));
        var plan = (await world.Server.Call("POST", path, force: false, key: key)).Ok().Text("plan_digest");
        var wrong = await world.Server.Call("POST", path, key: key, plan: "p1000000000000");
        Assert.Equal(ErrorCodes.PlanChanged, wrong.ErrorCode);
        Assert.Equal("draft", (await world.Server.Get(world.Fill("/v1/email-tasks/{draft}"))).Text("status"));
        Assert.Equal(plan, (await world.Server.Call("POST", path, key: key, plan: plan)).Ok().Text("plan_digest"));
        await world.Fresh();
    }

    [Fact]
    public void What_is_for_people_only_is_what_the_contract_names() =>
        Assert.Equal(
            ["account update", "data accept-restore", "data verify", "email recipients resolve", "key create", "key list", "key revoke", "mailbox connect", "mailbox disconnect", "mailbox update", "suppression remove", "suppression undo", "team add", "team list", "team remove", "team update"],
            Catalogue.All.Where(o => o.PersonOnly).Select(o => o.Command).Order());

    /// <summary>Calls of an operation that would work, with names for every id it takes.</summary>
    private static List<(string Path, string? Body)> Calls(Op op, GateWorld world)
    {
        if (op.IsMutation)
        {
            var c = MutationCases.All[op.Command];
            var path = c.Path.Replace("{spare_product}", "{product}").Replace("{running}", "{draft}").Replace("{paused}", "{draft}").Replace("{paused_mailbox}", "{mailbox}").Replace("{unsure}", "{draft}").Replace("{sent}/test", "{draft}/test");
            var calls = new List<(string, string?)> { (path, c.Body?.Replace("{spare_product}\",\"{product}", "{product}").Replace("{unsure_recipient}", "{recipient}")) };
            if (op == TaskOps.Create || op == TaskOps.Update) calls.Add((path, """{"name":"x","owner_uid":"{uid}"}"""));
            if (op == RecipientOps.Update) calls.Add((path, """{"recipients":[{"recipient_id":"{recipient}","name":"x"}]}"""));
            if (op == RecipientOps.Delete) calls.Add((path, """{"recipient_ids":["{recipient}"]}"""));
            if (op == TemplateOps.Save) calls.Add((path, """{"template_id":"{template}","name":"n","language":"en","subject":"s","text_body":"t"}"""));
            if (op == MailboxOps.Connect) calls.Add((path, """{"kind":"pickup","address":"p@brand.example","path":"p","owner_uid":"{uid}"}"""));
            if (op == KeyOps.Create) calls.Add((path, """{"uid":"{uid}","name":"x","actor":"agent"}"""));
            if (op == KeyOps.Create) calls.Add((path, """{"name":"x","actor":"agent","bounds":{"sender_ids":["{mailbox}"]}}"""));
            if (op == SuppressionOps.Add) calls.Add((path, """{"addresses":["ana@creators.example"],"reason":"asked_by_reply","message_id":"{message}"}"""));
            if (op == MailboxOps.Update) calls.Add((path, """{"owner_uid":"{uid}"}"""));
            return calls;
        }
        var route = Regex.Replace(op.Route, @"\{(?<name>[a-z_]+)\}", m => m.Groups["name"].Value switch { "task_id" => "{draft}", "sender_id" => "{mailbox}", "product_collect_id" => "{product}", "message_id" => "{message}", "address" => "listed@creators.example", "creator" or "creator_id" => "cr_lasting", _ => "{template}" }, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        var reads = new List<(string, string?)> { (route, null) };
        if (op == MailboxOps.ListSenders) reads.Add((route + "?task_id={draft}", null));
        if (op == ContentOps.Preview) reads.Add((route + "?recipient={recipient}", null));
        return reads;
    }

    private static Task<Reply> Ask(GateWorld world, Op op, string path, string? body, string name, string instead, bool force, string key = "admin") =>
        world.Call(op, path.Replace($"{{{name}}}", $"{{{instead}}}"), body?.Replace($"{{{name}}}", $"{{{instead}}}"), force, key);

    /// <summary>The answer without what is the call's own, and without the id.</summary>
    private static string Envelope(Reply reply, string id)
    {
        var text = reply.Json.GetRawText();
        return text[..text.IndexOf("\"meta\"", StringComparison.Ordinal)].Replace(id, "<id>", StringComparison.Ordinal);
    }
}
