using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EmailTasks.Server.Storage.Transfer;

/// <summary>The header of an exported file, and how many rows it holds.</summary>
internal sealed record ExportHeader(long Schema, string DatabaseId, DateTimeOffset Created, SealedKey Key, IReadOnlyDictionary<string, long> Counts);

/// <summary>A row of an exported file, with its table and columns.</summary>
internal sealed record ExportedRow(string Table, IReadOnlyList<string> Columns, object?[] Values);

/// <summary>Reads what <see cref="ExportWriter"/> wrote. The whole file is checked before its first row is used.</summary>
internal static class ExportReader
{
    /// <summary>Checks sum and counts and reads the header.</summary>
    /// <exception cref="InvalidDataException">It is no whole export.</exception>
    public static ExportHeader Check(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string? first = null, before = null, last = null;
        var rows = 0L;
        foreach (var line in File.ReadLines(path, Encoding.UTF8))
        {
            if (last is not null) hash.AppendData(Encoding.UTF8.GetBytes(last + "\n"));
            first ??= line;
            if (line.StartsWith('[')) rows++;
            (before, last) = (last, line);
        }
        try
        {
            var sum = JsonDocument.Parse(last ?? "").RootElement.GetProperty("sha256").GetString();
            if (sum != Convert.ToHexStringLower(hash.GetHashAndReset())) throw new InvalidDataException("The file was changed or cut off: its SHA-256 does not match.");
            var counts = JsonDocument.Parse(before!).RootElement.GetProperty("counts").EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetInt64(), StringComparer.Ordinal);
            if (counts.Values.Sum() != rows) throw new InvalidDataException("The file does not hold as many rows as it says.");
            return Header(JsonDocument.Parse(first!).RootElement, counts);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException("This is no file that `data export` wrote, or its end is missing.", e);
        }
    }

    /// <summary>The rows, in their order.</summary>
    public static IEnumerable<ExportedRow> Rows(string path)
    {
        var (table, columns) = ("", new List<string>());
        foreach (var line in File.ReadLines(path, Encoding.UTF8).Skip(1))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array) yield return new ExportedRow(table, columns, [.. root.EnumerateArray().Select(Value)]);
            else if (root.TryGetProperty("table", out var name)) (table, columns) = (name.GetString()!, [.. root.GetProperty("columns").EnumerateArray().Select(c => c.GetString()!)]);
        }
    }

    private static ExportHeader Header(JsonElement header, IReadOnlyDictionary<string, long> counts)
    {
        var format = header.GetProperty("email_tasks_export").GetInt32();
        if (format != ExportWriter.Format) throw new InvalidDataException($"The file has format {format}; this server reads {ExportWriter.Format}.");
        var key = header.GetProperty("master_key");
        return new ExportHeader(
            header.GetProperty("schema").GetInt64(), header.GetProperty("database_id").GetString()!, header.GetProperty("created").GetDateTimeOffset(),
            new SealedKey(key.GetProperty("iterations").GetInt32(), key.GetProperty("salt").GetBytesFromBase64(), key.GetProperty("sealed").GetBytesFromBase64()), counts);
    }

    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => value.GetInt64(),
        JsonValueKind.String => value.GetString(),
        _ => value.GetProperty("base64").GetBytesFromBase64(),
    };
}
