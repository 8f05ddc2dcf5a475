using System.Text;
using System.Text.Json;

namespace EmailTasks.Server.Storage.Transfer;

/// <summary>The header of an exported file, and how many rows it holds.</summary>
internal sealed record ExportHeader(long Schema, string DatabaseId, DateTimeOffset Created, byte[] Master, IReadOnlyDictionary<string, long> Counts);

/// <summary>A row of an exported file, with its table and columns.</summary>
internal sealed record ExportedRow(string Table, IReadOnlyList<string> Columns, object?[] Values);

/// <summary>Reads what <see cref="ExportWriter"/> wrote. The whole file is checked before its first row is used.</summary>
internal sealed class ExportReader : IDisposable
{
    private readonly FileStream _file;
    private readonly string _passphrase;

    private ExportReader(FileStream file, string passphrase) => (_file, _passphrase) = (file, passphrase);

    /// <summary>What it says of itself.</summary>
    public ExportHeader Header { get; private set; } = null!;

    /// <summary>Opens a file, proves every byte of it and counts its rows. It stays open: what is read later is what was proven.</summary>
    /// <exception cref="InvalidDataException">It is no whole export, or the passphrase is another one.</exception>
    public static ExportReader Open(string path, string passphrase)
    {
        var reader = new ExportReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16), passphrase);
        try
        {
            reader.Header = reader.Check();
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>The rows, in their order.</summary>
    public IEnumerable<ExportedRow> Rows()
    {
        var (table, columns) = ("", new List<string>());
        foreach (var line in Lines().Skip(1))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array) yield return new ExportedRow(table, columns, [.. root.EnumerateArray().Select(Value)]);
            else if (root.TryGetProperty("table", out var name)) (table, columns) = (name.GetString()!, [.. root.GetProperty("columns").EnumerateArray().Select(c => c.GetString()!)]);
        }
    }

    /// <summary>Its lines, opened.</summary>
    public IEnumerable<string> Lines()
    {
        _file.Position = 0;
        using var opened = new OpeningStream(_file, ExportSeal.Open(_file, _passphrase));
        using var text = new StreamReader(opened, Encoding.UTF8, false, -1, leaveOpen: true);
        while (text.ReadLine() is { } line) yield return line;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private ExportHeader Check()
    {
        var (first, last, rows) = ("", "", 0L);
        foreach (var line in Lines())
        {
            if (first.Length == 0) first = line;
            if (line.StartsWith('[')) rows++;
            last = line;
        }
        try
        {
            var counts = JsonDocument.Parse(last).RootElement.GetProperty("counts").EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetInt64(), StringComparer.Ordinal);
            if (counts.Values.Sum() != rows) throw new InvalidDataException("The file does not hold as many rows as it says.");
            var header = JsonDocument.Parse(first).RootElement;
            return new ExportHeader(
                header.GetProperty("schema").GetInt64(), header.GetProperty("database_id").GetString()!, header.GetProperty("created").GetDateTimeOffset(), header.GetProperty("master_key").GetBytesFromBase64(), counts);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException("This is no file that `data export` wrote.", e);
        }
    }

    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => value.GetInt64(),
        JsonValueKind.String => value.GetString(),
        _ => value.GetProperty("base64").GetBytesFromBase64(),
    };
}
