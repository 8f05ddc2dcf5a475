using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>The file that keeps one key per server: <c>{"current":"url","servers":{"url":{"api_key":"…"}}}</c>.</summary>
internal sealed class ConfigFile
{
    private const long BytesMax = 1024 * 1024;

    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);

    /// <summary>Where it is, or null when there is no place for one.</summary>
    public string? Path { get; private init; }

    /// <summary>True when it is there.</summary>
    public bool Exists { get; private set; }

    /// <summary>True when other users of this machine may read it.</summary>
    public bool IsReadByOthers { get; private set; }

    /// <summary>The server used last, or null.</summary>
    public string? Current { get; private set; }

    /// <summary>NOXINFLUENCER_CONFIG, else below HOME, else nowhere.</summary>
    public static string? DefaultPath =>
        Environment.GetEnvironmentVariable("NOXINFLUENCER_CONFIG") is { Length: > 0 } told ? told
        : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? System.IO.Path.Combine(home, ".noxinfluencer", "config.json")
        : null;

    /// <summary>Servers whose key is kept.</summary>
    public IEnumerable<string> Servers => _keys.Keys;

    /// <summary>The key of a server, or null.</summary>
    public string? Key(string url) => _keys.GetValueOrDefault(url);

    /// <summary>Reads the file; a missing one is empty.</summary>
    public static Refusal? Read(out ConfigFile config)
    {
        config = new ConfigFile { Path = DefaultPath };
        if (config.Path is not { } path || !File.Exists(path)) return null;
        config.Exists = true;
        try
        {
            const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            config.IsReadByOthers = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & others) != UnixFileMode.None;
            if (new FileInfo(path).Length > BytesMax) return Broken(path, "It is larger than 1 MB.");
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return config.Take(document.RootElement) ? null : Broken(path, "It does not have the form {\"current\":\"<url>\",\"servers\":{\"<url>\":{\"api_key\":\"…\"}}}.");
        }
        catch (JsonException e)
        {
            return Broken(path, $"It is not valid JSON at line {e.LineNumber + 1}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Broken(path, "It can't be read.");
        }
    }

    private bool Take(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return false;
        if (root.TryGetProperty("current", out var current))
        {
            if (current.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)) return false;
            Current = current.GetString();
        }
        if (!root.TryGetProperty("servers", out var servers)) return true;
        if (servers.ValueKind != JsonValueKind.Object) return false;
        foreach (var server in servers.EnumerateObject())
        {
            if (server.Value.ValueKind != JsonValueKind.Object) return false;
            if (server.Value.TryGetProperty("api_key", out var key) && key.ValueKind == JsonValueKind.String && ServerUrl.TryNormalise(server.Name, out var url))
                _keys[url] = key.GetString()!;
        }
        return true;
    }

    private static Refusal Broken(string path, string problem) =>
        Refusal.Invalid("config", "bad_config", $"The config file {path} can't be used. {problem}", "Mend or remove it; NOXINFLUENCER_CONFIG names another.");
}
