using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EmailTasks.Testing;

/// <summary>A headless Chromium with an empty profile, driven by its DevTools protocol: pages are tested in what people open them with.</summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Quiet =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-default-apps", "--disable-extensions", "--no-proxy-server", "--remote-debugging-port=0",
    ];

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _asked = new();
    private readonly ConcurrentDictionary<string, Action<string, JsonElement>> _sessions = new();
    private readonly SemaphoreSlim _writing = new(1);
    private int _last;

    private Browser(Process process, string profile) => (_process, _profile) = (process, profile);

    /// <summary>Starts it.</summary>
    public static async Task<Browser> Start()
    {
        var profile = Directory.CreateTempSubdirectory("email-tasks-browser-").FullName;
        var start = new ProcessStartInfo("chromium", [.. Quiet, $"--user-data-dir={profile}", "about:blank"]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        var browser = new Browser(Process.Start(start)!, profile);
        browser._process.ErrorDataReceived += (_, _) => { };
        browser._process.BeginErrorReadLine();
        browser._process.BeginOutputReadLine();
        var told = Path.Combine(profile, "DevToolsActivePort");
        var until = Stopwatch.StartNew();
        while (!File.Exists(told) || (await File.ReadAllLinesAsync(told)).Length < 2)
        {
            if (until.Elapsed > TimeSpan.FromSeconds(30)) throw new TimeoutException("Chromium did not start.");
            await Task.Delay(50);
        }
        var lines = await File.ReadAllLinesAsync(told);
        await browser._socket.ConnectAsync(new Uri($"ws://127.0.0.1:{lines[0]}{lines[1]}"), CancellationToken.None);
        _ = Task.Run(browser.Read);
        return browser;
    }

    /// <summary>Opens a page and waits until it is loaded.</summary>
    /// <param name="width">Of the window, in CSS pixels.</param>
    public async Task<BrowserPage> Open(string url, int width = 1000)
    {
        var target = (await Ask(null, "Target.createTarget", new JsonObject { ["url"] = "about:blank" })).GetProperty("targetId").GetString()!;
        var session = (await Ask(null, "Target.attachToTarget", new JsonObject { ["targetId"] = target, ["flatten"] = true })).GetProperty("sessionId").GetString()!;
        var page = new BrowserPage(this, session);
        _sessions[session] = page.Heard;
        foreach (var domain in new[] { "Page", "Network", "Log", "Runtime" }) await Ask(session, domain + ".enable", []);
        await Ask(session, "Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await page.Loads(() => Ask(session, "Page.navigate", new JsonObject { ["url"] = url }));
        return page;
    }

    /// <summary>Asks for something by the protocol.</summary>
    internal async Task<JsonElement> Ask(string? session, string method, JsonObject parameters)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = _asked[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null) message["sessionId"] = session;
        await _writing.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _socket.Dispose();
        _writing.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A child of it wrote a last file; the folder is a temporary one.
        }
    }

    private async Task Read()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (_socket.State == WebSocketState.Open)
            {
                var part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                message.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage) continue;
                Heard(JsonDocument.Parse(message.ToArray()).RootElement);
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            foreach (var asked in _asked.Values) asked.TrySetException(e);
        }
    }

    private void Heard(JsonElement message)
    {
        if (message.TryGetProperty("id", out var id) && _asked.TryRemove(id.GetInt32(), out var asked))
        {
            if (message.TryGetProperty("error", out var error)) asked.TrySetException(new InvalidOperationException(error.ToString()));
            else asked.TrySetResult(message.GetProperty("result"));
        }
        else if (message.TryGetProperty("sessionId", out var session) && _sessions.TryGetValue(session.GetString()!, out var heard)) heard(message.GetProperty("method").GetString()!, message.GetProperty("params"));
    }
}

/// <summary>A page, and what it asked for and complained of.</summary>
public sealed class BrowserPage(Browser browser, string session)
{
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _complaints = new();
    private TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Addresses it asked for, the page's own first.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Errors and warnings it wrote.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>What an expression is worth in the page.</summary>
    public async Task<JsonElement> Value(string expression)
    {
        var answer = await browser.Ask(session, "Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true });
        if (answer.TryGetProperty("exceptionDetails", out var thrown)) throw new InvalidOperationException(thrown.ToString());
        return answer.GetProperty("result").TryGetProperty("value", out var value) ? value : default;
    }

    /// <summary>Does something that loads another page, and waits for it.</summary>
    public async Task Loads(Func<Task> act)
    {
        _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await act();
        await _loaded.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    internal void Heard(string method, JsonElement told)
    {
        switch (method)
        {
            case "Page.loadEventFired": _loaded.TrySetResult(); break;
            case "Network.requestWillBeSent": _requests.Enqueue(told.GetProperty("request").GetProperty("url").GetString()!); break;
            case "Log.entryAdded": _complaints.Enqueue(told.GetProperty("entry").GetProperty("text").GetString()!); break;
            case "Runtime.exceptionThrown": _complaints.Enqueue(told.ToString()); break;
            default: break;
        }
    }
}
