using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>Four jobs of a day, done by an agent's key: in few calls, and from what each answer tells, with nothing read twice.</summary>
public sealed class DaysWorkTests(ITestOutputHelper output)
{
    /// <summary>An agent that counts its calls and what they answered.</summary>
    private sealed class Agent(TestServer server, string key)
    {
        public int Calls { get; private set; }

        public int Bytes { get; private set; }

        public async Task<Reply> Do(string method, string path, object? body = null, bool force = true, string? plan = null)
        {
            var reply = (await server.Call(method, path, body, force, key, plan: plan)).Ok();
            Calls++;
            Bytes += Encoding.UTF8.GetByteCount(reply.Json.GetRawText());
            return reply;
        }

        public void Begin() => (Calls, Bytes) = (0, 0);
    }

    private void Done(string job, Agent agent, int most)
    {
        output.WriteLine($"{job,-28} {agent.Calls,3} calls of {most,3}, {agent.Bytes,6} bytes answered");
        Assert.True(agent.Calls <= most, $"{job}: {agent.Calls} calls, {most} at most");
    }

    [Theory, MemberData(nameof(Stores.All), MemberType = typeof(Stores))]
    public async Task A_day_s_work_takes_few_calls_and_few_bytes(StoreKind store)
    {
        await using var server = await TestServer.Start(store);
        var (mine, other) = (await server.Pickup(), (await server.Post("/v1/mailboxes", new { kind = "pickup", address = "two@brand.example", path = "two" })).Ok().Text("sender_id"));
        (await server.Post("/v1/products", new { title = "Trail shoe", link = "https://shop.example/trail", price = "49.00", currency = "EUR" })).Ok();
        var old = await server.Ready(20, mine, "Last week");
        await server.Send(old);
        await server.Settled(old);
        var agent = new Agent(server, (await server.Post("/v1/keys", new { name = "Agent", actor = "agent" })).Ok().Text("key"));

        // From a brief to a planned start.
        var senders = await agent.Do("GET", "/v1/senders");
        var sender = senders.At("items").EnumerateArray().Single(s => s.GetProperty("sender_id").GetString() == mine);
        var products = await agent.Do("GET", "/v1/products?fields=product_collect_id,title");
        var task = (await agent.Do("POST", "/v1/email-tasks", new { name = "Spring newsletter" })).Text("task_id");
        var url = $"/v1/email-tasks/{task}";
        var people = Enumerable.Range(0, Newsletter.People).Select(i => new { email_address = Worlds.Address(i), name = $"Creator {i}", variables = new { code = $"C{i}" } });
        Assert.Equal(Newsletter.People, (await agent.Do("POST", url + "/recipients", new { recipients = people })).Number("total"));
        var saved = await agent.Do("PUT", url + "/content", Newsletter.Content("first"));
        Assert.Contains("code", saved.At("content.variables_used").EnumerateArray().Select(v => v.GetString()));
        await agent.Do("PUT", url + "/sender", new { sender_id = mine });
        await agent.Do("PUT", url + "/products", new { product_collect_ids = new[] { products.At("items")[0].GetProperty("product_collect_id").GetString() } });
        await agent.Do("POST", url + "/test", new { to = sender.GetProperty("address").GetString() });
        await Schedule(agent, url, TimeSpan.FromDays(2));
        Done("brief to schedule", agent, 12);

        // Five changes of mind about a scheduled task.
        agent.Begin();
        await agent.Do("PUT", url + "/content", Newsletter.Content("second"));
        Assert.Equal(20, (await agent.Do("POST", url + "/recipients/delete", new { seen_within_days = 30 })).Number("deleted"));
        Assert.Equal(other, (await agent.Do("PUT", url + "/sender", new { sender_id = other })).Text("sender.sender_id"));
        await agent.Do("PATCH", url + "/recipients", new { recipients = new[] { new { email_address = Worlds.Address(30), name = "Ana" } } });
        var plan = await Schedule(agent, url, TimeSpan.FromDays(3));
        Assert.Equal(Newsletter.People - 20, plan.Number("mails_to_send"));
        Done("five changes of mind", agent, 9);

        // A report, with who replied and what they wrote.
        await server.MakeDue(task);
        await server.Settled(task, seconds: 300);
        await Answer(server, task);
        agent.Begin();
        var status = await agent.Do("GET", url + "?wait=settled&fields=status,counts.sent_count");
        Assert.Equal(("sent", Newsletter.People - 20L), (status.Text("status"), status.Number("counts.sent_count")));
        var report = await agent.Do("GET", url + "/report?explain=reply_count");
        var message = report.At("explained.recipients")[0].GetProperty("message_ids")[0].GetString();
        Assert.Equal("reply", (await agent.Do("GET", $"/v1/messages/{message}")).Text("kind"));
        Done("report", agent, 4);

        // A follow-up to who did not reply.
        agent.Begin();
        var next = (await agent.Do("POST", url + "/copy", new { name = "Follow-up", recipients = "not_replied" })).Text("task_id");
        await agent.Do("PUT", $"/v1/email-tasks/{next}/content", new { subject = "{{ name }}, once more", text_body = "Did you see it? {{ unsubscribe_url }}" });
        plan = await agent.Do("POST", $"/v1/email-tasks/{next}/send", force: false);
        Assert.Equal(Newsletter.People - 21L, plan.Number("mails_to_send"));
        Assert.StartsWith("Sending has started", (await agent.Do("POST", $"/v1/email-tasks/{next}/send", plan: plan.Text("plan_digest"))).Summary);
        Done("follow-up", agent, 4);
    }

    private static async Task<Reply> Schedule(Agent agent, string url, TimeSpan ahead)
    {
        var at = new { plan_send_at = Worlds.Ahead(ahead) };
        var plan = await agent.Do("POST", url + "/schedule", at, force: false);
        Assert.Equal("ready", plan.Text("verdict"));
        Assert.StartsWith("Scheduled", (await agent.Do("POST", url + "/schedule", at, plan: plan.Text("plan_digest"))).Summary);
        return plan;
    }

    /// <summary>One reply, as reading the mailbox would have left it.</summary>
    private static async Task Answer(TestServer server, string id)
    {
        var task = (await server.App.Store.Read(db => EmailTasks.Server.Storage.Rows.TaskRows.LoadAny(db, id)))!;
        await server.App.Store.Write(async db =>
        {
            var seq = await db.One<long>("select min(seq) from recipient where set_id = @set", new { set = task.SetId });
            await EmailTasks.Server.Storage.Rows.MessageRows.Insert(db, new EmailTasks.Server.Storage.Rows.MessageRow
            {
                Id = "msg_00000000000000000000000001", Account = task.Account, Mailbox = task.Mailbox!, Folder = "INBOX", Uid = "1", Hash = "h", Kind = "reply", Strength = "reference", Task = task.Id, SetId = task.SetId, Seq = seq,
                At = db.Now, FromAddress = "ana@creators.example", Subject = "Re: Hi", Size = 3, CreatedAt = db.Now,
            });
            await EmailTasks.Server.Storage.Rows.MessageRows.InsertRaw(db, "msg_00000000000000000000000001", EmailTasks.Server.Inbound.Arrival.Pack("\r\nYes"u8.ToArray()));
            await db.Execute("update mailbox set inbound = '{}' where id = @m", new { m = task.Mailbox });
            return await db.Execute("update recipient set replied_at = @now where set_id = @set and seq = @seq", new { now = db.Now, set = task.SetId, seq });
        });
    }
}
