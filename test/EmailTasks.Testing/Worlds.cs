namespace EmailTasks.Testing;

/// <summary>Tasks in the states tests begin with, made through the public interface.</summary>
public static class Worlds
{
    /// <summary>The first start's pickup mailbox.</summary>
    public static async Task<string> Pickup(this TestServer server) =>
        (await server.Get("/v1/mailboxes")).Ok().Data.GetProperty("items")[0].GetProperty("sender_id").GetString()!;

    /// <summary>An SMTP mailbox on loopback, saved without a login.</summary>
    public static async Task<string> Smtp(this TestServer server, int port, object? limits = null, string? password = null, string address = "mia@brand.example") =>
        (await server.Post("/v1/mailboxes?skip_check=true", new Dictionary<string, object?>
        {
            ["kind"] = "enterprise",
            ["address"] = address,
            ["display_name"] = "Mia",
            ["smtp"] = password is null
                ? new Dictionary<string, object?> { ["host"] = "127.0.0.1", ["port"] = port, ["security"] = "none" }
                : new Dictionary<string, object?> { ["host"] = "127.0.0.1", ["port"] = port, ["security"] = "none", ["username"] = "mia", ["password"] = password },
            ["limits"] = limits ?? new { connections = 8 },
        })).Ok().Text("sender_id");

    /// <summary>An empty draft.</summary>
    public static async Task<string> Draft(this TestServer server, string name = "Spring shoes") =>
        (await server.Post("/v1/email-tasks", new { name })).Ok().Text("task_id");

    /// <summary>A draft with recipients r0…, content and sender: everything but the send.</summary>
    public static async Task<string> Ready(this TestServer server, int recipients, string sender, string name = "Spring shoes", Func<int, string>? address = null, string? text = null)
    {
        var task = await server.Draft(name);
        await server.AddRecipients(task, recipients, address);
        await server.SaveContent(task, text ?? name);
        (await server.Put($"/v1/email-tasks/{task}/sender", new { sender_id = sender })).Ok();
        return task;
    }

    /// <summary>Content that names the recipient and a variable.</summary>
    public static async Task SaveContent(this TestServer server, string task, string text) => (await server.Put($"/v1/email-tasks/{task}/content", new
    {
        subject = "Hello {{ name }}",
        html_body = $"<p>Hi {{{{ name }}}}, code <b>{{{{ code }}}}</b>. {text}</p><p><a href=\"{{{{ unsubscribe_url }}}}\">stop</a></p>",
    })).Ok();

    /// <summary>Adds recipients in calls of 10,000; each has a name and a code of its own.</summary>
    public static async Task AddRecipients(this TestServer server, string task, int count, Func<int, string>? address = null)
    {
        address ??= Address;
        for (var from = 0; from < count; from += 10_000)
        {
            var rows = Enumerable.Range(from, Math.Min(10_000, count - from))
                .Select(i => new { email_address = address(i), name = $"Creator {i}", variables = new { code = $"CODE-{i}-END" } });
            (await server.Post($"/v1/email-tasks/{task}/recipients", new { recipients = rows })).Ok();
        }
    }

    /// <summary>The default address of recipient i.</summary>
    public static string Address(int i) => $"r{i}@d{i % 50}.example";

    /// <summary>Sends a ready task.</summary>
    public static async Task Send(this TestServer server, string task) => (await server.Post($"/v1/email-tasks/{task}/send")).Ok();

    /// <summary>An instant from now, written in UTC.</summary>
    public static string Ahead(TimeSpan time) => DateTimeOffset.UtcNow.Add(time).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Schedules a ready task; in an hour unless told.</summary>
    public static async Task<Reply> Schedule(this TestServer server, string task, string? at = null) =>
        (await server.Post($"/v1/email-tasks/{task}/schedule?full=true", new { plan_send_at = at ?? Ahead(TimeSpan.FromHours(1)) })).Ok();

    /// <summary>Makes a scheduled task's time be now, or so long ago.</summary>
    public static Task MakeDue(this TestServer server, string task, TimeSpan ago = default) => server.App.Store.Write(db =>
        db.Execute("update task set plan_send_at = @at where id = @task and status = 1", new { task, at = db.Now - (long)ago.TotalMicroseconds }));

    /// <summary>Makes one waiting recipient of a started task look as if its first attempt had ended unknown.</summary>
    public static Task MakeUncertain(this TestServer server, string task, string address, long begunAgoSeconds = 0) => server.App.Store.Write(async db =>
    {
        var (set, seq) = await db.One<(long, long)>("select r.set_id, r.seq from recipient r join task t on t.set_id = r.set_id where t.id = @task and r.address = @address", new { task, address });
        var at = db.Now - begunAgoSeconds * 1_000_000;
        await db.Execute("update recipient set state = 4, attempt = 1, unknown = 1, begun_at = @at, state_at = @at, first_try_at = @at where set_id = @set and seq = @seq and state = 0", new { set, seq, at });
        return await db.Execute("update task_counter set pending = pending - 1, uncertain = uncertain + 1 where set_id = @set and shard = @seq % 8", new { set, seq });
    });

    /// <summary>Waits until a task is settled.</summary>
    public static async Task<Reply> Settled(this TestServer server, string task, int seconds = 120)
    {
        var until = DateTime.UtcNow.AddSeconds(seconds);
        while (true)
        {
            var reply = await server.Get($"/v1/email-tasks/{task}");
            if (reply.Ok().Data.GetProperty("settled").GetBoolean()) return reply;
            if (DateTime.UtcNow > until) throw new TimeoutException($"Not settled after {seconds} s: {reply.Data}");
            await Task.Delay(50);
        }
    }

    /// <summary>Waits until something holds.</summary>
    public static async Task Until(Func<Task<bool>> holds, int seconds = 60, string what = "it")
    {
        var until = DateTime.UtcNow.AddSeconds(seconds);
        while (!await holds())
        {
            if (DateTime.UtcNow > until) throw new TimeoutException($"{what} did not happen within {seconds} s.");
            await Task.Delay(20);
        }
    }
}
