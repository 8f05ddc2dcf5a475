using System.Buffers;
using System.Text.Json;

namespace EmailTasks.Server.Storage.Transfer;

/// <summary>
/// Writes an installation as lines of JSON: a header, then table by table its columns and rows, then how many rows of
/// each. Values are null, whole numbers, texts and <c>{"base64":…}</c>. All of it goes through <see cref="SealingStream"/>.
/// </summary>
internal sealed class ExportWriter(SealingStream to)
{
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>
    /// The first line. The master key moves along, so that secrets, API keys, Message-IDs and opt-out links that are out in
    /// the world stay valid (ADR 0024).
    /// </summary>
    public void Header(string databaseId, DateTimeOffset created, byte[] master) => Line(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("schema", Migrations.All[^1].Number);
        writer.WriteString("database_id", databaseId);
        writer.WriteString("created", created);
        writer.WriteBase64String("master_key", master);
        writer.WriteEndObject();
    });

    /// <summary>All rows of all tables, on one snapshot.</summary>
    public async ValueTask<IReadOnlyDictionary<string, long>> Rows(Db db)
    {
        foreach (var table in await Tables.All(db)) await Table(db, table);
        return _counts;
    }

    /// <summary>The last line.</summary>
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
        to.End();
    }

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
        to.Write(_line.WrittenSpan);
    }
}
