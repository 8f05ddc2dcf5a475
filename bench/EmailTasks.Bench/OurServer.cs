using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace EmailTasks.Bench;

/// <summary>Our server as a user runs it: a process, HTTP, a database on disk with every commit flushed.</summary>
internal sealed class OurServer : IDisposable
{
    private const int RowsPerCall = 10_000;

    private readonly Peer _process;
    private readonly HttpClient _http;
    private readonly string _sender;
    private readonly string _folder;
    private bool _keep;

    private OurServer(Peer process, HttpClient http, string sender, string folder, bool keep)
    {
        _keep = keep;
        _process = process;
        _http = http;
        _sender = sender;
        _folder = folder;
    }

    public int Pid => _process.Pid;

    /// <summary>Starts it on a folder that is kept, or on one of its own.</summary>
    public static async Task<OurServer> Start(string server, int smtpPort, int connections, string? kept = null, string? database = null)
    {
        var folder = kept ?? Directory.CreateTempSubdirectory("email-tasks-bench-").FullName;
        string[] arguments = ["--data", folder, "--urls", "http://127.0.0.1:0", "--state", folder + ".state"];
        var process = Peer.Start(server, null, database is null ? arguments : [.. arguments, "--database", database]);
        try
        {
            var url = JsonDocument.Parse(await process.Line(TimeSpan.FromSeconds(30))).RootElement.GetProperty("url").GetString()!;
            var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(2) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(Path.Combine(folder, "admin.key"))).Trim());
            var there = (await Call(http, HttpMethod.Get, "/v1/mailboxes", null)).GetProperty("items").EnumerateArray().Where(m => m.GetProperty("kind").GetString() == "enterprise").ToList();
            var mailbox = there.Count > 0 ? there[0] : await Call(http, HttpMethod.Post, "/v1/mailboxes?skip_check=true&dry_run=false", new
            {
                kind = "enterprise", address = "mia@brand.example", display_name = "Mia", smtp = new { host = "127.0.0.1", port = smtpPort, security = "none" }, limits = new { connections },
            });
            return new OurServer(process, http, mailbox.GetProperty("sender_id").GetString()!, folder, kept is not null);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Everything but the send.</summary>
    public async Task<string> Ready(BenchMail mail, int first, int count)
    {
        var task = (await Call(HttpMethod.Post, "/v1/email-tasks", new { name = $"From {first}" })).GetProperty("task_id").GetString()!;
        for (var at = first; at < first + count; at += RowsPerCall)
        {
            var rows = Enumerable.Range(at, Math.Min(RowsPerCall, first + count - at)).Select(i => new { email_address = $"r{i}@d{i % 50}.example", name = $"Creator {i}" });
            await Call(HttpMethod.Post, $"/v1/email-tasks/{task}/recipients", new { recipients = rows });
        }
        await Call(HttpMethod.Put, $"/v1/email-tasks/{task}/content", new { subject = mail.Subject, html_body = mail.Html, text_body = mail.Text });
        await Call(HttpMethod.Put, $"/v1/email-tasks/{task}/sender", new { sender_id = _sender });
        return task;
    }

    /// <summary>What a path answers.</summary>
    public Task<JsonElement> Get(string path) => Call(HttpMethod.Get, path);

    /// <summary>A kept folder's state goes with the server after all.</summary>
    public void Forget() => _keep = false;

    /// <summary>The size of one message as it leaves.</summary>
    public async Task<long> MessageBytes(string task) => (await Call(HttpMethod.Get, $"/v1/email-tasks/{task}/preview?recipient=r0@d0.example")).GetProperty("size_bytes").GetInt64();

    /// <summary>From send --force to settled, in seconds.</summary>
    public async Task<double> Send(string task, int count)
    {
        var clock = Stopwatch.StartNew();
        await Call(HttpMethod.Post, $"/v1/email-tasks/{task}/send", null);
        while (true)
        {
            var now = await Call(HttpMethod.Get, $"/v1/email-tasks/{task}", null);
            if (now.GetProperty("settled").GetBoolean())
            {
                var sent = now.GetProperty("counts").GetProperty("sent_count").GetInt64();
                return sent == count ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"{sent} of {count} were sent: {now}");
            }
            if (clock.Elapsed > TimeSpan.FromMinutes(3)) throw new TimeoutException($"Not settled: {now}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _process.Dispose();
        if (_keep) return;
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        if (Directory.Exists(_folder + ".state")) Directory.Delete(_folder + ".state", recursive: true);
    }

    private Task<JsonElement> Call(HttpMethod method, string path, object? body = null) =>
        Call(_http, method, method == HttpMethod.Get ? path : path + "?dry_run=false", body);

    private static async Task<JsonElement> Call(HttpClient http, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (method != HttpMethod.Get) request.Headers.Add("Idempotency-Key", $"bench-{Stopwatch.GetTimestamp()}");
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        return answer.GetProperty("success").GetBoolean() ? answer.GetProperty("data") : throw new InvalidOperationException(answer.ToString());
    }
}
