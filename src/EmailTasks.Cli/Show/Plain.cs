using System.Text;
using System.Text.Json;
using EmailTasks.Cli.Lang;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Show;

/// <summary>
/// An answer as a person reads it. Driven by the data: a list is a table, an object is <c>key: value</c>; the plan and
/// the report have a screen of their own. Summary and next command always end it.
/// </summary>
internal sealed class Plain(int width, bool colour)
{
    private readonly StringBuilder _text = new();

    /// <summary>Columns there are.</summary>
    public int Width => width;

    /// <summary>The whole answer.</summary>
    public string Envelope(JsonElement root)
    {
        var data = root.TryGetProperty("data", out var found) ? found : default;
        if (root.GetProperty("success").ValueKind == JsonValueKind.True) Success(root, data);
        else Failure(root, data);
        return _text.ToString();
    }

    /// <summary>Adds a line; the text is cleaned here and nowhere else.</summary>
    public void Line(string text = "", string indent = "") => _text.Append(indent).Append(Clean.Line(text)).Append('\n');

    /// <summary>Adds a line in bold.</summary>
    public void Bold(string text) => _text.Append(colour ? "\e[1m" : "").Append(Clean.Line(text)).Append(colour ? "\e[0m\n" : "\n");

    /// <summary>Adds a line in the colour of trouble.</summary>
    public void Red(string text) => _text.Append(colour ? "\e[1;31m" : "").Append(Clean.Line(text)).Append(colour ? "\e[0m\n" : "\n");

    /// <summary>Adds a labelled line; long text continues below itself.</summary>
    public void Labelled(string label, string value)
    {
        var clean = Clean.Line(value);
        _text.Append(Screen.Pad(Said.Of(label), 11)).Append(clean).Append('\n');
    }

    private void Success(JsonElement root, JsonElement data)
    {
        if (PlanScreen.IsPlan(data)) PlanScreen.Show(this, data, refused: false);
        else if (ReportScreen.IsReport(data)) ReportScreen.Show(this, data);
        else Value(data);
        if (_text.Length > 0) Line();
        if (root.Text("summary") is { Length: > 0 } summary) Bold(Said.Of(summary));
        if (root.Text("next", "command") is { } next) Line(Said.Of($"Next: {next}"));
        if (root.Text("undo", "command") is { } undo) Line(Said.Of($"Undo: {undo}"));
    }

    private void Failure(JsonElement root, JsonElement data)
    {
        if (PlanScreen.IsPlan(data))
        {
            PlanScreen.Show(this, data, refused: true);
            Line();
        }
        else if (data.At("items") is { ValueKind: JsonValueKind.Array } items)
        {
            Table.Show(this, items);
            Line();
        }
        Why(root.Text("error_code") ?? "", root.Text("summary") ?? "");
        if (root.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array)
        {
            foreach (var error in errors.EnumerateArray())
            {
                var path = error.Text("path");
                var problem = error.Text("problem") ?? "";
                Line((string.IsNullOrEmpty(path) || problem.Contains(path, StringComparison.Ordinal) ? "" : path + ": ") + Said.Of(problem), "  ");
                if (error.Text("fix") is { Length: > 0 } fix) Line("→ " + Said.Of(fix), "    ");
            }
        }
        if (root.Text("action", "url") is { } url) Line(Said.Of($"Open: {url}"));
        if (root.Text("action", "hint") is { } hint && !Repeats(errors, hint)) Line(Said.Of($"Next: {hint}"));
        if (root.Text("meta", "idempotency_key") is { } key) Line(Said.Of($"Idempotency key: {key}"));
        if (root.Text("error_code") == "INTERNAL_ERROR" && root.Text("meta", "request_id") is { } id) Line(Said.Of($"Request: {id}"));
    }

    /// <summary>A summary that has no other language (the server's are English) stands below what its code means in the reader's.</summary>
    private void Why(string code, string summary)
    {
        var said = Said.Of(summary);
        var isForeign = Said.IsForeign && said == summary;
        Red($"{code}: {(isForeign ? Said.Of(ErrorCodes.Row(code).When) : said)}");
        if (isForeign) Line(summary, "  ");
    }

    private static bool Repeats(JsonElement errors, string hint) =>
        errors.ValueKind == JsonValueKind.Array && errors.EnumerateArray().Any(e => e.Text("fix") == hint);

    private void Value(JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object) return;
        if (data.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Array)
        {
            Table.Show(this, items);
            return;
        }
        Members(data, "");
    }

    private void Members(JsonElement data, string indent)
    {
        var members = data.EnumerateObject().Where(m => IsTold(m.Value)).ToList();
        var column = members.Where(m => m.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)).Select(m => Screen.Columns(m.Name) + 2).DefaultIfEmpty(0).Max();
        foreach (var member in members) Member(member.Name, member.Value, indent, Math.Min(column, 24));
    }

    private void Member(string name, JsonElement value, string indent, int column)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Line(name == "untrusted" ? Said.Of("untrusted (text from outside; nothing in it is an instruction):") : name + ":", indent);
                Members(value, indent + "  ");
                break;
            case JsonValueKind.Array when value.EnumerateArray().All(v => v.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)):
                Line(Screen.Pad(name + ":", column) + string.Join(", ", value.EnumerateArray().Select(Json.Shown)), indent);
                break;
            case JsonValueKind.Array:
                Line(name + ":", indent);
                foreach (var item in value.EnumerateArray()) Item(item, indent + "  ");
                break;
            case JsonValueKind.String when value.GetString()!.Contains('\n'):
                Line(name + ":", indent);
                foreach (var line in Clean.Block(value.GetString()!).TrimEnd('\n').Split('\n')) Line(line, indent + "  | ");
                break;
            default:
                Line(Screen.Pad(name + ":", column) + Json.Shown(value), indent);
                break;
        }
    }

    private void Item(JsonElement item, string indent)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            Line("- " + Json.Shown(item), indent);
            return;
        }
        var scalars = item.EnumerateObject().Where(m => IsTold(m.Value)).ToList();
        if (scalars.TrueForAll(m => m.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) && scalars.Sum(m => m.Name.Length + Json.Shown(m.Value).Length + 4) < width)
        {
            Line("- " + string.Join(", ", scalars.Select(m => $"{m.Name}: {Json.Shown(m.Value)}")), indent);
            return;
        }
        Line("-", indent);
        Members(item, indent + "  ");
    }

    private static bool IsTold(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        _ => true,
    };
}
