using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Import;

/// <summary>A row that is not taken, by its line.</summary>
internal sealed record RejectedRow(int Line, string Problem);

/// <summary>Some of the rows as one body, and the lines they came from.</summary>
internal sealed record RowChunk(byte[] Body, int[] Lines);

/// <summary>Rows made into bodies of calls: no body larger or longer than the server takes, no row in it that would have the whole call refused.</summary>
internal sealed class RowBodies
{
    /// <summary>Bytes of a body: below what the server takes, with room for its other members.</summary>
    private const int BodyBytesMax = Limits.BodyBytes - (1024 * 1024);

    private const int RejectedShown = 100;
    private const int PreviewRows = 3;
    private static readonly string[] ErrorValues = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#ERROR!"];

    private readonly RowTarget _target;
    private readonly Mapping _mapping;
    private readonly JsonObject _rest;
    private readonly HashSet<string> _addresses = new(StringComparer.Ordinal);
    private readonly List<ReadOnlyMemory<byte>> _items = [];
    private readonly List<int> _lines = [];
    private int _bytes;

    /// <param name="rest">The body's other members.</param>
    public RowBodies(RowTarget target, Mapping mapping, JsonObject rest) => (_target, _mapping, _rest) = (target, mapping, rest);

    /// <summary>The bodies.</summary>
    public List<RowChunk> Chunks { get; } = [];

    /// <summary>The first rows that are not taken.</summary>
    public List<RejectedRow> Rejected { get; } = [];

    /// <summary>How many are not taken.</summary>
    public int RejectedCount { get; private set; }

    /// <summary>Rows whose address stands in the file before.</summary>
    public int Duplicates { get; private set; }

    /// <summary>The first rows as they will be sent.</summary>
    public JsonArray Preview { get; } = [];

    /// <summary>Lines whose text begins like a formula; sent as it stands.</summary>
    public List<int> Formulas { get; } = [];

    /// <summary>Takes all rows.</summary>
    public void Take(IEnumerable<SheetRow> rows)
    {
        foreach (var row in rows)
        {
            if (Fault(row) is { } fault) Reject(row.Line, fault);
            else Take(row);
        }
        Close();
    }

    /// <summary>Counts a row as not taken; the first ones are shown.</summary>
    public void Reject(int line, string problem)
    {
        RejectedCount++;
        if (Rejected.Count < RejectedShown) Rejected.Add(new(line, problem));
    }

    /// <summary>Counts rows that the server did not take and did not name.</summary>
    public void RejectUnnamed(long count) => RejectedCount += (int)count;

    private string? Fault(SheetRow row)
    {
        if (row.Fault is { } fault) return fault;
        if (row.Cells.Length > _mapping.Width && Array.Exists(row.Cells[_mapping.Width..], c => !string.IsNullOrWhiteSpace(c)))
            return $"It has {row.Cells.Length} cells; the header has {_mapping.Width}.";
        foreach (var column in _mapping.Columns)
        {
            if (Cell(row, column) is { Length: > 0 } cell && cell[0] == '#' && Array.IndexOf(ErrorValues, cell) >= 0) return $"{column.Header} holds the error {cell} of a formula.";
        }
        return null;
    }

    private void Take(SheetRow row)
    {
        var address = _mapping.Columns.Find(c => c.Field == _target.Address && !c.Variable) is { } column ? Cell(row, column) : "";
        if (address.Length > 0 && !_target.IsList(_target.Address) && !_addresses.Add(address.ToLowerInvariant()))
        {
            Duplicates++;
            return;
        }
        var item = Item(row, address);
        if (Problem(item, address) is { } problem)
        {
            Reject(row.Line, problem);
            return;
        }
        if (_mapping.Columns.Exists(c => Cell(row, c).StartsWith('='))) Formulas.Add(row.Line);
        if (_lines.Count == Limits.RecipientsPerCall || _bytes + item.Length + 1 > BodyBytesMax) Close();
        if (Preview.Count < PreviewRows) Preview.Add(JsonNode.Parse(item.Span));
        _items.Add(item);
        _lines.Add(row.Line);
        _bytes += item.Length + 1;
    }

    private ReadOnlyMemory<byte> Item(SheetRow row, string address)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, Envelope.Options);
        if (_target.IsText) writer.WriteStringValue(address);
        else
        {
            writer.WriteStartObject();
            foreach (var column in _mapping.Columns.Where(c => !c.Variable)) Member(writer, column.Field, Cell(row, column));
            var variables = _mapping.Columns.Where(c => c.Variable && Cell(row, c).Length > 0).ToList();
            if (variables.Count > 0)
            {
                writer.WriteStartObject(_target.Free!.Name);
                foreach (var column in variables) writer.WriteString(column.Field, Cell(row, column));
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private void Member(Utf8JsonWriter writer, string field, string value)
    {
        if (value.Length == 0) return;
        if (!_target.IsList(field))
        {
            writer.WriteString(field, value);
            return;
        }
        writer.WriteStartArray(field);
        foreach (var one in value.Split([' ', ',', ';', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)) writer.WriteStringValue(one);
        writer.WriteEndArray();
    }

    /// <summary>The checks the gate would refuse the whole call for.</summary>
    private string? Problem(ReadOnlyMemory<byte> item, string address)
    {
        if (_target.IsText && address.Length == 0) return "It has no address.";
        if (_target.IsText) return address.Contains('\0') ? "It holds U+0000." : TextCheck.Scalars(address) > Limits.AddressCharacters ? $"Its address has more than {Limits.AddressCharacters} characters." : null;
        if (item.Length <= 2) return "It holds nothing in the columns that are used.";
        return BodyCheck.Problems(item.Span, _target.Item, _ => true) is [var first, ..] ? first.Text.Replace("$.", "") : null;
    }

    private static string Cell(SheetRow row, MappedColumn column) => column.Index < row.Cells.Length ? row.Cells[column.Index].Trim() : "";

    private void Close()
    {
        if (_lines.Count == 0) return;
        var buffer = new ArrayBufferWriter<byte>(_bytes + 1024);
        using (var writer = new Utf8JsonWriter(buffer, Envelope.Options))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in _rest)
            {
                writer.WritePropertyName(name);
                if (value is null) writer.WriteNullValue();
                else value.WriteTo(writer);
            }
            writer.WriteStartArray(_target.Array.Name);
            foreach (var item in _items) writer.WriteRawValue(item.Span, skipInputValidation: true);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        Chunks.Add(new(buffer.WrittenSpan.ToArray(), [.. _lines]));
        _items.Clear();
        _lines.Clear();
        _bytes = 0;
    }
}
