using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Wire;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>
/// Everything in <c>bad-inputs.json</c> is refused as it says there, with its paths and exit code, changes nothing, and
/// is never a bug. Mutations are forced, so that nothing but the refusal keeps them from happening.
/// </summary>
public sealed class BadInputTests
{
    private const int Least = 150;

    [Theory, MemberData(nameof(Stores.Embedded), MemberType = typeof(Stores))]
    public async Task Every_bad_input_is_refused_by_name_and_changes_nothing(StoreKind store)
    {
        var cases = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Http", "bad-inputs.json"), TestContext.Current.CancellationToken)).RootElement;
        Assert.True(cases.GetArrayLength() >= Least);
        await using var server = await TestServer.Start(store);
        await using var open = await TestServer.Start(store, adjust: app => app with { Mailboxes = new MailboxAccess(app.Keys, app.Time, app.Options.Data, allowPrivateHosts: false) });
        var world = await GateWorld.Make(server);
        await world.Quiet();
        var before = new Dictionary<TestServer, string> { [server] = server.Fingerprint(), [open] = open.Fingerprint() };
        var wrong = new List<string>();
        foreach (var item in cases.EnumerateArray())
        {
            var (at, bad) = (Text(item, "server") == "public" ? open : server, new BadInput(item, world));
            if (await bad.Wrong(at) is { } problem) wrong.Add($"{item.GetProperty("name")}: {problem}");
            var after = at.Fingerprint();
            if (after != before[at]) wrong.Add($"{item.GetProperty("name")}: something was written");
            before[at] = after;
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out var value) ? value.GetString() : null;
}

/// <summary>One case: how it is sent, and what must come back.</summary>
internal sealed class BadInput(JsonElement item, GateWorld world)
{
    private const string BaseCode = ErrorCodes.InvalidRequest;

    private static readonly HttpMethod[] Reads = [HttpMethod.Get];

    /// <summary>What is not as it must be, or null.</summary>
    public async Task<string?> Wrong(TestServer server)
    {
        using var request = Request(server);
        using var response = await server.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (KeyText.In(text)) return $"an API key is repeated: {text}";
        if (Has("bare")) return (int)response.StatusCode == 400 ? null : $"{response.StatusCode} {text}";
        var reply = new Reply((int)response.StatusCode, JsonDocument.Parse(text).RootElement);
        var row = ErrorCodes.Row(Text("code") ?? BaseCode);
        var code = reply.ErrorCode ?? "success";
        var asExpected = row.Code == ErrorCodes.Upstream ? code.StartsWith(row.Code, StringComparison.Ordinal) : code == row.Code;
        var status = Has("status") ? item.GetProperty("status").GetInt32() : row.Http;
        if (!asExpected || reply.Status != status) return $"{reply.Status} {code}, not {status} {row.Code}: {text[..Math.Min(600, text.Length)]}";
        if (ErrorCodes.Row(code).Exit != row.Exit || row.Exit <= 1) return $"exit code {ErrorCodes.Row(code).Exit}";
        if (reply.Success || reply.Json.GetProperty("applied").GetBoolean() || reply.Summary.Length == 0) return "no failure envelope";
        if (Has("problems") && reply.Errors.GetArrayLength() != item.GetProperty("problems").GetInt32()) return $"{reply.Errors.GetArrayLength()} problems";
        if (Has("says") && !reply.Errors[0].GetProperty("problem").GetString()!.Contains(Text("says")!, StringComparison.Ordinal)) return $"says {reply.Errors}";
        if (reply.Errors.EnumerateArray().Any(e => e.EnumerateObject().Any(m => m.Name != "path" && m.Value.GetString()!.Length == 0))) return $"an error without words: {reply.Errors}";
        if (!Has("paths")) return null;
        var paths = item.GetProperty("paths").EnumerateArray().Select(p => p.GetString()!).ToList();
        return paths.SequenceEqual(reply.Paths) ? null : $"paths {string.Join(", ", reply.Paths)}";
    }

    private HttpRequestMessage Request(TestServer server)
    {
        var call = Encoding.UTF8.GetString(Bytes(item.GetProperty("call"))).Split(' ', 2);
        var method = new HttpMethod(call[0]);
        var forced = !Has("raw") && !Reads.Contains(method);
        var request = new HttpRequestMessage(method, forced ? call[1] + (call[1].Contains('?') ? "&" : "?") + "dry_run=false" : call[1]);
        if (forced) request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString("N"));
        var key = Text("key") is { } name ? name.Length == 0 ? null : world[name] : server.AdminKey;
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (Has("body"))
        {
            request.Content = new ByteArrayContent(Bytes(item.GetProperty("body")));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (Has("chunked")) request.Headers.TransferEncodingChunked = true;
        }
        if (Has("headers"))
        {
            foreach (var header in item.GetProperty("headers").EnumerateObject())
            {
                if (header.Name == "Content-Type") request.Content!.Headers.ContentType = header.Value.GetString() is { Length: > 0 } type ? new MediaTypeHeaderValue(type) : null;
                else request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
            }
        }
        return request;
    }

    /// <summary>Text with names filled in; <c>base64</c>; or <c>text</c> with <c>@@</c> for <c>times</c> × <c>repeat</c>, in which # is the number.</summary>
    private byte[] Bytes(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return Encoding.UTF8.GetBytes(world.Fill(value.GetString()!));
        if (value.TryGetProperty("base64", out var bytes)) return bytes.GetBytesFromBase64();
        var (piece, times) = (value.GetProperty("repeat").GetString()!, value.GetProperty("times").GetInt32());
        var join = value.TryGetProperty("join", out var between) ? between.GetString()! : "";
        var filled = new StringBuilder(piece.Length * times);
        for (var i = 0; i < times; i++) filled.Append(i == 0 ? "" : join).Append(piece.Contains('#') ? piece.Replace("#", i.ToString(), StringComparison.Ordinal) : piece);
        return Encoding.UTF8.GetBytes(world.Fill(value.GetProperty("text").GetString()!).Replace("@@", filled.ToString(), StringComparison.Ordinal));
    }

    private bool Has(string name) => item.TryGetProperty(name, out _);

    private string? Text(string name) => item.TryGetProperty(name, out var value) ? value.GetString() : null;
}
