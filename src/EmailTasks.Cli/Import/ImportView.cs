using System.Text.Json.Nodes;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Import;

/// <summary>What an import shows before it is done: which column becomes what, three rows as they will be sent, what is left out.</summary>
internal sealed class ImportView(string path, Sheet sheet, Mapping mapping, RowBodies bodies)
{
    private const int LinesShown = 20;

    /// <summary>Adds it to the data.</summary>
    public void Into(JsonObject data)
    {
        data["file"] = new JsonObject
        {
            ["path"] = path, ["format"] = sheet.Format, ["encoding"] = sheet.Encoding, ["separator"] = sheet.Separator,
            ["rows"] = sheet.Rows.Count - (mapping.HasHeader ? 1 : 0), ["blank_rows"] = sheet.BlankRows, ["header"] = mapping.HasHeader,
        };
        data["mapping"] = new JsonArray([.. mapping.Columns.Select(c => (JsonNode)new JsonObject { ["column"] = c.Index + 1, ["header"] = c.Header, ["field"] = c.Variable ? "variables." + c.Field : c.Field })]);
        data["ignored"] = new JsonArray([.. mapping.Ignored.Select(c => (JsonNode)new JsonObject { ["column"] = c.Index + 1, ["header"] = c.Header, ["problem"] = c.Reason })]);
        data["sample"] = bodies.Preview.DeepClone();
        data["rejected_count"] = bodies.RejectedCount;
        data["rejected"] = new JsonArray([.. bodies.Rejected.OrderBy(r => r.Line).Select(r => (JsonNode)new JsonObject { ["line"] = r.Line, ["problem"] = r.Problem })]);
        var warnings = new JsonArray();
        if (bodies.Formulas.Count > 0)
            warnings.Add((JsonNode)$"{Plural.Of(bodies.Formulas.Count, "row")} hold text that begins with =, a formula that was not calculated; it is sent as it stands. Lines: {string.Join(", ", bodies.Formulas.Take(LinesShown))}{(bodies.Formulas.Count > LinesShown ? ", …" : "")}.");
        data["warnings"] = warnings;
    }
}
