using EmailTasks.Contracts;

namespace EmailTasks.Cli.Net;

/// <summary>Which server is called, and with which key. A key goes to its own server and nowhere else.</summary>
internal sealed record Target(string Url, string UrlFrom, string? Key, string? KeyFrom, ConfigFile Config)
{
    /// <summary>
    /// <c>--server</c>, else NOXINFLUENCER_SERVER_URL, else (with NOXINFLUENCER_API_KEY set) its default, else the config's
    /// current server. NOXINFLUENCER_API_KEY belongs to NOXINFLUENCER_SERVER_URL; all other keys are in the config file.
    /// </summary>
    public static Refusal? Choose(string? server, out Target target)
    {
        target = new Target("", "", null, null, new ConfigFile());
        if (ConfigFile.Read(out var config) is { } broken) return broken;
        var keyHere = Environment.GetEnvironmentVariable("NOXINFLUENCER_API_KEY")?.Trim() is { Length: > 0 } value ? value : null;
        var urlHere = Environment.GetEnvironmentVariable("NOXINFLUENCER_SERVER_URL") is { Length: > 0 } set ? set : null;
        var (text, from) =
            server is not null ? (server, "--server")
            : urlHere is not null ? (urlHere, "NOXINFLUENCER_SERVER_URL")
            : keyHere is null && config.Current is { } current ? (current, "config")
            : (ServerUrl.Default, "default");
        if (ServerUrl.Check(text, from, out var url) is { } refusal) return refusal;
        var (key, keyFrom) = keyHere is not null && ServerUrl.TryNormalise(urlHere ?? ServerUrl.Default, out var own) && own == url && (server is null || config.Key(url) is null)
            ? (keyHere, "NOXINFLUENCER_API_KEY")
            : (config.Key(url), "config");
        target = new Target(url, from, key, key is null ? null : keyFrom, config);
        return null;
    }

    /// <summary>Whether somebody chose this server: then nobody should be led to start another.</summary>
    public bool IsConfigured => UrlFrom != "default" || Key is not null || Config.Current is not null;

    /// <summary>What is wrong with the key, or null.</summary>
    public Refusal? CheckKey()
    {
        if (Key is null)
        {
            // A hint for a person at a machine of their own; where a server is named, its admins give keys.
            var hint = IsConfigured
                ? $"Ask a person who is an admin there for a key, and pipe it into `{Product.Name} auth --key-stdin`."
                : $"Start a server here with `{Product.Name} serve --login`, or name yours with --server and pipe a key from its admin into `{Product.Name} auth --key-stdin`.";
            return new(ErrorCodes.InvalidApiKey, $"No key is known for {Url}.")
            {
                Problems = [new("api_key", "missing", $"No key is known for {Url}.", hint)],
                Action = new("login", null, hint),
            };
        }
        if (Key.Length <= 1000 && Key.All(c => c is > ' ' and <= '~')) return null;
        const string fix = "Copy the key again, on one line.";
        return new(ErrorCodes.InvalidApiKey, "The key holds characters that no key has.")
        {
            Problems = [new("api_key", "bad_format", $"The key from {KeyFrom} holds characters that no key has.", fix)],
            Action = new("login", null, fix),
        };
    }
}
