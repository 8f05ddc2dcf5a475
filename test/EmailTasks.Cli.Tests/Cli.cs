using System.Diagnostics;
using System.Text.Json;

namespace EmailTasks.Cli.Tests;

/// <summary>What a run of the built binary left behind.</summary>
internal sealed record Ran(int Exit, string Out, string Err)
{
    private JsonElement? _json;

    /// <summary>Stdout as the one JSON document it must be.</summary>
    public JsonElement Json => _json ??= JsonDocument.Parse(Out).RootElement;

    public string ErrorCode => Json.GetProperty("error_code").GetString()!;

    /// <summary>All problems, fixes and the summary, to look for words in.</summary>
    public string Words => Json.GetProperty("summary").GetString() + " " + (Json.TryGetProperty("errors", out var errors) ? errors.GetRawText() : "");
}

/// <summary>Runs the built binary as a process with an environment of its own.</summary>
internal sealed class Cli : IDisposable
{
    public const string Key = "key_test_0123456789";

    public Cli() => Folder = Directory.CreateTempSubdirectory("cli-").FullName;

    /// <summary>The working folder, which is also HOME.</summary>
    public string Folder { get; }

    public Dictionary<string, string?> Environment { get; } = new(StringComparer.Ordinal);

    public static string Binary => System.Environment.GetEnvironmentVariable("NOXINFLUENCER_BIN") ?? Repository.At("out/noxinfluencer");

    /// <summary>A client of a server, with its key in the environment.</summary>
    public static Cli For(FakeServer server)
    {
        var cli = new Cli();
        cli.Environment["NOXINFLUENCER_SERVER_URL"] = server.Url;
        cli.Environment["NOXINFLUENCER_API_KEY"] = Key;
        return cli;
    }

    public string File(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public Ran Run(params string[] args) => Run(stdin: null, args);

    public Ran Run(byte[]? stdin, params string[] args)
    {
        using var process = Start(args);
        if (stdin is not null)
        {
            try
            {
                process.StandardInput.BaseStream.Write(stdin);
            }
            catch (IOException)
            {
                // It did not want to read it all.
            }
        }
        process.StandardInput.Close();
        var err = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(60_000)) throw new TimeoutException(string.Join(' ', args));
        var ran = new Ran(process.ExitCode, text, err.Result);
        Assert.DoesNotMatch(@"(?m)^\s+at [A-Z]\w*\.", ran.Out + ran.Err);
        Assert.DoesNotContain("Unhandled", ran.Err);
        return ran;
    }

    /// <summary>Runs on a pseudo terminal, where a person would see it.</summary>
    public string OnTerminal(string line)
    {
        var binary = "'" + Binary + "' ";
        using var process = Start(["-qefc", binary + line, "/dev/null"], "script");
        process.StandardInput.Close();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text.Replace("\r\n", "\n");
    }

    public Process Start(string[] args, string? program = null)
    {
        var start = new ProcessStartInfo(program ?? Binary, args)
        {
            UseShellExecute = false,
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = System.Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = Folder;
        start.Environment["TERM"] = "xterm";
        start.Environment["COLUMNS"] = "100";
        foreach (var (name, value) in Environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
