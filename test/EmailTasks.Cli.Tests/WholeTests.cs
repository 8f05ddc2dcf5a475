using System.Diagnostics;
using System.Text.Json;

namespace EmailTasks.Cli.Tests;

/// <summary>The built command line and the built server together, the way a newcomer has them.</summary>
public sealed class WholeTests : IDisposable
{
    private readonly Cli _cli = new();
    private Process? _server;

    public void Dispose()
    {
        if (_server is { HasExited: false }) _server.Kill();
        _server?.WaitForExit();
        _server?.Dispose();
        _cli.Dispose();
    }

    /// <summary>Starts the server and answers what it printed when it was ready.</summary>
    private JsonElement Serve(params string[] more)
    {
        _server = _cli.Start(["serve", "--urls", "http://127.0.0.1:0", "--data", Path.Combine(_cli.Folder, "data"), .. more]);
        var line = _server.StandardOutput.ReadLine() ?? throw new InvalidOperationException(_server.StandardError.ReadToEnd());
        return JsonDocument.Parse(line).RootElement;
    }

    private int Terminate()
    {
        Process.Start("kill", ["-TERM", _server!.Id.ToString()]).WaitForExit();
        Assert.True(_server.WaitForExit(60_000), "SIGTERM stops it.");
        return _server.ExitCode;
    }

    /// <summary>Runs a line in a shell, verbatim, and answers the envelope.</summary>
    private (int Exit, JsonElement Json) Shell(string line)
    {
        _cli.Environment["PATH"] = Path.GetDirectoryName(Cli.Binary) + ":" + Environment.GetEnvironmentVariable("PATH");
        using var process = _cli.Start(["-c", line], "bash");
        process.StandardInput.Close();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, JsonDocument.Parse(text).RootElement);
    }

    [Fact]
    public void Every_line_of_the_seed_runs_verbatim()
    {
        Serve("--login");
        var product = Shell("""echo '{"title":"Trail shoe","link":"https://shop.example/trail","price":"49.00","currency":"EUR"}' | noxinfluencer product create --body-file - --force""").Json;
        var mailbox = Shell("noxinfluencer mailbox list").Json.GetProperty("data").GetProperty("items")[0].GetProperty("sender_id").GetString();
        _cli.File("email-task.json", """{"name":"Spring shoes"}""");
        _cli.File("recipients.json", """{"recipients":[{"email_address":"ana@creators.example","name":"Ana"},{"email_address":"ben@creators.example","name":"Ben"}]}""");
        _cli.File("content.json", """{"subject":"Hi {{ name }}","text_body":"Hello {{ name }}, {{ unsubscribe_url }}"}""");
        _cli.File("sender.json", $$"""{"sender_id":"{{mailbox}}"}""");
        _cli.File("email-products.json", $$"""{"product_collect_ids":["{{product.GetProperty("data").GetProperty("product_collect_id").GetString()}}"]}""");
        _cli.File("schedule.json", $$"""{"plan_send_at":"{{DateTimeOffset.UtcNow.AddHours(9):yyyy-MM-dd'T'HH:mm:ss}}+08:00"}"""); // in an hour
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "seed-commands.txt")))
        {
            var typed = ids.Aggregate(line, (l, id) => l.Replace($"<{id.Key}>", id.Value));
            var (exit, json) = Shell(typed);
            if (line.Contains(" cancel ", StringComparison.Ordinal))
            {
                Assert.Equal(json.GetProperty("success").GetBoolean() ? 0 : 6, exit); // two mails are quick: it may be sent already
                continue;
            }
            Assert.True(exit == 0 && json.GetProperty("success").GetBoolean(), $"{typed}: {exit} {json}");
            if (line.Contains("email create", StringComparison.Ordinal) && json.TryGetProperty("applied", out _)) ids["task_id"] = json.GetProperty("data").GetProperty("task_id").GetString()!;
            if (line.Contains("products list", StringComparison.Ordinal)) ids["email_product_id"] = json.GetProperty("data").GetProperty("items")[0].GetProperty("email_product_id").GetString()!;
        }
        var settled = Shell($"noxinfluencer email get {ids["task_id"]} --wait settled").Json;
        Assert.True(settled.GetProperty("data").GetProperty("settled").GetBoolean());
    }

    [Fact]
    public void The_line_after_a_dry_run_does_it()
    {
        Serve("--login");
        _cli.File("my task.json", """{"name":"Spring shoes"}""");
        var dry = Shell("noxinfluencer email create --body-file 'my task.json'").Json;
        Assert.False(dry.GetProperty("applied").GetBoolean());
        var (exit, done) = Shell(dry.GetProperty("next").GetProperty("command").GetString()!);
        Assert.Equal(0, exit);
        var id = done.GetProperty("data").GetProperty("task_id").GetString();
        var mailbox = Shell("noxinfluencer mailbox list").Json.GetProperty("data").GetProperty("items")[0].GetProperty("sender_id").GetString();
        Shell($$"""echo '{"recipients":[{"email_address":"ana@creators.example"}]}' | noxinfluencer email recipients add {{id}} --body-file - --force""");
        Shell($$"""noxinfluencer email content save {{id}} --subject Hi --text-file <(echo 'Hello, there') --force""");
        Shell($$"""echo '{"sender_id":"{{mailbox}}"}' | noxinfluencer email sender update {{id}} --body-file - --force""");
        _cli.File("send.json", """{"send_until":"2999-01-01T00:00:00Z"}""");
        var plan = Shell($"noxinfluencer email send {id} --body-file send.json").Json;
        Assert.Equal("ready", plan.GetProperty("data").GetProperty("verdict").GetString());
        var line = plan.GetProperty("next").GetProperty("command").GetString()!;
        Assert.Equal(line, plan.GetProperty("data").GetProperty("next").GetProperty("command").GetString());
        Assert.StartsWith("Sending has started", Shell(line).Json.GetProperty("summary").GetString());
    }

    [Fact]
    public void The_server_has_the_clis_process_and_stops_on_a_signal()
    {
        var ready = Serve();
        Assert.Equal(_server!.Id, ready.GetProperty("pid").GetInt32());
        Assert.Equal(0, Terminate());
        var words = _server.StandardError.ReadToEnd();
        Assert.Contains(ready.GetProperty("url").GetString()!, words);
        Assert.Contains("Next: ", words);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_cli.Folder, "data", "admin.key")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_cli.Folder, "data", "master.key")));
    }

    [Fact]
    public void It_serves_without_HOME_and_in_a_folder_it_may_not_write()
    {
        _cli.Environment["HOME"] = null;
        var data = Path.Combine(_cli.Folder, "data");
        Directory.CreateDirectory(data);
        _server = _cli.Start(["-c", $"cd / && exec '{Cli.Binary}' serve --urls http://127.0.0.1:0 --data '{data}'"], "bash");
        var ready = JsonDocument.Parse(_server.StandardOutput.ReadLine()!).RootElement;
        _cli.Environment["NOXINFLUENCER_SERVER_URL"] = ready.GetProperty("url").GetString();
        _cli.Environment["NOXINFLUENCER_API_KEY"] = File.ReadAllText(Path.Combine(data, "admin.key")).Trim();
        Assert.Equal(0, Shell("cd / && noxinfluencer email list").Exit);
        Assert.Equal(0, Terminate());
    }

    [Fact]
    public void A_plan_on_a_terminal_is_one_screen_that_says_nothing_has_been_sent()
    {
        Serve("--login");
        var id = Shell("""echo '{"name":"Spring"}' | noxinfluencer email create --body-file - --force""").Json.GetProperty("data").GetProperty("task_id").GetString();
        var screen = _cli.OnTerminal($"email send {id}");
        Assert.Contains("REFUSED", screen);
        Assert.Contains("NOTHING HAS BEEN SENT", screen);
        Assert.InRange(screen.Split('\n').Length, 5, 40);
    }
}
