using System.Text.Json.Nodes;

namespace EmailTasks.Contracts;

/// <summary>What a schema says once and refers to where it stands again.</summary>
internal sealed class SchemaDefinitions
{
    private readonly Dictionary<Shape, int> _places = [];

    /// <summary>The definitions that were referred to.</summary>
    public JsonObject Written { get; } = [];

    /// <summary>Counts where objects stand, before anything is written.</summary>
    public void Count(Shape shape, WireAttribute wire)
    {
        if (shape.Kind is ShapeKind.Array or ShapeKind.Map) Count(shape.Element!, wire);
        if (shape.Kind != ShapeKind.Object) return;
        _places[shape] = _places.GetValueOrDefault(shape) + 1;
        if (_places[shape] > 1) return;
        foreach (var member in shape.Members) Count(member.Shape, member.Wire);
    }

    /// <summary>True for an object that stands at several places.</summary>
    public bool IsShared(Shape shape) => _places.GetValueOrDefault(shape) > 1;

    /// <summary>A reference; what it refers to is written the first time.</summary>
    public JsonObject Refer(string name, Func<JsonObject> write)
    {
        if (!Written.ContainsKey(name))
        {
            Written[name] = null; // an object may hold itself
            Written[name] = write();
        }
        return new JsonObject { ["$ref"] = "#/$defs/" + name };
    }
}
