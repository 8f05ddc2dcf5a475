using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EmailTasks.Contracts;

/// <summary>
/// Reads a JSON document against a <see cref="Shape"/> and names everything that is wrong, with its path, up to
/// <see cref="Limits.ProblemsListed"/> at once. Source-generated JSON stops at the first fault and speaks .NET, and lets
/// null items, offset-less times and U+0000 through; this walk runs before it.
/// </summary>
public sealed class BodyCheck
{
    private readonly List<Problem> _problems = [];
    private readonly Func<ShapeMember, bool> _accepts;

    private BodyCheck(Func<ShapeMember, bool> accepts) => _accepts = accepts;

    private bool Full => _problems.Count >= Limits.ProblemsListed;

    /// <summary>All that is wrong with <paramref name="json"/>; empty when it may be deserialised.</summary>
    /// <param name="json">UTF-8, without a byte order mark.</param>
    /// <param name="shape">The input's shape.</param>
    /// <param name="topLevel">Which top-level members belong to the body.</param>
    public static IReadOnlyList<Problem> Problems(ReadOnlySpan<byte> json, Shape shape, Func<ShapeMember, bool> topLevel)
    {
        if (!Utf8.IsValid(json)) return [new("$", "invalid_utf8", "The body is not valid UTF-8.", "Save the file as UTF-8.")];
        var check = new BodyCheck(topLevel);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Limits.BodyDepth });
        try
        {
            reader.Read();
            check.Value(ref reader, "$", shape, WireAttribute.None, nullable: false, top: true);
            while (reader.Read()) { }
        }
        catch (JsonException e)
        {
            // A truncated body's message speaks of depth too ("expected depth to be zero"); with resource keys the message is its key.
            var tooDeep = e.Message.Contains("configured depth", StringComparison.Ordinal) || e.Message.Contains("DepthTooLarge", StringComparison.Ordinal);
            return
            [
                tooDeep
                    ? new("$", "too_deep", $"The body is nested deeper than {Limits.BodyDepth} levels.", "Flatten it: see `schema` for the shape.")
                    : new("$", "invalid_json", $"Not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.", "Mend the JSON there; a truncated file ends early."),
            ];
        }
        return check._problems;
    }

    private void Add(string path, string code, string text, string fix)
    {
        if (!Full) _problems.Add(new(path, code, text, fix));
    }

    private void Value(ref Utf8JsonReader reader, string path, Shape shape, WireAttribute wire, bool nullable, bool top = false)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            if (!nullable) Add(path, "null", $"{path} must not be null.", $"Give {Expected(shape, wire)}, or leave it out if it is optional.");
            return;
        }
        if (!Matches(reader.TokenType, shape.Kind))
        {
            Add(path, "wrong_type", $"{path} is {Found(reader.TokenType)}; it must be {Expected(shape, wire)}.", "See `schema` for the shape.");
            reader.Skip();
            return;
        }
        switch (shape.Kind)
        {
            case ShapeKind.Object: Object(ref reader, path, shape, top); break;
            case ShapeKind.Array: Array(ref reader, path, shape, wire); break;
            case ShapeKind.Map: Map(ref reader, path, shape, wire); break;
            case ShapeKind.Text: TextToken(ref reader, path, wire); break;
            case ShapeKind.Instant: TextToken(ref reader, path, wire); break;
            case ShapeKind.Integer: Integer(ref reader, path, wire); break;
            case ShapeKind.Number or ShapeKind.Boolean: break;
            case ShapeKind.Any: reader.Skip(); break;
        }
    }

    private void Object(ref Utf8JsonReader reader, string path, Shape shape, bool top)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var given = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = Name(ref reader, path);
            reader.Read();
            if (name is null) { reader.Skip(); continue; }
            var at = $"{path}.{TextCheck.Shown(name)}";
            if (!seen.Add(name))
            {
                Add(at, "duplicate_member", $"{at} stands twice.", "Keep one of them.");
                reader.Skip();
                continue;
            }
            var member = shape.Member(name);
            if (member is null || (top && !_accepts(member)))
            {
                Add(at, "unknown_member", $"{at} is not known here.", Nearest(name, shape, top));
                reader.Skip();
                continue;
            }
            if (reader.TokenType != JsonTokenType.Null || member.Clears) given.Add(name);
            if (Full) reader.Skip();
            else Value(ref reader, at, member.Shape, member.Wire, member.Clears);
        }
        foreach (var member in shape.Members)
        {
            if (member.Required && !seen.Contains(member.Name) && (!top || _accepts(member)))
                Add($"{path}.{member.Name}", "missing", $"{path}.{member.Name} is missing.", $"Add it: {Expected(member.Shape, member.Wire)}.");
        }
        Rules(path, shape, given);
    }

    private void Rules(string path, Shape shape, HashSet<string> given)
    {
        if (shape.Rule?.ExactlyOne is { } one && one.Count(given.Contains) != 1)
            Add(path, "exactly_one", $"{path} takes exactly one of {string.Join(", ", one)}.", "Keep one of them.");
        if (shape.Rule?.AtLeastOne is { } some && !some.Any(given.Contains))
            Add(path, "at_least_one", $"{path} needs at least one of {string.Join(", ", some)}.", "Add one of them.");
    }

    private void Array(ref Utf8JsonReader reader, string path, Shape shape, WireAttribute wire)
    {
        var each = new WireAttribute("") { Max = wire.MaxEach == int.MaxValue ? long.MaxValue : wire.MaxEach, Id = wire.Id, SingleLine = wire.SingleLine, Values = wire.Values };
        var count = 0L;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (Full) reader.Skip();
            else Value(ref reader, $"{path}[{count}]", shape.Element!, each, nullable: false);
            count++;
        }
        Count(path, count, wire, "items");
    }

    private void Map(ref Utf8JsonReader reader, string path, Shape shape, WireAttribute wire)
    {
        var each = new WireAttribute("") { Max = wire.MaxEach };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = Name(ref reader, path);
            reader.Read();
            if (name is null) { reader.Skip(); continue; }
            var at = $"{path}.{TextCheck.Shown(name)}";
            if (!seen.Add(name)) Add(at, "duplicate_member", $"{at} stands twice.", "Keep one of them.");
            if (wire.VariableKeys && !VariableNames.IsValid(name))
                Add(at, "bad_name", $"{at} is no variable name.", "Use a-z, 0-9 and _, starting with a letter, at most 40 characters.");
            if (Full) reader.Skip();
            else Value(ref reader, at, shape.Element!, each, wire.NullableValues);
        }
        Count(path, seen.Count, wire, "entries");
    }

    private void Count(string path, long count, WireAttribute wire, string what)
    {
        if (count < wire.Min) Add(path, "too_few", $"{path} has {count} {what}; at least {wire.Min} are needed.", $"Give {wire.Min} or more.");
        if (count > wire.Max) Add(path, "too_many", $"{path} has {count} {what}; at most {wire.Max} are allowed.", "Split it into several calls, or shorten it.");
    }

    private string? Name(ref Utf8JsonReader reader, string path)
    {
        try
        {
            var name = reader.GetString()!;
            if (name.Contains('\0')) Add(path, "nul", $"A member name in {path} holds U+0000.", "Remove it.");
            else if (KeyText.In(name)) Add(path, "api_key", $"A member name in {path} holds an API key.", TextCheck.KeyProblem(path).Fix);
            else return name;
        }
        catch (InvalidOperationException)
        {
            Add(path, "invalid_utf16", $"A member name in {path} holds half a surrogate pair.", "Remove the broken \\u escape.");
        }
        return null;
    }

    private void TextToken(ref Utf8JsonReader reader, string path, WireAttribute wire)
    {
        string value;
        try
        {
            value = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            Add(path, "invalid_utf16", $"{path} holds half a surrogate pair.", "Remove the broken \\u escape.");
            return;
        }
        foreach (var problem in TextCheck.Problems(value, path, wire)) Add(problem.Path, problem.Code, problem.Text, problem.Fix);
    }

    private void Integer(ref Utf8JsonReader reader, string path, WireAttribute wire)
    {
        if (!reader.TryGetInt32(out var number)) Add(path, "wrong_type", $"{path} must be a whole number.", "Write it without fraction, exponent or quotes.");
        else TextCheck.Range(number, path, wire, Add);
    }

    private string Nearest(string name, Shape shape, bool top)
    {
        var known = shape.Members.Where(m => !top || _accepts(m)).Select(m => m.Name).ToList();
        var near = known.Where(k => Names.Distance(k, name) <= 2).OrderBy(k => Names.Distance(k, name)).FirstOrDefault();
        return near is not null ? $"Did you mean {near}?" : known.Count == 0 ? "This call takes no body." : $"Known here: {string.Join(", ", known)}.";
    }

    private static bool Matches(JsonTokenType token, ShapeKind kind) => kind switch
    {
        ShapeKind.Object or ShapeKind.Map => token == JsonTokenType.StartObject,
        ShapeKind.Array => token == JsonTokenType.StartArray,
        ShapeKind.Text or ShapeKind.Instant => token == JsonTokenType.String,
        ShapeKind.Integer or ShapeKind.Number => token == JsonTokenType.Number,
        ShapeKind.Boolean => token is JsonTokenType.True or JsonTokenType.False,
        ShapeKind.Any => true,
    };

    private static string Found(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        _ => "something else",
    };

    private static string Expected(Shape shape, WireAttribute wire) => shape.Kind switch
    {
        ShapeKind.Object or ShapeKind.Map => "an object",
        ShapeKind.Array => "an array",
        ShapeKind.Text => wire.Values is { } values ? $"one of {string.Join(", ", values)}" : "text",
        ShapeKind.Instant => "an RFC 3339 instant as text",
        ShapeKind.Integer => "a whole number",
        ShapeKind.Number => "a number",
        ShapeKind.Boolean => "true or false",
        ShapeKind.Any => "a value",
    };
}
