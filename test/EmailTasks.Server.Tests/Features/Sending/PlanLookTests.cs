using System.Text;
using System.Text.Json;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Features.Sending;

/// <summary>
/// Every content of <c>test/data/seen/contents.json</c>: what the plan warns of, what it does not, and what its samples show.
/// Text and HTML that differ, hidden words, links that lie, characters nobody sees; in the content, or in one row of several.
/// </summary>
public sealed class PlanLookTests
{
    private const int Least = 100;

    private static readonly string[] Trust = ["TEXT_HTML_DIFFER", "HIDDEN_TEXT", "LINK_TEXT_DIFFERS", "LOOKALIKE_LINK", "REPLY_TO_ELSEWHERE", "HIDDEN_CHARACTERS", "REMOTE_PICTURES"];

    [Fact]
    public async Task Every_content_is_shown_as_readers_see_it_and_warned_of_as_its_line_says()
    {
        await using var server = await TestServer.Start();
        var sender = await server.Smtp(2525, address: "me@brand.example");
        var cases = JsonDocument.Parse(await File.ReadAllTextAsync(Repository.At("test/data/seen/contents.json"), TestContext.Current.CancellationToken)).RootElement;
        Assert.True(cases.GetArrayLength() >= Least);
        var (wrong, screens) = (new List<string>(), new StringBuilder());
        foreach (var item in cases.EnumerateArray())
        {
            var plan = await Plan(server, sender, item);
            var notes = plan.GetProperty("warnings").EnumerateArray().ToDictionary(n => n.GetProperty("code").GetString() + n.GetProperty("problem").GetString(), n => n).Values.ToList();
            var codes = notes.Select(n => n.GetProperty("code").GetString()!).Intersect(Trust).ToList();
            var name = item.GetProperty("name").GetString();
            var (expected, never) = (Words(item, "expect"), Words(item, "never"));
            foreach (var code in expected.Except(codes)) wrong.Add($"{name}: {code} is not given ({string.Join(", ", codes)})");
            foreach (var code in never.Intersect(codes).Concat(expected.Count > 0 ? codes.Except(expected).Except(["REMOTE_PICTURES"]) : [])) wrong.Add($"{name}: {code} is given without reason: {Sample(notes, code)}");
            if (item.TryGetProperty("one", out var one) && notes.Find(n => n.GetProperty("code").GetString() == one.GetString()) is { ValueKind: JsonValueKind.Object } found
                && (found.GetProperty("count").GetInt64() != 1 || !Sample(notes, one.GetString()!).Contains("r1@", StringComparison.Ordinal))) wrong.Add($"{name}: not one row: {found}");
            if (item.TryGetProperty("names", out var names)) wrong.AddRange(names.EnumerateArray().Where(n => !Sample(notes, "REMOTE_PICTURES").Contains(n.GetString()!, StringComparison.Ordinal)).Select(n => $"{name}: {n} is not named"));
            screens.AppendLine($"{name}\n  shown  {Contracts.Unseen.Escaped(plan.GetProperty("samples")[0].GetProperty("text_body").GetString()!.ReplaceLineEndings(" / "))}");
            foreach (var code in codes) screens.AppendLine($"  {code}  {Sample(notes, code)}");
        }
        TestContext.Current.TestOutputHelper?.WriteLine(screens.ToString());
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static async Task<JsonElement> Plan(TestServer server, string sender, JsonElement item)
    {
        var task = await server.Draft();
        var rows = item.TryGetProperty("rows", out var given) ? given.EnumerateArray().ToList() : [JsonDocument.Parse("{}").RootElement];
        (await server.Post($"/v1/email-tasks/{task}/recipients", new
        {
            recipients = rows.Select((r, i) => new
            {
                email_address = $"r{i}@creators.example",
                name = r.TryGetProperty("name", out var name) ? name.GetString() : "Ana",
                variables = r.EnumerateObject().Where(v => v.Name != "name").ToDictionary(v => v.Name, v => v.Value.GetString()),
            }),
        })).Ok();
        var content = item.EnumerateObject().Where(m => m.Name is "subject" or "html_body" or "text_body" or "preheader").ToDictionary(m => m.Name, m => m.Value.GetString());
        (await server.Put($"/v1/email-tasks/{task}/content", content)).Ok();
        var choice = new Dictionary<string, string> { ["sender_id"] = sender };
        foreach (var member in item.EnumerateObject().Where(m => m.Name is "reply_to" or "from_name")) choice[member.Name] = member.Value.GetString()!;
        (await server.Put($"/v1/email-tasks/{task}/sender", choice)).Ok();
        return (await server.Post($"/v1/email-tasks/{task}/send", force: false)).Ok().Data;
    }

    private static List<string> Words(JsonElement item, string member) => item.TryGetProperty(member, out var words) ? [.. words.EnumerateArray().Select(w => w.GetString()!)] : [];

    private static string Sample(List<JsonElement> notes, string code) => string.Join("; ", notes.Where(n => n.GetProperty("code").GetString() == code).SelectMany(n => n.GetProperty("sample").EnumerateArray()).Select(s => s.GetString()));
}
