using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Cli.Commands;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>An option as help and schema show it.</summary>
/// <param name="Values">The words it takes; null when it takes any text.</param>
internal sealed record OptionRow(string Flag, string? Value, string Description, bool Required, IReadOnlyList<string>? Values = null);

/// <summary>What <c>schema</c>, <c>--help --json</c> and <c>--version --json</c> print.</summary>
internal static class Documents
{
    /// <summary>The answer of <c>--version --json</c>.</summary>
    public static byte[] Version() =>
        Envelope.Success(null, Bytes(new JsonObject { ["name"] = Product.Name, ["version"] = Product.Version }), Product.Line, null, null);

    /// <summary>The answer of <c>--help --json</c>.</summary>
    public static byte[] Help(Words words)
    {
        if (words.Op is { } op) return Envelope.Success(null, Bytes(Schema(op)), op.Summary, null, null);
        if (words.Local is { } local) return Envelope.Success(null, Bytes(Schema(local)), local.Summary, null, null);
        return Envelope.Success(null, Bytes(Index(words.Typed)), "Commands; see `schema` for the shape of each.", SchemaCommand.Of("email create"), null);
    }

    /// <summary>The commands below a group: name, summary, whether they change something.</summary>
    public static JsonObject Index(string group)
    {
        var items = new JsonArray();
        foreach (var op in Catalogue.All.Where(o => IsIn(o.Command, group))) items.Add((JsonNode)Row(op.Command, op.Summary, op.IsMutation));
        foreach (var local in LocalCommands.All.Where(l => IsIn(l.Command, group))) items.Add((JsonNode)Row(local.Command, local.Summary, local.Via is not null));
        return new JsonObject { ["items"] = items };
    }

    /// <summary>The first command of a group, for an example.</summary>
    public static string First(string group) => Words.Commands.First(c => IsIn(c.Command, group)).Command;

    /// <summary>The document of an operation.</summary>
    /// <param name="answers">With what it answers: most of a document's length, and seldom what is asked for.</param>
    public static JsonObject Schema(Op op, bool answers = false)
    {
        var document = new JsonObject
        {
            ["command"] = op.Command,
            ["summary"] = op.Summary,
            ["arguments"] = new JsonArray([.. Arguments(op).Select(a => (JsonNode)Argument(a.Name, a.Required, variadic: false, a.Description))]),
            ["options"] = new JsonArray([.. Options(op).Select(o => (JsonNode)Option(o))]),
            ["mutation"] = op.IsMutation,
            ["effect"] = Word(op.Effect),
            ["role"] = Word(op.Role),
            ["supports_body_file"] = op.HasBody,
            ["body_schema"] = op.HasBody ? Dialect(JsonSchema.Brief(op.InputShape, m => m.Wire.In == WireIn.Body)) : null,
            ["response_schema"] = answers ? Dialect(JsonSchema.Brief(op.OutputShape, _ => true, input: false)) : null,
        };
        if (answers && op.DryRunOutput is { } plan) document["dry_run_response_schema"] = Dialect(JsonSchema.Brief(Shape.Of(plan), _ => true, input: false));
        if (op.Syntax is { } syntax) document["syntax"] = syntax;
        document["example_body"] = op.Example is { } example ? JsonNode.Parse(example) : null;
        if (!answers && document["body_schema"] is JsonObject body) BodyParts.Shorten(op, body, () => Bytes(document).Length);
        return document;
    }

    /// <summary>The document of a command that needs no server.</summary>
    public static JsonObject Schema(LocalCommand local) => new()
    {
        ["command"] = local.Command,
        ["summary"] = local.Summary,
        ["arguments"] = new JsonArray([.. local.Arguments.Select(a => (JsonNode)Argument(a.Name, a.Required, a.Variadic, a.Description))]),
        ["options"] = new JsonArray([.. Options(local).Select(o => (JsonNode)Option(o))]),
        ["mutation"] = local.Via is not null,
        ["effect"] = local.Via is { } op ? Word(op.Effect) : "local",
        ["role"] = local.Via is { } via ? Word(via.Role) : null,
        ["supports_body_file"] = false,
        ["body_schema"] = null,
        ["response_schema"] = null,
        ["example_body"] = null,
    };

    /// <summary>Arguments of an operation.</summary>
    public static IEnumerable<(string Name, bool Required, string Description)> Arguments(Op op)
    {
        foreach (var member in op.PathMembers) yield return (member.Name, true, member.Wire.Description);
        if (op.OptionalArgument is { } optional)
        {
            var wire = op.InputShape.Member(optional)!.Wire;
            yield return (optional, false, wire.In == WireIn.Body ? $"{wire.Description} Instead of a body file." : wire.Description);
        }
    }

    /// <summary>Options of an operation, without the global ones that every command takes alike.</summary>
    public static IEnumerable<OptionRow> Options(Op op)
    {
        foreach (var member in op.QueryMembers)
            yield return new(Spelling.Flag(member.Name), member.Shape.Kind == ShapeKind.Boolean ? null : member.Shape.Kind == ShapeKind.Integer ? "number" : "text", member.Wire.Description, member.Required, member.Wire.Values);
        if (op.HasBody)
            yield return new("--body-file", "path", "The JSON body; - reads standard input.", Required: !op.BodyOptional && op.BodyOptions.Count == 0 && !op.BodyMembers.Any(m => m.Name == op.OptionalArgument));
        foreach (var option in op.BodyOptions)
        {
            var wire = op.InputShape.Member(option.Member)!.Wire;
            var description = option.Alone ? $"{wire.Description} Instead of a body file." : wire.Description;
            yield return new(option.Flag, option.IsFile ? "path" : "text", option.IsFile ? $"A file whose text is {option.Member}: {description}" : description, Required: false, wire.Values);
        }
        foreach (var (flag, description) in op.LocalOptions)
            yield return new(flag.Split(' ')[0], flag.Contains(' ') ? flag.Split(' ')[1].Trim('<', '>') : null, description, Required: false);
        if (!op.IsMutation) yield break;
        foreach (var global in Globals.All.Where(g => IsOfMutations(g.Flag) || (g.Flag == "--plan" && op.TakesPlan)))
            yield return new(global.Flag, global.Value, global.Description, Required: false);
    }

    /// <summary>Options of a command that the server knows nothing of.</summary>
    public static IEnumerable<OptionRow> Options(LocalCommand local)
    {
        foreach (var (flag, description) in local.Options)
            yield return new(flag.Split(' ')[0], flag.Contains(' ') ? flag.Split(' ')[1].Trim('<', '>') : null, description, Required: false);
        if (local.Via is null) yield break;
        foreach (var global in Globals.All.Where(g => IsOfMutations(g.Flag))) yield return new(global.Flag, global.Value, global.Description, Required: false);
    }

    /// <summary>The word for an effect.</summary>
    public static string Word(Effect effect) => effect switch { Effect.Read => "read", Effect.Change => "change", Effect.Destroy => "destroy", Effect.Send => "send" };

    /// <summary>The word for a role.</summary>
    public static string Word(Role role) => role switch { Role.Viewer => "viewer", Role.Operator => "operator", Role.Approver => "approver", Role.Admin => "admin" };

    private static bool IsOfMutations(string flag) => flag is "--force" or "--dry-run" or "--idempotency-key";

    /// <summary>A node as UTF-8, text readable.</summary>
    public static byte[] Bytes(JsonNode node)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, Envelope.Options)) node.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    private static bool IsIn(string command, string group) => group.Length == 0 || command.StartsWith(group + " ", StringComparison.Ordinal);

    private static JsonObject Row(string command, string summary, bool mutation) =>
        new() { ["command"] = command, ["summary"] = summary, ["mutation"] = mutation };

    private static JsonObject Argument(string name, bool required, bool variadic, string description) =>
        new() { ["name"] = name, ["required"] = required, ["variadic"] = variadic, ["description"] = description };

    private static JsonObject Option(OptionRow row)
    {
        var option = new JsonObject { ["flag"] = row.Flag, ["description"] = row.Description, ["required"] = row.Required };
        if (row.Values is { } values) option["values"] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
        return option;
    }

    private static JsonObject Dialect(JsonObject schema)
    {
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        return schema;
    }
}
