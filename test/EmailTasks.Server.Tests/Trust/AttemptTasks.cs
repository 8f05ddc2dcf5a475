using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>
/// Makes tasks from their names: words before (<c>small_</c>, <c>big_</c>, <c>many_</c>, <c>bad_</c>, <c>stuck_</c>, <c>foreign_</c>, <c>elsewhere_</c>, <c>agents_</c>),
/// what the task is (<c>paused</c>), and who did that last (<c>_by_agent</c>).
/// </summary>
internal sealed class AttemptTasks(AttemptWorld world)
{
    private static readonly string[] Before = ["small_", "big_", "many_", "bad_", "slow_", "stuck_", "foreign_", "elsewhere_", "agents_"];

    /// <summary>Who stands behind the last word of a name.</summary>
    private static readonly Dictionary<string, string> Actors = new(StringComparer.Ordinal)
    {
        ["person"] = "person_operator", ["colleague"] = "person_colleague", ["admin"] = "person_admin", ["leaver"] = "person_leaver", ["doomed_person"] = "person_doomed",
        ["agent"] = "agent_send", ["other_agent"] = "agent_other", ["bounded"] = "agent_bounded", ["doomed"] = "agent_doomed", ["leaving_agent"] = "agent_leaver", ["agent_of_colleague"] = "agent_of_colleague",
    };

    public async Task<string> Make(string name)
    {
        var (word, before) = (name.Split('#')[0], new HashSet<string>(StringComparer.Ordinal));
        while (Before.FirstOrDefault(b => word.StartsWith(b, StringComparison.Ordinal)) is { } found)
        {
            before.Add(found);
            word = word[found.Length..];
        }
        var parts = word.Split("_by_", 2);
        // A task that an agent made is set going by that agent, unless the name ends with somebody else.
        var goes = parts[0] is "sending" or "started" or "uncertain" or "scheduled";
        var actor = await Actor(parts.Length == 2 ? parts[1] : goes && before.Contains("agents_") ? "agent" : "person");
        var maker = await Actor(before.Contains("agents_") ? "agent" : "person");
        var people = before.Contains("small_") ? 1 : parts[0] == "bounced" ? 20 : before.Contains("many_") ? 40 : before.Contains("big_") || before.Contains("bad_") ? 12 : 3;
        var mailbox = await world.Need(parts[0] switch
        {
            _ when before.Contains("stuck_") => "stuck",
            "sending" or "uncertain" => "stuck",
            "sent" or "guarded" or "bounced" => "live",
            _ => before.Contains("elsewhere_") ? "other_mailbox" : "mailbox",
        });
        var task = (await world.Do(maker, "POST", "/v1/email-tasks", new { name = $"Task {name}" })).Text("task_id");
        if (parts[0] == "draft") return task;
        await Prepare(task, name, maker, mailbox, people);
        await Bring(task, name, parts[0], maker, actor);
        return task;
    }

    private async Task<string> Actor(string word)
    {
        var key = Actors.TryGetValue(word, out var known) ? known : throw new FormatException($"Nobody is called {word}.");
        await world.Keys.Make(key, world.BoundedMailboxes);
        return key;
    }

    private async Task Prepare(string task, string name, string maker, string mailbox, int people)
    {
        var rows = Enumerable.Range(1, people).Select(i => new { email_address = world.Address(name, $"{i}"), name = $"Creator {i}" });
        await world.Do(maker, "POST", $"/v1/email-tasks/{task}/recipients", new { recipients = rows });
        await Content(task, name, maker, "First words");
        await world.Do(maker, "PUT", $"/v1/email-tasks/{task}/sender", new { sender_id = mailbox });
    }

    private Task Content(string task, string name, string key, string words) =>
        world.Do(key, "PUT", $"/v1/email-tasks/{task}/content", new { subject = "Hi {{ name }}", text_body = $"{words} of {name}{world.Token}. {{{{ unsubscribe_url }}}}" });

    /// <summary>From a ready draft to what the name says.</summary>
    private async Task Bring(string task, string name, string state, string maker, string actor)
    {
        var path = $"/v1/email-tasks/{task}";
        switch (state)
        {
            case "ready":
                break;
            case "edited":
                await Content(task, name, actor, "Other words");
                break;
            case "scheduled":
                await world.Start(actor, $"{path}/schedule", new { plan_send_at = Worlds.Ahead(TimeSpan.FromDays(1)) });
                break;
            case "sending" or "started":
                await world.Start(actor, $"{path}/send");
                break;
            case "paused":
                await world.Start(maker, $"{path}/send");
                await world.Do(actor, "POST", $"{path}/pause");
                break;
            case "cancelled":
                await world.Start(maker, $"{path}/send");
                await world.Do(actor, "POST", $"{path}/cancel");
                break;
            case "sent":
                await world.Start(actor, $"{path}/send");
                await world.Server.Settled(task, world.Keys.Text("person_admin")!);
                break;
            case "bounced" or "guarded":
                if (state == "bounced") await world.Do("person_admin", "PATCH", "/v1/account", new { bounce_guard = new { share = 0.1, minimum = 5 } });
                await world.Start(actor, $"{path}/send");
                await Worlds.Until(async () => (await world.Do("person_admin", "GET", path)).Text("status") == "paused", 40, "The guard's pause");
                break;
            case "uncertain":
                await world.Start(actor, $"{path}/send");
                await world.Server.MakeUncertain(task, world.Address(name, "1"), 3600);
                var first = (await world.Do("person_admin", "GET", $"{path}/recipients")).At("items")[0];
                world.Name($"{name}!1", first.GetProperty("recipient_id").GetString()!);
                break;
            default:
                throw new FormatException($"There is no thing {name}.");
        }
    }
}
