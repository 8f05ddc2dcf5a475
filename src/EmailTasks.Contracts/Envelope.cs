using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EmailTasks.Contracts;

/// <summary>What stands in <c>meta</c>; the command line's own answers have no request id and no server version, and leave them out.</summary>
public sealed record Meta(string RequestId, double LatencyMs, bool? DryRun, string? IdempotencyKey, bool? IdempotentReplay, string ServerVersion);

/// <summary>Writes the one envelope of every answer, for the server and for the command line's own answers.</summary>
public static class Envelope
{
    /// <summary>Text stays readable; the envelope is JSON, never put into HTML unescaped.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A success.</summary>
    /// <param name="applied">Null for reads.</param>
    /// <param name="data">Serialised data.</param>
    /// <param name="next">What may come next.</param>
    /// <param name="undo">What takes back what was done.</param>
    public static byte[] Success(bool? applied, ReadOnlySpan<byte> data, string summary, NextStep? next, Meta? meta, NextStep? undo = null)
    {
        var buffer = new ArrayBufferWriter<byte>(data.Length + 512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("success", true);
            if (applied is { } value) writer.WriteBoolean("applied", value);
            writer.WritePropertyName("data");
            writer.WriteRawValue(data, skipInputValidation: true);
            writer.WriteString("summary", summary);
            WriteStep(writer, "next", next);
            WriteStep(writer, "undo", undo);
            WriteMeta(writer, meta);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A failure.</summary>
    public static byte[] Failure(Refusal refusal, Meta? meta)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("success", false);
            writer.WriteBoolean("applied", false);
            writer.WriteString("error_code", refusal.Code);
            writer.WriteString("summary", refusal.Summary);
            writer.WriteStartArray("errors");
            foreach (var problem in refusal.Problems) WriteProblem(writer, problem);
            writer.WriteEndArray();
            WriteAction(writer, refusal.Action);
            if (refusal.Data is { } data)
            {
                writer.WritePropertyName("data");
                writer.WriteRawValue(data, skipInputValidation: true);
            }
            WriteMeta(writer, meta);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteStep(Utf8JsonWriter writer, string name, NextStep? step)
    {
        if (step is null) return;
        writer.WritePropertyName(name);
        step.Write(writer);
    }

    private static void WriteProblem(Utf8JsonWriter writer, Problem problem)
    {
        writer.WriteStartObject();
        writer.WriteString("path", problem.Path);
        writer.WriteString("code", problem.Code);
        writer.WriteString("problem", problem.Text);
        writer.WriteString("fix", problem.Fix);
        writer.WriteEndObject();
    }

    private static void WriteAction(Utf8JsonWriter writer, NextAction? action)
    {
        if (action is null) return;
        writer.WriteStartObject("action");
        writer.WriteString("type", action.Type);
        if (action.Url is not null) writer.WriteString("url", action.Url);
        if (action.Hint is not null) writer.WriteString("hint", action.Hint);
        writer.WriteEndObject();
    }

    private static void WriteMeta(Utf8JsonWriter writer, Meta? meta)
    {
        if (meta is null) return;
        writer.WriteStartObject("meta");
        if (meta.RequestId.Length > 0) writer.WriteString("request_id", meta.RequestId);
        writer.WriteNumber("latency_ms", Math.Round(meta.LatencyMs, 1));
        if (meta.DryRun is { } dry) writer.WriteBoolean("dry_run", dry);
        if (meta.IdempotencyKey is { } key) writer.WriteString("idempotency_key", key);
        if (meta.IdempotentReplay is { } replay) writer.WriteBoolean("idempotent_replay", replay);
        if (meta.ServerVersion.Length > 0) writer.WriteString("server_version", meta.ServerVersion);
        writer.WriteEndObject();
    }
}
