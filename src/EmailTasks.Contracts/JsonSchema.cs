using System.Text.Json.Nodes;

namespace EmailTasks.Contracts;

/// <summary>Writes shapes as JSON Schema 2020-12: for <c>schema</c> and OpenAPI 3.1, which share the dialect.</summary>
public static class JsonSchema
{
    /// <summary>The schema of the members of an object that <paramref name="keep"/> keeps.</summary>
    public static JsonObject Of(Shape shape, Func<ShapeMember, bool> keep, bool input = true) => Object(shape, keep, input, null);

    /// <summary>The same, saying what stands at several places once, below <c>$defs</c>: for who reads it with a context to keep.</summary>
    public static JsonObject Brief(Shape shape, Func<ShapeMember, bool> keep, bool input = true)
    {
        var once = new SchemaDefinitions();
        foreach (var member in shape.Members.Where(keep)) once.Count(member.Shape, member.Wire);
        var schema = Object(shape, keep, input, once);
        if (once.Written.Count > 0) schema["$defs"] = once.Written;
        return schema;
    }

    /// <inheritdoc cref="Brief(Shape, Func{ShapeMember, bool}, bool)"/>
    public static JsonObject Brief(ShapeMember member)
    {
        var once = new SchemaDefinitions();
        once.Count(member.Shape, member.Wire);
        var schema = Member(member, input: true, once);
        if (once.Written.Count > 0) schema["$defs"] = once.Written;
        return schema;
    }

    /// <summary>The schema of one member's value.</summary>
    public static JsonObject Of(ShapeMember member, bool input = true) => Member(member, input, null);

    private static JsonObject Member(ShapeMember member, bool input, SchemaDefinitions? once)
    {
        var schema = Value(member.Shape, member.Wire, input, once);
        if ((input ? member.Clears : member.Nullable) && member.Wire.In == WireIn.Body && schema["type"] is JsonValue type)
        {
            schema["type"] = new JsonArray(type.GetValue<string>(), "null");
            if (schema["enum"] is JsonArray words) words.Add((JsonNode?)null);
        }
        if (member.Wire.Description.Length > 0) schema["description"] = member.Wire.Description;
        return schema;
    }

    private static JsonObject Object(Shape shape, Func<ShapeMember, bool> keep, bool input, SchemaDefinitions? once)
    {
        var members = shape.Members.Where(keep).ToList();
        var properties = new JsonObject();
        foreach (var member in members) properties[member.Name] = Member(member, input, once);
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (input) schema["additionalProperties"] = false;
        // What stands in an answer is the caller's choice (full, fields): nothing of it must.
        var required = members.Where(m => input && m.Required).Select(m => (JsonNode)m.Name).ToArray();
        if (required.Length > 0) schema["required"] = new JsonArray(required);
        if (input && shape.Rule?.ExactlyOne is { } one) schema["oneOf"] = Alternatives(one);
        if (input && shape.Rule?.AtLeastOne is { } some) schema["anyOf"] = Alternatives(some);
        return schema;
    }

    private static JsonArray Alternatives(string[] names) =>
        new([.. names.Select(n => (JsonNode)new JsonObject { ["required"] = new JsonArray(n) })]);

    private static JsonObject Value(Shape shape, WireAttribute wire, bool input, SchemaDefinitions? once) => shape.Kind switch
    {
        ShapeKind.Object when once?.IsShared(shape) == true => once.Refer(shape.Name, () => Object(shape, _ => true, input, once)),
        ShapeKind.Object => Object(shape, _ => true, input, once),
        ShapeKind.Array => Sized(new JsonObject { ["type"] = "array", ["items"] = Value(shape.Element!, Each(wire), input, once) }, wire, "minItems", "maxItems"),
        ShapeKind.Map => Map(shape, wire, input, once),
        ShapeKind.Text when wire.Secret && once is not null => once.Refer("secret", () => Text(new WireAttribute("") { Secret = true })),
        ShapeKind.Text => Text(wire),
        ShapeKind.Instant => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
        ShapeKind.Integer => Sized(new JsonObject { ["type"] = "integer" }, wire, "minimum", "maximum"),
        ShapeKind.Number => new JsonObject { ["type"] = "number" },
        ShapeKind.Boolean => new JsonObject { ["type"] = "boolean" },
        ShapeKind.Any => [],
    };

    private static JsonObject Map(Shape shape, WireAttribute wire, bool input, SchemaDefinitions? once)
    {
        var values = Value(shape.Element!, Each(wire), input, once);
        if (wire.NullableValues) values["type"] = new JsonArray("string", "null");
        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = values };
        if (wire.VariableKeys) schema["propertyNames"] = new JsonObject { ["pattern"] = "^[a-z][a-z0-9_]{0,39}$" };
        return Sized(schema, wire, "minProperties", "maxProperties");
    }

    private static JsonObject Text(WireAttribute wire)
    {
        var schema = Sized(new JsonObject { ["type"] = "string" }, wire, "minLength", "maxLength");
        if (wire.MaxBytes != int.MaxValue) schema["maxLength"] = wire.MaxBytes;
        if (wire.Values is { } values && !wire.Csv) schema["enum"] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
        if (wire.Format is { } format) schema["format"] = format;
        if (wire.Id is { } id) schema["pattern"] = $"^{id}_";
        if (!wire.Secret) return schema;
        return new JsonObject
        {
            ["anyOf"] = new JsonArray(
                schema,
                new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["env"] = new JsonObject { ["type"] = "string" } }, ["required"] = new JsonArray("env"), ["additionalProperties"] = false },
                new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["file"] = new JsonObject { ["type"] = "string" } }, ["required"] = new JsonArray("file"), ["additionalProperties"] = false }),
        };
    }

    private static WireAttribute Each(WireAttribute wire) =>
        new("") { Max = wire.MaxEach == int.MaxValue ? long.MaxValue : wire.MaxEach, Id = wire.Id, Values = wire.Csv ? null : wire.Values };

    private static JsonObject Sized(JsonObject schema, WireAttribute wire, string least, string most)
    {
        if (wire.Min != long.MinValue) schema[least] = wire.Min;
        if (wire.Max != long.MaxValue) schema[most] = wire.Max;
        return schema;
    }
}
