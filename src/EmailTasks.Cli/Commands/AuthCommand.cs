using System.Text.Json.Nodes;
using EmailTasks.Cli.Body;
using EmailTasks.Cli.Net;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary><c>auth</c>, <c>auth status</c>, <c>auth logout</c>: the keys in the config file. A key comes by standard input, and never goes out.</summary>
internal static class AuthCommand
{
    private const int KeyBytesMax = 64 * 1024;
    private const string KeyOption = "--key-stdin";

    /// <summary><c>auth --key-stdin</c>: asks the server whether it knows the key, then keeps it.</summary>
    public static int Keep(Line line, Output output)
    {
        if (!line.Has(KeyOption)) return output.Refuse(Refusal.Invalid(KeyOption, "missing", "The key comes by standard input.", $"Write `{Product.Name} auth {KeyOption} < admin.key`; the key is in DIR/admin.key of the server's data folder."));
        if (line.Globals.NoInput && Descriptor.IsTerminal(Descriptor.In)) return output.Refuse(Refusal.Invalid(KeyOption, "no_input", $"{KeyOption} would wait for somebody to type, and --no-input was given.", "Pipe the key in."));
        if (Target.Choose(line.Globals.Server, out var chosen) is { } refusal) return output.Refuse(refusal);
        if (TypedFile.ReadText("-", KeyOption, KeyBytesMax, out var text) is { } unread) return output.Refuse(unread);
        var target = chosen with { Key = text.Trim(), KeyFrom = KeyOption };
        if (target.Key!.Length == 0) return output.Refuse(Refusal.Invalid(KeyOption, "empty", "Standard input holds no key.", "Pipe the key in, on one line."));
        if (target.CheckKey() is { } noKey) return output.Refuse(noKey);
        var probe = Probe.Key(target, line.Globals);
        if (NotTaken(probe, target, "The key was not kept.") is { } notTaken) return output.Refuse(notTaken);
        if (ConfigWriter.Keep(target.Config, target.Url, target.Key) is { } unwritten) return output.Refuse(unwritten);
        var data = new JsonObject { ["server"] = target.Url, ["config"] = target.Config.Path, ["valid"] = true };
        return output.Data(data, $"The key for {target.Url} is kept in {target.Config.Path}; this server is used from now on.{Overridden(target)}", NextStep.Local("doctor"));
    }

    /// <summary><c>auth status</c>: which servers have keys, and whether the one in use is taken.</summary>
    public static int Status(Line line, Output output)
    {
        if (Target.Choose(line.Globals.Server, out var target) is { } refusal) return output.Refuse(refusal);
        if (target.CheckKey() is { } noKey) return output.Refuse(noKey);
        var probe = Probe.Key(target, line.Globals);
        if (NotTaken(probe, target, "") is { } notTaken) return output.Refuse(notTaken);
        var data = new JsonObject
        {
            ["server"] = target.Url,
            ["key_from"] = target.KeyFrom,
            ["valid"] = true,
            ["config"] = target.Config.Path,
            ["servers"] = new JsonArray([.. target.Config.Servers.Select(s => (JsonNode)new JsonObject { ["server"] = s, ["current"] = s == target.Url })]),
        };
        return output.Data(data, $"{target.Url} takes the key from {target.KeyFrom}.", NextStep.Local("doctor"));
    }

    /// <summary><c>auth logout</c>: forgets a key here; the server still knows it.</summary>
    public static int Forget(Line line, Output output)
    {
        if (Target.Choose(line.Globals.Server, out var target) is { } refusal) return output.Refuse(refusal);
        var known = target.Config.Key(target.Url) is not null;
        if (known && ConfigWriter.Remove(target.Config, target.Url) is { } unwritten) return output.Refuse(unwritten);
        var data = new JsonObject { ["server"] = target.Url, ["config"] = target.Config.Path, ["changed"] = known };
        return output.Data(data, (known ? $"The key for {target.Url} is forgotten here; the server still takes it." : $"No key for {target.Url} was kept.") + Overridden(target));
    }

    /// <summary>Why a key can't be relied on, or null.</summary>
    private static Refusal? NotTaken(Probe probe, Target target, string so)
    {
        if (probe.KeyIsValid == true) return null;
        if (probe.KeyIsValid is null)
        {
            return new(ErrorCodes.ServerUnreachable, $"{probe.Reply.Problem} {so}".TrimEnd())
            {
                Problems = [new("server", "unreachable", $"{target.Url}: {probe.Reply.Problem}", probe.Reply.Fix)],
                Action = new("retry", null, probe.Reply.Fix),
            };
        }
        const string fix = "Ask an admin for a key, or take the one in DIR/admin.key of the server's data folder.";
        return new(ErrorCodes.InvalidApiKey, $"{target.Url} does not take this key. {so}".TrimEnd())
        {
            Problems = [new("api_key", "invalid", $"{target.Url} does not take the key from {target.KeyFrom}.", fix)],
            Action = new("login", null, fix),
        };
    }

    private static string Overridden(Target target) =>
        Environment.GetEnvironmentVariable("NOXINFLUENCER_API_KEY") is { Length: > 0 } ? $" NOXINFLUENCER_API_KEY is set and goes first where it belongs to {target.Url}." : "";
}
