using System.Text.Json.Nodes;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>Keeps a command's schema within what a context has room for: of a long body the longest members are told by <c>--part</c>.</summary>
internal static class BodyParts
{
    /// <summary>Bytes of a whole document; with its envelope it stays within 4 KB.</summary>
    private const int BytesMax = 3_700;

    /// <summary>Takes the longest objects out until the document is short.</summary>
    public static void Shorten(Op op, JsonObject body, Func<int> length)
    {
        while (length() > BytesMax && Longest(body) is { } name)
        {
            var part = (JsonObject)body["properties"]![name]!;
            body["properties"]![name] = new JsonObject
            {
                ["type"] = part["type"]!.DeepClone(), ["description"] = $"{part["description"]} Its members: {Product.Name} schema \"{op.Command}\" --part {name}",
            };
            Prune(body);
        }
    }

    private static string? Longest(JsonObject body) => body["properties"]!.AsObject()
        .Where(p => p.Value is JsonObject part && (part.ContainsKey("properties") || part.ContainsKey("items")) && part.ContainsKey("type"))
        .OrderByDescending(p => p.Value!.ToJsonString().Length).Select(p => p.Key).FirstOrDefault();

    /// <summary>Definitions that nothing refers to any more go as well.</summary>
    private static void Prune(JsonObject body)
    {
        if (body["$defs"] is not JsonObject defs) return;
        foreach (var name in defs.Select(d => d.Key).ToList())
        {
            var reference = $"\"#/$defs/{name}\"";
            if (!body["properties"]!.ToJsonString().Contains(reference, StringComparison.Ordinal) && !defs.Any(d => d.Key != name && d.Value!.ToJsonString().Contains(reference, StringComparison.Ordinal))) defs.Remove(name);
        }
        if (defs.Count == 0) body.Remove("$defs");
    }
}
