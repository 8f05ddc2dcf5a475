using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace EmailTasks.Server.Storage.Transfer;

/// <summary>
/// Writes an installation as lines of JSON: a header, then table by table its columns and rows, then how many rows of
/// each, and a SHA-256 over everything before it. Values are null, whole numbers, texts and <c>{"base64":…}</c>.
/// </summary>
internal sealed class ExportWriter(Stream to) : IDisposable
{
    /// <summary>The form's version.</summary>
    public const int Format = 1;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>The first line.</summary>
    public void Header(string databaseId, DateTimeOffset created, SealedKey key) => Line(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("email_tasks_export", Format);
        writer.WriteNumber("schema", Migrations.All[^1].Number);
        writer.WriteString("database_id", databaseId);
        writer.WriteString("created", created);
        writer.WriteStartObject("master_key");
        writer.WriteString("kdf", "pbkdf2-sha256");
        writer.WriteNumber("iterations", key.Iterations);
        writer.WriteBase64String("salt", key.Salt);
        writer.WriteBase64String("sealed", key.Sealed);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>All rows of all tables, on one snapshot.</summary>
    public async ValueTask<IReadOnlyDictionary<string, long>> Rows(Db db)
    {
        foreach (var table in await Tables.All(db)) await Table(db, table);
        return _counts;
    }

    /// <summary>The last two lines.</summary>
    public void End()
    {
        Line(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject("counts");
            foreach (var (table, count) in _counts) writer.WriteNumber(table, count);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
        var sum = Convert.ToHexStringLower(_hash.GetHashAndReset());
        Line(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("sha256", sum);
            writer.WriteEndObject();
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private async ValueTask Table(Db db, string table)
    {
        using var command = db.Connection.CreateCommand();
        command.CommandText = $"select * from {Tables.Quoted(table)} order by 1";
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync();
        Line(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("table", table);
            writer.WriteStartArray("columns");
            for (var i = 0; i < reader.FieldCount; i++) writer.WriteStringValue(reader.GetName(i));
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
        var row = new object?[reader.FieldCount];
        var count = 0L;
        while (await reader.ReadAsync())
        {
            for (var i = 0; i < row.Length; i++) row[i] = await reader.IsDBNullAsync(i) ? null : reader.GetValue(i);
            if (!Tables.Moves(table, row)) continue;
            Line(writer => Row(writer, row));
            count++;
        }
        _counts[table] = count;
    }

    private static void Row(Utf8JsonWriter writer, object?[] row)
    {
        writer.WriteStartArray();
        foreach (var value in row)
        {
            switch (value)
            {
                case null: writer.WriteNullValue(); break;
                case long number: writer.WriteNumberValue(number); break;
                case string text: writer.WriteStringValue(text); break;
                case byte[] bytes:
                    writer.WriteStartObject();
                    writer.WriteBase64String("base64", bytes);
                    writer.WriteEndObject();
                    break;
                default: throw new InvalidOperationException($"The schema has a type that can't be exported: {value.GetType()}.");
            }
        }
        writer.WriteEndArray();
    }

    private void Line(Action<Utf8JsonWriter> write)
    {
        _line.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_line)) write(writer);
        _line.Write("\n"u8);
        _hash.AppendData(_line.WrittenSpan);
        to.Write(_line.WrittenSpan);
    }
}
