using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EmailTasks.Contracts;

/// <summary>The kinds of JSON value the contract knows.</summary>
public enum ShapeKind
{
    Object,
    Array,
    Map,
    Text,
    Integer,
    Number,
    Boolean,
    Instant,
    Any,
}

/// <summary>A member of an object: its name, its shape, and whether it must be there.</summary>
/// <param name="Nullable">Whether an answer may say null.</param>
/// <param name="Clears">Whether a request may say null: it clears the value. Elsewhere a null is refused, because nobody can tell what it was meant to do.</param>
public sealed record ShapeMember(string Name, Shape Shape, bool Required, bool Nullable, bool Clears, WireAttribute Wire);

/// <summary>The names of what stands in an answer for a member that is told in short.</summary>
public static class StandIns
{
    /// <summary>How long a text is, in UTF-8.</summary>
    public static string Bytes(string name) => name + "_bytes";

    /// <summary>What a text is.</summary>
    public static string Digest(string name) => name + "_digest";

    /// <summary>How many items or characters are left out.</summary>
    public static string More(string name) => name + "_more";
}

/// <summary>
/// What a wire record looks like, read once from its source-generated metadata and <see cref="WireAttribute"/>s.
/// JSON Schema, OpenAPI, the gate's validation and the command line's options all come from it, so they can't drift.
/// </summary>
public sealed class Shape
{
    private static readonly Dictionary<Type, Shape> Known = [];
    private static readonly Lock Gate = new();

    private Dictionary<string, ShapeMember>? _byName;

    /// <summary>The kind of JSON value.</summary>
    public required ShapeKind Kind { get; init; }

    /// <summary>What a schema calls an object that it describes once; empty for other kinds.</summary>
    public string Name { get; init; } = "";

    /// <summary>Members of an object, in declared order.</summary>
    public IReadOnlyList<ShapeMember> Members { get; private set; } = [];

    /// <summary>The shape of an array's items or a map's values.</summary>
    public Shape? Element { get; init; }

    /// <summary>True for one page of a list: its rows leave out what is null.</summary>
    public bool IsPage { get; init; }

    /// <summary>What must hold between the members.</summary>
    public MembersAttribute? Rule { get; init; }

    /// <summary>The member of that name, or null.</summary>
    public ShapeMember? Member(string name) =>
        (_byName ??= Members.ToDictionary(m => m.Name, StringComparer.Ordinal)).GetValueOrDefault(name);

    /// <summary>The shape of a wire type.</summary>
    public static Shape Of(JsonTypeInfo info)
    {
        lock (Gate)
        {
            return Build(info);
        }
    }

    private static Shape Build(JsonTypeInfo info)
    {
        if (Known.TryGetValue(info.Type, out var known)) return known;
        var shape = info.Kind switch
        {
            JsonTypeInfoKind.Object => new Shape { Kind = ShapeKind.Object, Name = NameOf(info.Type), Rule = info.Type.GetCustomAttribute<MembersAttribute>(), IsPage = IsPageOf(info.Type) },
            JsonTypeInfoKind.Enumerable => new Shape { Kind = ShapeKind.Array, Element = Build(info.Options.GetTypeInfo(info.ElementType!)) },
            JsonTypeInfoKind.Dictionary => new Shape { Kind = ShapeKind.Map, Element = Build(info.Options.GetTypeInfo(info.ElementType!)) },
            _ => new Shape { Kind = Scalar(info.Type) },
        };
        Known[info.Type] = shape;
        if (shape.Kind == ShapeKind.Object) shape.Members = [.. info.Properties.Select(Member).SelectMany(WithStandIns)];
        return shape;
    }

    private static string NameOf(Type type) => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name.Split('`')[0]) is var name && name.EndsWith("_input", StringComparison.Ordinal) ? name[..^6] : name;

    private static bool IsPageOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>);

    /// <summary>A member, and what may stand in its place in an answer that tells less.</summary>
    private static IEnumerable<ShapeMember> WithStandIns(ShapeMember member)
    {
        var told = member.Wire.Told;
        yield return told is Told.Whole or Told.Always ? member : member with { Required = false };
        if (told == Told.Digest)
        {
            yield return StandIn(StandIns.Bytes(member.Name), ShapeKind.Integer, $"The bytes of {member.Name}, where it is left out.");
            yield return StandIn(StandIns.Digest(member.Name), ShapeKind.Text, "The first 16 hex digits of its SHA-256.");
        }
        if (told == Told.Beginning) yield return StandIn(StandIns.More(member.Name), ShapeKind.Integer, $"How many more there are in {member.Name}.");
    }

    private static ShapeMember StandIn(string name, ShapeKind kind, string description) =>
        new(name, new Shape { Kind = kind }, Required: false, Nullable: false, Clears: false, new WireAttribute(description));

    private static ShapeMember Member(JsonPropertyInfo property)
    {
        var type = property.PropertyType;
        var wire = property.AttributeProvider?.GetCustomAttributes(typeof(WireAttribute), inherit: false).OfType<WireAttribute>().FirstOrDefault()
            ?? WireAttribute.None;
        var isPatch = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Patch<>);
        var inner = isPatch ? type.GetGenericArguments()[0] : type;
        var value = Nullable.GetUnderlyingType(inner) ?? inner;
        var nullable = isPatch || value != inner || (!inner.IsValueType && property.IsGetNullable);
        return new ShapeMember(property.Name, Build(property.Options.GetTypeInfo(value)), Required: !nullable, nullable, Clears: isPatch, wire);
    }

    private static ShapeKind Scalar(Type type) =>
        type == typeof(string) ? ShapeKind.Text
        : type == typeof(int) || type == typeof(long) ? ShapeKind.Integer
        : type == typeof(double) ? ShapeKind.Number
        : type == typeof(bool) ? ShapeKind.Boolean
        : type == typeof(DateTimeOffset) ? ShapeKind.Instant
        : ShapeKind.Any;
}
