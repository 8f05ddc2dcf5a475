using System.Buffers;
using System.Text;
using System.Text.Json;
using EmailTasks.Cli.Show;

namespace EmailTasks.Cli.Export;

/// <summary>
/// Comma-separated values (RFC 4180), UTF-8 with a byte order mark, without which Excel reads another character set. A text
/// that a spreadsheet would take for a formula gets an apostrophe before it: names come from outside.
/// </summary>
internal static class CsvFile
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n;\t");

    // ASCII and full-width: some spreadsheets read both.
    private static readonly SearchValues<char> FormulaStart = SearchValues.Create("=+-@\t\r\n＝＋－＠");

    /// <summary>Writes a table.</summary>
    public static void Write(Stream to, IReadOnlyList<string> columns, IEnumerable<JsonElement?[]> rows)
    {
        using var writer = new StreamWriter(to, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), bufferSize: 64 * 1024, leaveOpen: true);
        writer.Write(string.Join(',', columns) + "\r\n");
        foreach (var row in rows) writer.Write(string.Join(',', row.Select(Cell)) + "\r\n");
    }

    private static string Cell(JsonElement? cell)
    {
        var text = cell is { } value ? Json.Shown(value) : "";
        if (cell is { ValueKind: JsonValueKind.String } && text.Length > 0 && FormulaStart.Contains(text[0])) text = "'" + text;
        return text.AsSpan().ContainsAny(Quoted) || text.StartsWith(' ') || text.EndsWith(' ') ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
    }
}
