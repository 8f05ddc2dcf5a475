using System.Text.Json;
using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>What happens in a world without a call: time passes, a mail's end stays unknown.</summary>
internal static class AttemptSteps
{
    /// <summary>A forced start that names the plan shown a moment before, as agents must.</summary>
    public static async Task Start(this AttemptWorld world, string key, string path, object? body = null)
    {
        var dry = (await world.Server.Call("POST", path, body, force: false, key: world.Keys.Text(key))).Ok();
        await world.Do(key, "POST", path, body, plan: dry.Text("plan_digest"));
    }

    /// <summary>Waits until a task is settled.</summary>
    public static Task Settled(this TestServer server, string task, string key) =>
        Worlds.Until(async () => (await server.Get($"/v1/email-tasks/{task}", key)).Ok().At("settled").GetBoolean(), 40, $"{task}: settled");

    /// <summary>A line by <c>world&gt;</c>.</summary>
    public static async Task Happens(this AttemptWorld world, string words)
    {
        var typed = words.Split(' ');
        switch (typed[0])
        {
            case "due":
                await world.Server.MakeDue(typed[1]);
                break;
            case "late":
                await world.Server.MakeDue(typed[1], TimeSpan.FromHours(2));
                break;
            case "expire":
                await world.Keys.Expire(typed[1]);
                break;
            case "wait":
                await Task.Delay(int.Parse(typed[1]));
                break;
            case "until": // until tsk_… status paused
                await Worlds.Until(async () => AttemptChecks.Holds(await AttemptChecks.Of(world, typed[1], typed[2]), "has", typed[3]), 40, words);
                break;
            default:
                throw new FormatException($"The world knows no {typed[0]}.");
        }
    }
}

/// <summary>Reads an answer and compares.</summary>
internal static class AttemptChecks
{
    /// <summary>The values at a dotted path, through arrays, joined by commas; <c>absent</c> where there is nothing.</summary>
    public static string At(JsonElement json, string path)
    {
        IEnumerable<JsonElement> all = [json];
        foreach (var name in path.Split('.'))
            all = all.SelectMany(e => e.ValueKind == JsonValueKind.Array ? e.EnumerateArray() : Enumerable.Repeat(e, 1)).Where(e => e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out _)).Select(e => e.GetProperty(name)).ToList();
        var values = all.SelectMany(e => e.ValueKind == JsonValueKind.Array ? e.EnumerateArray().Select(Text) : [Text(e)]).ToList();
        return values.Count == 0 ? all.Any() ? "" : "absent" : string.Join(',', values);
    }

    /// <summary>A member of a thing as an admin sees it: <c>{task}.status</c>.</summary>
    public static Task<string> Of(AttemptWorld world, string subject)
    {
        var cut = subject.IndexOf("}.", StringComparison.Ordinal) + 1;
        return cut == 0 ? throw new FormatException($"A condition is on mails, answer or a thing: {subject}") : Of(world, world.Fill(subject[..cut]), subject[(cut + 1)..]);
    }

    /// <summary>A member of what has that id.</summary>
    public static async Task<string> Of(AttemptWorld world, string id, string path) => At((await world.Do("person_admin", "GET", id.Split('_')[0] switch
    {
        "tsk" => $"/v1/email-tasks/{id}",
        "mbx" => $"/v1/mailboxes/{id}",
        "tpl" => $"/v1/email-templates/{id}",
        "prd" => $"/v1/products/{id}",
        "cr" => $"/v1/creators/{id}",
        var other => throw new FormatException($"Nobody knows how to read a {other}."),
    })).Data, path);

    /// <summary>Whether it holds.</summary>
    public static bool Holds(string actual, string op, string value) => op switch
    {
        "=" => actual == value,
        "!=" => actual != value,
        "<=" => long.TryParse(actual, out var n) && n <= long.Parse(value),
        ">=" => long.TryParse(actual, out var n) && n >= long.Parse(value),
        "has" => actual.Contains(value, StringComparison.OrdinalIgnoreCase),
        "lacks" => !actual.Contains(value, StringComparison.OrdinalIgnoreCase),
        "is absent" => actual is "absent" or "null",
        _ => throw new FormatException($"There is no comparison {op}."),
    };

    private static string Text(JsonElement e) => e.ValueKind == JsonValueKind.String ? e.GetString()! : e.ValueKind == JsonValueKind.Null ? "null" : e.GetRawText().Replace("True", "true", StringComparison.Ordinal);
}
