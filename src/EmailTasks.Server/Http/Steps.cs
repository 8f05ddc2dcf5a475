using System.Buffers;
using System.Text.Json;
using EmailTasks.Contracts;
using EmailTasks.Server.Storage.Rows;

namespace EmailTasks.Server.Http;

/// <summary>What an answer may offer, decided once for all operations: nothing that undoes, nothing forced but the call itself, nothing that the caller may not do.</summary>
internal static class Steps
{
    /// <summary>The call that is being made, unforced: same operation, same arguments, same options.</summary>
    public static NextStep Own(Op op, HttpContext http, bool hasBody)
    {
        var step = NextStep.Of(op, [.. op.PathMembers.Select(m => http.Request.RouteValues[m.Name]?.ToString() ?? "")]);
        foreach (var member in op.QueryMembers.Where(m => http.Request.Query.ContainsKey(m.Name)))
        {
            var value = http.Request.Query[member.Name].ToString();
            if (member.Shape.Kind != ShapeKind.Boolean) step = step.With(member.Name, value);
            else if (value == "true") step = step.With(member.Name);
        }
        return op.HasBody && (!op.BodyOptional || hasBody) ? step.WithBody() : step;
    }

    /// <summary>What the caller may do of what a slice offers.</summary>
    public static NextStep? Offered(NextStep? step, KeyRow key) => step?.Op is { } op && Rights.Missing(op, key) is not null ? null : step;

    /// <summary>Holds a slice to it, in the transaction of the change: what takes back what was done is no next step, and what does not is no undo.</summary>
    /// <exception cref="InvalidOperationException">A bug: the slice offers the wrong thing, or told no sentence in both forms.</exception>
    public static void Check<T>(Op op, Outcome<T> outcome)
    {
        if (outcome.Said is null) throw new InvalidOperationException($"{op.Command} changes and has no sentence for its dry run.");
        if (outcome.Next?.Op is { } next && Inverses.Undoes(op, next)) throw new InvalidOperationException($"{op.Command} offers {next.Command} as its next step, which undoes it.");
        if (outcome.Undo is { } undo && (undo.Op is not { } back || !Inverses.Undoes(op, back))) throw new InvalidOperationException($"{undo} does not undo {op.Command}.");
    }

    /// <summary>Next step and undo as they are kept with an answer.</summary>
    public static string? Kept(NextStep? next, NextStep? undo)
    {
        if (next is null && undo is null) return null;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Envelope.Options))
        {
            writer.WriteStartObject();
            foreach (var (name, step) in new[] { ("next", next), ("undo", undo) })
            {
                if (step is null) continue;
                writer.WritePropertyName(name);
                step.Write(writer);
            }
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>
    /// Reads them back, strictly. Answers of older servers kept a bare line, often a forced one that undid what was done:
    /// none of it is repeated.
    /// </summary>
    public static (NextStep? Next, NextStep? Undo) Of(string? kept)
    {
        if (kept is null || !kept.StartsWith('{')) return (null, null);
        using var document = JsonDocument.Parse(kept);
        return (Step(document.RootElement, "next"), Step(document.RootElement, "undo"));
    }

    private static NextStep? Step(JsonElement kept, string name) =>
        kept.TryGetProperty(name, out var step) && NextStep.Read(step) is { IsForced: false } read ? read : null;
}
