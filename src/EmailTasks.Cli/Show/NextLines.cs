using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>
/// The next steps of an answer as lines of this command line: they call the server that was called, and run under the
/// commands that were enabled. After a dry run, the line that does it is what was typed, forced, with the plan that was
/// shown: the server knows the call but not the files it came from.
/// </summary>
internal static class NextLines
{
    private static readonly string[] Kept = ["--server", "--enable-commands"];

    /// <summary>The envelope with its lines made exact; byte for byte as it came where there is nothing to make.</summary>
    /// <param name="dryRun">The envelope answers the dry run of what was typed.</param>
    public static byte[] Into(byte[] envelope, Line line, bool dryRun)
    {
        var globals = Globals(line.Args);
        if (!dryRun && globals.Count == 0 && !EnabledCommands.AreLimited(line.Args)) return envelope;
        if (JsonNode.Parse(envelope) is not JsonObject root) return envelope;
        var own = dryRun && root["success"] is JsonValue success && success.TryGetValue<bool>(out var done) && done;
        Make(root, "next", line, globals, own);
        Make(root, "undo", line, globals, own: false);
        if (root["data"] is JsonObject data && data["verdict"] is not null) Make(data, "next", line, globals, own);
        return Documents.Bytes(root);
    }

    /// <summary>What was typed, as a line again.</summary>
    public static string Typed(IEnumerable<string> args) => string.Join(' ', args.Select(ShellLine.Quoted).Prepend(Product.Name));

    /// <summary>Where it calls and what it enables, as given.</summary>
    public static List<(string Option, string Value)> Globals(string[] args)
    {
        var given = new List<(string, string)>();
        foreach (var flag in Kept)
        {
            if (EmailTasks.Cli.Typed.Globals.ValueIn(args, flag) is { } value) given.Add((flag[2..].Replace('-', '_'), value));
        }
        return given;
    }

    private static void Make(JsonObject holder, string name, Line line, List<(string Option, string Value)> globals, bool own)
    {
        if (holder[name] is not JsonObject step) return;
        if (own) Own(step, line);
        else if (Elsewhere(step, line, globals) is { } made) holder[name] = made;
        else holder.Remove(name);
    }

    /// <summary>The same call, forced: options as they were typed, files by their names.</summary>
    private static void Own(JsonObject step, Line line)
    {
        var told = step["options"] as JsonObject ?? [];
        var plan = line.Globals.Plan ?? (told["plan"] as JsonValue)?.GetValue<string>();
        var options = new JsonObject();
        foreach (var (name, value) in told)
        {
            if (name is not (NextStep.BodyFile or "plan" or "force")) options[name] = value?.DeepClone();
        }
        foreach (var (name, value) in line.Options) options[name] = value is null ? true : value;
        foreach (var (name, value) in Globals(line.Args)) options[name] = value;
        if (plan is not null) options["plan"] = plan;
        options["force"] = true;
        step["options"] = options;
        var args = line.Args.Where(a => a is not ("--dry-run" or "--dry_run" or "--force" or "--plain" or "--json"));
        step["command"] = Typed([.. args, .. line.Globals.Plan is null && plan is not null ? new[] { "--plan", plan } : [], "--force"]);
    }

    /// <summary>Another call; null when it is not enabled here. One that this command line does not know stays as it came.</summary>
    private static JsonObject? Elsewhere(JsonObject step, Line line, List<(string Option, string Value)> globals)
    {
        using var document = JsonDocument.Parse(Documents.Bytes(step));
        if (NextStep.Read(document.RootElement) is not { } read) return step;
        if (EnabledCommands.Check(read.Operation, line.Args) is not null) return null;
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Envelope.Options)) read.Beside(globals).Write(writer);
        return JsonNode.Parse(buffer.WrittenSpan)!.AsObject();
    }
}
