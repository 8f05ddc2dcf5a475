using System.Diagnostics;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Testing;

namespace EmailTasks.Server.Tests.Trust;

/// <summary>
/// Runs the command line as a process with an environment of its own: the native one where <c>NOXINFLUENCER_BIN</c> names it, or
/// where it was built after the portable one.
/// </summary>
internal static class AttemptCli
{
    private static string Built { get; } =
        Repository.At($"src/EmailTasks.Cli/bin/{(AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release")}/net10.0/noxinfluencer.dll");

    private static string? Native { get; } =
        Environment.GetEnvironmentVariable("NOXINFLUENCER_BIN") ?? (File.GetLastWriteTimeUtc(Repository.At("out/noxinfluencer")) > File.GetLastWriteTimeUtc(Built) ? Repository.At("out/noxinfluencer") : null);

    /// <summary>Types the words; a body goes to standard input. Leading <c>NAME=value</c> words set the environment.</summary>
    public static async Task<Answer> Run(AttemptWorld world, string key, string words, string? body)
    {
        var typed = Spoken.Split(words);
        var settings = typed.TakeWhile(w => w.Contains('=') && char.IsAsciiLetterUpper(w[0])).ToList();
        typed.RemoveRange(0, settings.Count);
        if (body is not null) typed.AddRange(["--body-file", "-"]);
        var home = Directory.CreateTempSubdirectory("attempt-");
        try
        {
            using var process = Start(world, key, typed, settings, home.FullName);
            if (body is not null) await process.StandardInput.WriteAsync(body);
            process.StandardInput.Close();
            var err = process.StandardError.ReadToEndAsync();
            var text = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
            var json = text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : JsonDocument.Parse("{}").RootElement;
            var code = json.TryGetProperty("error_code", out var c) ? c.GetString()! : null;
            if (process.ExitCode != (code is null ? 0 : ErrorCodes.Row(code).Exit)) throw new InvalidOperationException($"Exit {process.ExitCode} with {code ?? "success"}: {await err}");
            return new Answer(process.ExitCode, json, text + await err, string.Join(' ', typed));
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static Process Start(AttemptWorld world, string key, List<string> typed, List<string> settings, string home)
    {
        var start = new ProcessStartInfo(Native ?? "dotnet", Native is null ? [Built, .. typed] : typed)
        {
            UseShellExecute = false, WorkingDirectory = home, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        var root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = home;
        if (root is not null) start.Environment["DOTNET_ROOT"] = root;
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["NOXINFLUENCER_OUTPUT"] = "json";
        start.Environment["NOXINFLUENCER_SERVER_URL"] = world.Server.Server.Url;
        if (world.Keys.Text(key) is { } text) start.Environment["NOXINFLUENCER_API_KEY"] = text;
        foreach (var setting in settings) start.Environment[setting.Split('=', 2)[0]] = setting.Split('=', 2)[1];
        return Process.Start(start)!;
    }
}
