using System.Text;
using System.Text.Json.Nodes;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Export;

/// <summary><c>email preview --output x.eml|x.html</c>: the message goes into a file, the rest of the answer to stdout.</summary>
internal static class PreviewFile
{
    private const string Option = "--output";

    /// <summary>What is wrong with the file's name, or null; asked before the call.</summary>
    public static Refusal? Check(Line line) =>
        line.Value(Option) is not { } path || IsRaw(path) || IsHtml(path)
            ? null
            : Refusal.Invalid(Option, "bad_format", $"{Option} does not know what to write into {TextCheck.Shown(path)}.", "End the name with .eml (the raw message) or .html.");

    /// <summary>Writes the file and takes the raw message out of the answer; names the file in it.</summary>
    public static Refusal? Write(Line line, ref byte[] envelope)
    {
        if (line.Value(Option) is not { } path || JsonNode.Parse(envelope) is not JsonObject root || root["data"] is not JsonObject data) return null;
        var member = IsRaw(path) ? "raw" : "html_body";
        var messages = data["messages"] as JsonArray ?? [];
        var text = (data[member] ?? messages.OfType<JsonObject>().FirstOrDefault()?[member])?.GetValue<string>();
        if (text is null)
        {
            return IsRaw(path)
                ? Refusal.Invalid(Option, "no_message", "The server's answer holds no message.", "Save content and add a recipient first.")
                : Refusal.Invalid(Option, "no_html", "The message has no HTML part.", "Write it as .eml.");
        }
        var bytes = Encoding.UTF8.GetBytes(text);
        try
        {
            File.WriteAllBytes(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Refusal.Invalid(Option, "unwritable_file", $"{TextCheck.Shown(path)} can't be written.", "Give a path in a folder that exists and that you may write to.");
        }
        if (line.Value("raw") is null)
        {
            data.Remove("raw");
            foreach (var message in messages.OfType<JsonObject>()) message.Remove("raw");
        }
        data["output"] = new JsonObject { ["path"] = path, ["bytes"] = bytes.Length };
        envelope = Documents.Bytes(root);
        return null;
    }

    private static bool IsRaw(string path) => path.EndsWith(".eml", StringComparison.OrdinalIgnoreCase);

    private static bool IsHtml(string path) => path.EndsWith(".html", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".htm", StringComparison.OrdinalIgnoreCase);
}
