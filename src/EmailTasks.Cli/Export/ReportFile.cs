using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Cli.Net;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Export;

/// <summary>
/// <c>email report --output x.html|x.csv|x.xlsx</c>: a page to pass on, a table of all recipients, or a workbook with numbers,
/// timeline and recipients.
/// </summary>
internal static class ReportFile
{
    /// <summary>What is wrong with the file's name, or null.</summary>
    public static Refusal? Check(Line line) => Kind(line.Value(OutputFile.Option)!) is not null
        ? null
        : Refusal.Invalid(OutputFile.Option, "bad_format", $"{OutputFile.Option} does not know what to write into {TextCheck.Shown(line.Value(OutputFile.Option)!)}.", "End the name with .html, .csv or .xlsx.");

    /// <summary>Writes the file; names it in the answer.</summary>
    public static Refusal? Write(Line line, ref byte[] envelope, Func<string, Reply> get)
    {
        var path = line.Value(OutputFile.Option)!;
        if (JsonNode.Parse(envelope) is not JsonObject root || root["data"] is not JsonObject data) return null;
        using var document = JsonDocument.Parse(data.ToJsonString());
        var report = document.RootElement;
        var recipients = new RecipientPages(report.Text("task_id") ?? "", get);
        if (Kind(path) == "xlsx" && report.Number("recipient_count") >= WorkbookFile.RowsMax)
            return Refusal.Invalid(OutputFile.Option, "too_many", $"A sheet has {WorkbookFile.RowsMax} rows, fewer than this task has recipients.", "Write it as .csv.");
        // Beside the file that is there, and put in its place when it is whole: half a report looks like a whole one.
        var part = path + ".part";
        var refusal = OutputFile.To(part, file => Write(Kind(path)!, file, report, recipients)) ?? recipients.Failure;
        if (refusal is null) refusal = Move(part, path);
        if (refusal is not null)
        {
            if (File.Exists(part)) File.Delete(part);
            return refusal;
        }
        data["output"] = new JsonObject { ["path"] = path, ["bytes"] = new FileInfo(path).Length };
        envelope = Documents.Bytes(root);
        return null;
    }

    private static void Write(string kind, Stream file, JsonElement report, RecipientPages recipients)
    {
        switch (kind)
        {
            case "html":
                file.Write(System.Text.Encoding.UTF8.GetBytes(ReportPage.Of(report, TimeProvider.System.GetUtcNow())));
                break;
            case "csv":
                CsvFile.Write(file, RecipientPages.Columns, recipients.Rows());
                break;
            default:
                WorkbookFile.Write(file,
                [
                    new("Numbers", ["number", "value", "meaning"], Numbers(report)),
                    new("Timeline", ["at", "sent", "opens", "clicks", "replies"], report.Items("timeline").Select(t => Cells(t, "at", "sent", "opens", "clicks", "replies"))),
                    new("Recipients", RecipientPages.Columns, recipients.Rows()),
                ]);
                break;
        }
    }

    /// <summary>The numbers of a report with what each means, as the contract says it.</summary>
    internal static IEnumerable<JsonElement?[]> Numbers(JsonElement report) => Defined().Select(m => new JsonElement?[] { Text(m.Name), report.At(m.Name), Text(m.Wire.Description) });

    /// <summary>The members that are numbers.</summary>
    internal static IEnumerable<ShapeMember> Defined() => Shape.Of(ReportOps.Report.Output).Members.Where(m => m.Shape.Kind is ShapeKind.Integer or ShapeKind.Number);

    /// <summary>Members of an object as cells.</summary>
    internal static JsonElement?[] Cells(JsonElement item, params ReadOnlySpan<string> names)
    {
        var cells = new JsonElement?[names.Length];
        for (var i = 0; i < names.Length; i++) cells[i] = item.At(names[i]);
        return cells;
    }

    private static JsonElement Text(string text)
    {
        using var document = JsonDocument.Parse(JsonValue.Create(text).ToJsonString());
        return document.RootElement.Clone();
    }

    private static Refusal? Move(string from, string to)
    {
        try
        {
            File.Move(from, to, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refusal.Invalid(OutputFile.Option, "unwritable_file", $"{TextCheck.Shown(to)} can't be written.", "Give a path in a folder that exists and that you may write to.");
        }
    }

    private static string? Kind(string path) => Path.GetExtension(path).ToLowerInvariant() switch { ".html" or ".htm" => "html", ".csv" => "csv", ".xlsx" => "xlsx", _ => null };
}
