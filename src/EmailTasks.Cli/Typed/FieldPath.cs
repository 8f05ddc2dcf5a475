using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Typed;

/// <summary>A path into an answer: <c>data.items[0].task_id</c>; a leading dot is allowed.</summary>
internal sealed class FieldPath
{
    private readonly List<object> _steps = [];

    private FieldPath(string text) => Text = text;

    /// <summary>The path as typed.</summary>
    public string Text { get; }

    /// <summary>True when it leads into the answer's data.</summary>
    public bool IsOfData => _steps[0] is "data";

    /// <summary>Reads a path.</summary>
    public static bool TryParse(string text, out FieldPath? path)
    {
        path = new FieldPath(text);
        var rest = text.StartsWith('.') ? text[1..] : text;
        if (rest.Length is 0 or > 500) return false;
        foreach (var part in rest.Split('.'))
        {
            var bracket = part.IndexOf('[');
            var name = bracket < 0 ? part : part[..bracket];
            if (name.Length == 0) return false;
            path._steps.Add(name);
            if (bracket >= 0 && !path.Indexes(part[bracket..])) return false;
        }
        return true;
    }

    private bool Indexes(string text)
    {
        while (text.Length > 0)
        {
            var end = text.IndexOf(']');
            if (text[0] != '[' || end < 0 || !int.TryParse(text[1..end], System.Globalization.NumberStyles.None, null, out var index)) return false;
            _steps.Add(index);
            text = text[(end + 1)..];
        }
        return true;
    }

    /// <summary>The value at this path, or null when there is none.</summary>
    public JsonElement? In(JsonElement root)
    {
        var at = root;
        foreach (var step in _steps)
        {
            if (step is string name)
            {
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) return null;
            }
            else
            {
                if (at.ValueKind != JsonValueKind.Array || (int)step >= at.GetArrayLength()) return null;
                at = at[(int)step];
            }
        }
        return at;
    }

    /// <summary>
    /// False when no answer of this operation can have the path. Asked before the call: a slip must not be found out
    /// after the mutation, when all that could be said is an empty line.
    /// </summary>
    public bool FitsAnswerOf(Op op)
    {
        if (_steps[0] is not "data") return _steps[0] is "success" or "applied" or "summary" or "next" or "undo" or "meta" or "error_code" or "errors" or "action";
        return Fits(op.OutputShape, 1) || (op.DryRunOutput is { } plan && Fits(Shape.Of(plan), 1));
    }

    private bool Fits(Shape shape, int from)
    {
        for (var i = from; i < _steps.Count; i++)
        {
            if (shape.Kind == ShapeKind.Any) return true;
            var next = (_steps[i], shape.Kind) switch
            {
                (string name, ShapeKind.Object) => shape.Member(name)?.Shape,
                (string, ShapeKind.Map) or (int, ShapeKind.Array) => shape.Element,
                _ => null,
            };
            if (next is null) return false;
            shape = next;
        }
        return true;
    }
}
