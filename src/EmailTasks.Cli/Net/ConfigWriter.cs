using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>Changes the config file: as a whole or not at all, readable by its owner alone. What it does not know stays.</summary>
internal static class ConfigWriter
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Keeps a key and makes its server the current one.</summary>
    public static Refusal? Keep(ConfigFile config, string url, string key) => Change(config, root =>
    {
        Forget(root, url);
        if (root["servers"] is not JsonObject servers) root["servers"] = servers = [];
        servers[url] = new JsonObject { ["api_key"] = key };
        root["current"] = url;
    });

    /// <summary>Forgets a server's key.</summary>
    public static Refusal? Remove(ConfigFile config, string url) => Change(config, root =>
    {
        Forget(root, url);
        if (root["current"] is JsonValue current && ServerUrl.TryNormalise(current.GetValue<string>(), out var now) && now == url) root.Remove("current");
    });

    /// <summary>Takes out every spelling of a server.</summary>
    private static void Forget(JsonObject root, string url)
    {
        if (root["servers"] is not JsonObject servers) return;
        foreach (var name in servers.Select(s => s.Key).ToList())
        {
            if (ServerUrl.TryNormalise(name, out var known) && known == url) servers.Remove(name);
        }
    }

    private static Refusal? Change(ConfigFile config, Action<JsonObject> change)
    {
        if (config.Path is not { } path)
            return Refusal.Invalid("config", "no_config", "There is no place for a config file: HOME is not set.", "Set NOXINFLUENCER_CONFIG to a path.");
        try
        {
            // A link is followed: its target is replaced, not the link.
            path = File.Exists(path) ? new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path : path;
            var root = File.Exists(path) && JsonNode.Parse(File.ReadAllBytes(path)) is JsonObject known ? known : [];
            change(root);
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, Own | UnixFileMode.UserExecute);
            var fresh = path + ".new";
            File.Delete(fresh);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Own;
            using (var file = new FileStream(fresh, options))
            {
                using (var writer = new Utf8JsonWriter(file, Envelope.Options with { Indented = true })) root.WriteTo(writer);
                file.Write("\n"u8);
                file.Flush(flushToDisk: true);
            }
            File.Move(fresh, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return Refusal.Invalid("config", "unwritable_file", $"The config file {path} can't be written.", "Look at who owns its folder; NOXINFLUENCER_CONFIG names another file.");
        }
    }
}
