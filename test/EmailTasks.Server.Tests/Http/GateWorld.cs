using System.Text.RegularExpressions;
using EmailTasks.Contracts;
using EmailTasks.Server.Storage.Rows;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>
/// A server with two accounts, and names for what stands in them: <c>{draft}</c>, <c>{sent}</c>, <c>{other_draft}</c>.
/// Tasks that are sending go through a mailbox whose lease somebody else holds, so that nothing writes beside a test.
/// </summary>
public sealed partial class GateWorld
{
    private const string Never = "9000000000000000";

    private GateWorld(TestServer server) => Server = server;

    public TestServer Server { get; }

    /// <summary>Ids and keys by name.</summary>
    public Dictionary<string, string> Names { get; } = new(StringComparer.Ordinal);

    public string this[string name] => Names[name];

    /// <summary>Two accounts, what lasts in each, keys of every role.</summary>
    public static async Task<GateWorld> Make(TestServer server)
    {
        var world = new GateWorld(server);
        world.Names["account"] = await server.Account();
        world.Names["admin"] = server.AdminKey;
        world.Names["other_admin"] = await server.NewKey(Role.Admin);
        world.Names["other_account"] = (await server.App.Store.Read(db => db.One<string>("select account from member order by uid desc limit 1")))!;
        foreach (var role in Enum.GetValues<Role>())
        {
            var word = role.ToString().ToLowerInvariant();
            world.Names[word + "_key"] = await server.NewKey(role, "person", world["account"]);
            world.Names["agent_" + word] = await server.NewKey(role, "agent", world["account"]);
        }
        world.Names["uid"] = (await server.App.Store.Read(db => db.One<string>("select uid from member where account = @a order by uid limit 1", new { a = world["account"] })))!;
        world.Names["other_uid"] = (await server.App.Store.Read(db => db.One<string>("select uid from member where account = @a", new { a = world["other_account"] })))!;
        await world.BadKeys();
        await world.Lasting("", "admin");
        await world.Lasting("other_", "other_admin");
        foreach (var prefix in new[] { "tsk", "mbx", "prd", "tpl", "epr", "usr", "key", "msg" }) world.Names["unknown_" + prefix] = prefix + "_00000000000000000000000000";
        world.Names["unknown_rcp"] = "rcp_fffx1";
        return world;
    }

    /// <summary>Puts names into a path or body.</summary>
    public string Fill(string text) => Placeholder().Replace(text, m => Names.TryGetValue(m.Groups["name"].Value, out var value) ? value : m.Value);

    /// <summary>A call with names in path and body.</summary>
    public Task<Reply> Call(Op op, string path, string? body, bool force, string key = "admin", string? idempotencyKey = null) =>
        Server.Call(op.Method, Fill(path), body is null ? null : Fill(body), force, Names[key], idempotencyKey);

    /// <summary>What would stand in the way of all others: a standstill, for the one operation that ends it.</summary>
    public async Task Before(Op op)
    {
        if (op == DataOps.AcceptRestore) await Server.App.Store.Write(db => StandstillRows.Set(db, new DispatchPause("silent", "It may have been put back.", 0)));
    }

    /// <summary>What a mutation may use up: a ready draft, an empty one, a running task, a product, a template, a mailbox.</summary>
    public async Task Fresh(string prefix = "", string key = "admin")
    {
        var k = Names[key];
        Names[prefix + "draft"] = await Draft(k, Names[prefix + "held"], Names[prefix + "product"], "ana@creators.example", "ben@creators.example");
        var draft = Names[prefix + "draft"];
        Names[prefix + "recipient"] = (await Server.Get($"/v1/email-tasks/{draft}/recipients", k)).Ok().Data.GetProperty("items")[0].GetProperty("recipient_id").GetString()!;
        Names[prefix + "card"] = (await Server.Get($"/v1/email-tasks/{draft}/products", k)).Ok().Data.GetProperty("items")[0].GetProperty("email_product_id").GetString()!;
        Names[prefix + "empty"] = await Do(k, "POST", "/v1/email-tasks", """{"name":"Empty"}""", "task_id");
        Names[prefix + "running"] = await Draft(k, Names[prefix + "held"], null, $"run{Guid.NewGuid():N}@creators.example", "run2@creators.example");
        (await Server.Call("POST", $"/v1/email-tasks/{Names[prefix + "running"]}/send", key: k)).Ok();
        Names[prefix + "paused"] = await Draft(k, Names[prefix + "held"], null, $"pause{Guid.NewGuid():N}@creators.example", "pause2@creators.example");
        (await Server.Call("POST", $"/v1/email-tasks/{Names[prefix + "paused"]}/send", key: k)).Ok();
        (await Server.Call("POST", $"/v1/email-tasks/{Names[prefix + "paused"]}/pause", key: k)).Ok();
        Names["tomorrow"] = Worlds.Ahead(TimeSpan.FromDays(1));
        await Unsure(prefix, k);
        Names[prefix + "spare_product"] = await Do(k, "POST", "/v1/products", """{"title":"Road shoe","link":"https://shop.example/road"}""", "product_collect_id");
        Names[prefix + "template"] = await Do(k, "POST", "/v1/email-templates", TemplateOps.Save.Example!, "template_id");
        Names[prefix + "fresh"] = $"n{Guid.NewGuid():N}";
        Names[prefix + "member"] = await Do(k, "POST", "/v1/team", $$"""{"name":"Ben","email":"b{{Guid.NewGuid():N}}@brand.example","role":"operator"}""", "uid");
        Names[prefix + "keyid"] = await Do(k, "POST", "/v1/keys", """{"name":"Spare","actor":"agent"}""", "key_id");
        Names[prefix + "mailbox"] = await Mailbox(k, $"m{Guid.NewGuid():N}@brand.example");
    }

    /// <summary>Waits until no sweep has anything to do, so that a fingerprint stands still.</summary>
    public Task Quiet() => Worlds.Until(async () => await Server.App.Store.Read(db => db.One<long>(
        """
        select (select count(*) from dropped_set) + (select count(*) from task where copying = 1) + (select count(*) from task where status = 5 and settled = 0)
          + (select count(*) from mailbox where lease_owner is not null and lease_owner <> 'elsewhere')
        """)) == 0, what: "Rest");

    /// <summary>A task ready to send.</summary>
    public async Task<string> Draft(string key, string mailbox, string? product, params string[] addresses)
    {
        var task = await Do(key, "POST", "/v1/email-tasks", """{"name":"Spring shoes","note":"First wave"}""", "task_id");
        var rows = addresses.Select((a, i) => new { email_address = a, name = $"Person {i}", variables = new { video = $"Video {i}" } });
        (await Server.Call("POST", $"/v1/email-tasks/{task}/recipients", new { recipients = rows }, key: key)).Ok();
        (await Server.Call("PUT", $"/v1/email-tasks/{task}/content", new { subject = "Hi {{ name }}", text_body = $"About {{{{ video }}}}. {task} {{{{ unsubscribe_url }}}}" }, key: key)).Ok();
        (await Server.Call("PUT", $"/v1/email-tasks/{task}/sender", new { sender_id = mailbox }, key: key)).Ok();
        if (product is not null) (await Server.Call("PUT", $"/v1/email-tasks/{task}/products", new { product_collect_ids = new[] { product } }, key: key)).Ok();
        return task;
    }

    /// <summary>Makes a mailbox look as if another process worked on it: tasks start, nothing begins, nothing is written.</summary>
    public async Task Hold(string mailbox) => await Server.App.Store.Write(db =>
        db.Execute($"update mailbox set lease_owner = 'elsewhere', expires_at = {Never} where id = @mailbox", new { mailbox }));

    /// <summary>A running task with one recipient whose first attempt, begun just now, ended unknown.</summary>
    private async Task Unsure(string prefix, string key)
    {
        var task = Names[prefix + "unsure"] = await Draft(key, Names[prefix + "held"], null, "unsure@creators.example", "waiting@creators.example");
        (await Server.Call("POST", $"/v1/email-tasks/{task}/send", key: key)).Ok();
        Names[prefix + "unsure_recipient"] = (await Server.Get($"/v1/email-tasks/{task}/recipients", key)).Ok().Data.GetProperty("items")[0].GetProperty("recipient_id").GetString()!;
        await Server.MakeUncertain(task, "unsure@creators.example");
    }

    private async Task Lasting(string prefix, string key)
    {
        var k = Names[key];
        Names[prefix + "product"] = await Do(k, "POST", "/v1/products", ProductOps.Create.Example!, "product_collect_id");
        Names[prefix + "held"] = await Mailbox(k, "held@brand.example");
        await Hold(Names[prefix + "held"]);
        (await Server.Call("POST", "/v1/suppressions", """{"addresses":["listed@creators.example"],"note":"asked by phone"}""", key: k)).Ok();
        (await Server.Call("POST", "/v1/suppressions", """{"addresses":["forged@creators.example"]}""", key: k)).Ok();
        await Server.App.Store.Write(db => db.Execute("update suppression set strength = 'address_only' where address_key = 'forged@creators.example'"));
        (await Server.Call("POST", "/v1/creators", """{"creators":[{"creator_id":"cr_lasting","name":"Lasting","platform":"youtube","channel_id":"UC9","email_addresses":["lasting@creators.example"]}]}""", key: k)).Ok();
        var files = await Do(k, "POST", "/v1/mailboxes", """{"kind":"pickup","address":"files@brand.example","path":"files"}""", "sender_id");
        Names[prefix + "pickup"] = files;
        Names[prefix + "paused_mailbox"] = await Mailbox(k, "paused@brand.example");
        (await Server.Call("POST", $"/v1/mailboxes/{Names[prefix + "paused_mailbox"]}/pause", key: k)).Ok();
        Names[prefix + "sent"] = await Draft(k, files, Names[prefix + "product"], "sent@creators.example");
        (await Server.Call("POST", $"/v1/email-tasks/{Names[prefix + "sent"]}/send", key: k)).Ok();
        Names[prefix + "sending"] = await Draft(k, Names[prefix + "held"], Names[prefix + "product"], "sending@creators.example", "sending2@creators.example");
        (await Server.Call("POST", $"/v1/email-tasks/{Names[prefix + "sending"]}/send", key: k)).Ok();
        Names[prefix + "cancelled"] = await Draft(k, Names[prefix + "held"], null, "cancelled@creators.example");
        (await Server.Call("POST", $"/v1/email-tasks/{Names[prefix + "cancelled"]}/send", key: k)).Ok();
        (await Server.Call("POST", $"/v1/email-tasks/{Names[prefix + "cancelled"]}/cancel", key: k)).Ok();
        await Worlds.Until(async () => (await Server.Get($"/v1/email-tasks/{Names[prefix + "sent"]}", k)).Data.GetProperty("settled").GetBoolean(), what: "sent");
        await Answer(prefix);
        await Fresh(prefix, key);
    }

    /// <summary>A reply to the task that was sent, as reading a mailbox would have left it.</summary>
    private async Task Answer(string prefix)
    {
        var id = Names[prefix + "message"] = Server.App.Ids.New("msg");
        var task = (await Server.App.Store.Read(db => TaskRows.LoadAny(db, Names[prefix + "sent"])))!;
        await Server.App.Store.Write(async db =>
        {
            await MessageRows.Insert(db, new MessageRow
            {
                Id = id, Account = task.Account, Mailbox = task.Mailbox!, Folder = "INBOX", Uid = "1", Hash = id, Kind = "reply", Strength = "reference", Task = task.Id, SetId = task.SetId, Seq = 1,
                At = db.Now, FromAddress = "sent@creators.example", Subject = "Re: Hi", Size = 3, CreatedAt = db.Now,
            });
            return await MessageRows.InsertRaw(db, id, EmailTasks.Server.Inbound.Arrival.Pack("\r\nYes"u8.ToArray()));
        });
    }

    private async Task<string> Mailbox(string key, string address) =>
        await Do(key, "POST", "/v1/mailboxes?skip_check=true", $$$"""{"kind":"enterprise","address":"{{{address}}}","smtp":{"host":"127.0.0.1","port":9,"security":"none"}}""", "sender_id");

    private async Task<string> Do(string key, string method, string path, string body, string member) => (await Server.Call(method, path, body, key: key)).Ok().Text(member);

    private async Task BadKeys()
    {
        foreach (var (name, column) in new[] { ("revoked", "revoked_at"), ("expired", "expires_at") })
        {
            var key = Names[name + "_key"] = await Server.NewKey(Role.Admin, "person", Names["account"]);
            await Server.App.Store.Write(db => db.Execute($"update api_key set {column} = 1 where id = @id", new { id = "key_" + key.Split('_')[1] }));
        }
        Names["wrong_key"] = Names["admin"][..^1] + (Names["admin"][^1] == '0' ? '1' : '0');
    }

    [GeneratedRegex(@"\{(?<name>[a-z_]+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Placeholder();
}

/// <summary>One world for all tests of a class.</summary>
public sealed class SharedWorld : IAsyncDisposable
{
    private readonly Dictionary<StoreKind, GateWorld> _worlds = [];
    private readonly TestDns _dns = TestDns.Start(); // knows no name, and says so at once

    public async Task<GateWorld> Of(StoreKind store)
    {
        if (_worlds.TryGetValue(store, out var world)) return world;
        return _worlds[store] = await GateWorld.Make(await TestServer.Start(store, dns: _dns.EndPoint));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var world in _worlds.Values) await world.Server.DisposeAsync();
        await _dns.DisposeAsync();
    }
}
