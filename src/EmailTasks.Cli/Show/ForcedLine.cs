using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>
/// After a dry run, the line that does it: what was typed, forced, and with the plan that was shown. The server knows
/// the call but not the files it came from; only the command line can repeat it exactly.
/// </summary>
internal static class ForcedLine
{
    private const int PlanCharacters = 16;

    /// <summary>The envelope of a dry run with its next command made exact; any other envelope as it is.</summary>
    public static byte[] Into(byte[] envelope, string[] args)
    {
        if (JsonNode.Parse(envelope) is not JsonObject root || !Is(root["success"], true) || !Is(root["applied"], false) || root["next"] is not JsonObject next) return envelope;
        var data = root["data"] as JsonObject;
        var line = Line(args, data?["plan_digest"]);
        next["command"] = line;
        if (data?["verdict"] is not null && data["next"] is JsonObject inPlan) inPlan["command"] = line;
        using var buffer = new MemoryStream(envelope.Length);
        using (var writer = new Utf8JsonWriter(buffer, Envelope.Options)) root.WriteTo(writer);
        return buffer.ToArray();
    }

    /// <summary>An argument as a shell takes it.</summary>
    public static string Quoted(string arg) =>
        arg.Length > 0 && arg.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '=' or ',' or '@' or '+') ? arg : "'" + arg.Replace("'", "'\\''") + "'";

    private static string Line(string[] args, JsonNode? digest)
    {
        var line = new StringBuilder(Product.Name);
        foreach (var arg in args)
        {
            if (arg is not ("--dry-run" or "--dry_run" or "--force" or "--plain" or "--json")) line.Append(' ').Append(Quoted(arg));
        }
        var named = args.Any(a => a == "--plan" || a.StartsWith("--plan=", StringComparison.Ordinal));
        if (!named && digest is JsonValue value && value.TryGetValue<string>(out var plan)) line.Append(" --plan ").Append(plan[..Math.Min(PlanCharacters, plan.Length)]);
        return line.Append(" --force").ToString();
    }

    private static bool Is(JsonNode? node, bool expected) => node is JsonValue value && value.TryGetValue<bool>(out var found) && found == expected;
}
