using System.Text.Json.Nodes;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary><c>schema "email create"</c>, <c>schema email.create</c>, <c>schema email create</c>, <c>schema --all</c>.</summary>
internal static class SchemaCommand
{
    /// <summary>Prints the document.</summary>
    public static int Run(Line line, Output output)
    {
        if (line.Value("--reference") is { } folder) return WriteReference(folder, output);
        if (line.Has("--all")) return output.Data(All(line.Has("--answers")), "Every command with its schema.");
        var words = string.Join(' ', line.Rest).Split([' ', '.', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words is [Product.Name, .. var rest]) words = rest;
        if (words.Length == 0) return output.Data(Documents.Index(""), "Every command by name.", Of("email create"));
        var named = Words.Match(words);
        if (named.Hint is { } hint) return output.Refuse(hint);
        if (named.Unknown is { } unknown) return output.Refuse(unknown);
        if (named.IsGroup) return output.Data(Documents.Index(named.Typed), $"The commands below `{named.Typed}`.", Of(Documents.First(named.Typed)));
        if (words.Length > named.Typed.Split(' ').Length)
            return output.Refuse(Refusal.Invalid("command", "unknown_command", $"There is no command `{TextCheck.Shown(string.Join(' ', words))}`.", $"Did you mean `{Product.Name} schema \"{named.Typed}\"`?"));
        if (line.Value("--part") is { } part) return Part(named.Op, part, output);
        return named.Op is { } op
            ? output.Data(Documents.Schema(op, line.Has("--answers")), op.Summary, op.IsMutation ? NextStep.Sample(op) : null)
            : output.Data(Documents.Schema(named.Local!), named.Local!.Summary);
    }

    /// <summary>The step that shows a command's schema.</summary>
    public static NextStep Of(string command) => NextStep.Local("schema", ("command", command));

    private static int Part(Op? op, string part, Output output)
    {
        if (op?.BodyMembers.FirstOrDefault(m => m.Name == part) is { } member) return output.Data(JsonSchema.Brief(member), $"The member {part} of a body of `{op.Command}`.");
        var there = op is null ? "" : string.Join(", ", op.BodyMembers.Select(m => m.Name));
        return output.Refuse(Refusal.Invalid("--part", "unknown_member", $"The body has no member {TextCheck.Shown(part)}.", there.Length == 0 ? "Leave --part out." : $"There is: {there}."));
    }

    private static int WriteReference(string folder, Output output)
    {
        try
        {
            var commands = Path.Combine(folder, "commands.md");
            var man = Path.Combine(folder, $"{Product.Name}.1");
            File.WriteAllText(commands, Reference.Markdown());
            File.WriteAllText(man, Reference.Man());
            return output.Data(new JsonObject { ["files"] = new JsonArray((JsonNode)commands, (JsonNode)man) }, "The command reference and the man page are written.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return output.Refuse(Refusal.Invalid("--reference", "unwritable_file", $"{TextCheck.Shown(folder)} can't be written into.", "Give a folder that exists and that you may write to."));
        }
    }

    private static JsonObject All(bool answers)
    {
        var items = new JsonArray();
        foreach (var op in Catalogue.All) items.Add((JsonNode)Documents.Schema(op, answers));
        foreach (var local in LocalCommands.All) items.Add((JsonNode)Documents.Schema(local));
        return new JsonObject { ["items"] = items };
    }
}
