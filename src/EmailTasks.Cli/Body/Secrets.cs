using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Body;

/// <summary>Secrets of a body: <c>{"env":"NAME"}</c> and <c>{"file":"path"}</c> become their value, at the members that are secret and nowhere else.</summary>
internal sealed class Secrets
{
    private const int BytesMax = 64 * 1024;

    private string? _stdin;
    private string? _stdinMember;

    /// <summary>What is wrong.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>True when a body of this shape can hold a secret.</summary>
    public static bool AreIn(Shape shape) =>
        shape.Members.Any(m => m.Wire is { Secret: true, In: WireIn.Body } || AreIn(m.Shape)) || (shape.Element is { } element && AreIn(element));

    /// <summary>Reads the secret of <c>--secret-stdin</c> and decides which member it is.</summary>
    public Refusal? FromStdin(JsonElement body, Op op, List<(string Member, string Flag, string Value)> options)
    {
        var kind = Show.Json.Text(body, "kind") ?? options.Find(o => o.Member == "kind").Value;
        var smtp = body.TryGetProperty("smtp", out var server) && server.ValueKind == JsonValueKind.Object;
        if (kind == "pickup") return Refusal.Invalid("--secret-stdin", "not_here", "A pickup mailbox has no password.", "Leave --secret-stdin out.");
        _stdinMember = smtp ? "$.smtp.password" : "$.password";
        if (kind == "enterprise" && !smtp) return Refusal.Invalid("$.smtp", "missing", "$.smtp is missing: the password belongs there.", $"Add the server. The shape: {Product.Name} schema \"{op.Command}\".");
        if ((smtp ? server : body).TryGetProperty("password", out _))
            return Refusal.Invalid("--secret-stdin", "duplicate_member", $"{_stdinMember} stands in the body and comes by --secret-stdin.", "Keep one of them.");
        if (TypedFile.ReadText("-", "--secret-stdin", BytesMax, out var text) is { } refusal) return refusal;
        _stdin = Line(text);
        return _stdin.Length == 0 ? Refusal.Invalid("--secret-stdin", "empty", "Standard input holds no secret.", "Pipe the password in, e.g. from a password manager.") : null;
    }

    /// <summary>Writes an object's members with their secrets resolved.</summary>
    public void Members(Utf8JsonWriter writer, JsonElement body, Shape shape, string path)
    {
        foreach (var property in body.EnumerateObject())
        {
            writer.WritePropertyName(property.Name);
            var member = shape.Member(property.Name);
            var at = $"{path}.{property.Name}";
            if (member is null) Raw(writer, property.Value);
            else if (member.Wire.Secret && property.Value.ValueKind == JsonValueKind.Object) writer.WriteStringValue(Resolve(property.Value, at));
            else Value(writer, property.Value, member.Shape, at);
        }
        if (_stdin is not null && _stdinMember == path + ".password") writer.WriteString("password", _stdin);
    }

    private void Value(Utf8JsonWriter writer, JsonElement value, Shape shape, string path)
    {
        if (value.ValueKind == JsonValueKind.Object && shape.Kind == ShapeKind.Object)
        {
            writer.WriteStartObject();
            Members(writer, value, shape, path);
            writer.WriteEndObject();
            return;
        }
        if (value.ValueKind == JsonValueKind.Array && shape.Element is { Kind: ShapeKind.Object } element)
        {
            writer.WriteStartArray();
            var index = 0;
            foreach (var item in value.EnumerateArray()) Value(writer, item, element, $"{path}[{index++}]");
            writer.WriteEndArray();
            return;
        }
        Raw(writer, value);
    }

    private static void Raw(Utf8JsonWriter writer, JsonElement value) => writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);

    private string Resolve(JsonElement secret, string path)
    {
        var members = secret.EnumerateObject().ToList();
        if (members is [{ Name: "env" or "file", Value.ValueKind: JsonValueKind.String } source])
        {
            var name = source.Value.GetString()!;
            if (source.Name == "env" && name.Length > 0 && !name.Contains('\0') && Environment.GetEnvironmentVariable(name) is { Length: > 0 } value) return value;
            if (source.Name == "env") return Missing(path, "no_variable", $"{path}: the environment variable {TextCheck.Shown(name)} is not set.", $"Set {TextCheck.Shown(name)}, or name another.");
            if (TypedFile.ReadText(name, path, BytesMax, out var text) is { } refusal) return Missing(path, refusal.Problems[0].Code, $"{path}: {refusal.Summary}", "Name a file that you may read; one line, the secret.");
            return name == "-" ? Missing(path, "no_file", $"{path}: a secret can't come from standard input here.", "Use --secret-stdin.")
                : Line(text) is { Length: > 0 } line ? line : Missing(path, "empty", $"{path}: {TextCheck.Shown(name)} is empty.", "Put the secret into it.");
        }
        return Missing(path, "wrong_type", $"{path} is an object of another form.", "Give text, {\"env\":\"NAME\"} or {\"file\":\"path\"}.");
    }

    private string Missing(string path, string code, string problem, string fix)
    {
        Problems.Add(new(path, code, problem, fix));
        return "";
    }

    /// <summary>Without the line end that editors and echo add.</summary>
    private static string Line(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
}
