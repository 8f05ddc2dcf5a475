using System.Buffers;
using System.Globalization;
using System.Text.Json;
using EmailTasks.Contracts;

namespace EmailTasks.Server.Http;

/// <summary>Puts path, query and body together as one checked JSON document, or names all that is wrong with them.</summary>
internal static class RequestInput
{
    private static readonly string[] GateParameters = ["dry_run", "plan"];

    /// <summary>Checks and merges; <paramref name="merged"/> is valid only when there are no problems.</summary>
    public static List<Problem> Read(Op op, RouteValueDictionary path, IQueryCollection query, ReadOnlySpan<byte> body, out byte[] merged)
    {
        var problems = new List<Problem>();
        var buffer = new ArrayBufferWriter<byte>(body.Length + 256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var member in op.PathMembers) Write(writer, member, Slashed((string?)path[member.Name] ?? ""), problems);
            foreach (var member in op.QueryMembers) Query(writer, member, query, problems);
            writer.WriteEndObject();
        }
        problems.AddRange(UnknownParameters(op, query));
        body = Trimmed(body);
        if (body.Length == 0 && (op.BodyOptional || !op.HasBody)) body = "{}"u8;
        if (body.Length == 0) problems.Add(new("$", "missing_body", "This call needs a JSON body.", $"See: noxinfluencer schema \"{op.Command}\""));
        else problems.AddRange(BodyCheck.Problems(body, op.InputShape, m => m.Wire.In == WireIn.Body));
        merged = problems.Count == 0 ? Merge(buffer.WrittenSpan, body) : [];
        return problems.Count > Limits.ProblemsListed ? problems[..Limits.ProblemsListed] : problems;
    }

    /// <summary>Everything in a path segment is decoded but the slash; addresses and foreign ids may hold one.</summary>
    private static string Slashed(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Two objects as one: the first's members, then the second's. Their names can't meet: the check knows only body members.</summary>
    private static byte[] Merge(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var inner = second[(second.IndexOf((byte)'{') + 1)..];
        var isEmpty = inner.TrimStart(" \t\r\n"u8)[0] == (byte)'}';
        var merged = new byte[first.Length + inner.Length];
        first[..^1].CopyTo(merged);
        var at = first.Length - 1;
        if (first.Length > 2 && !isEmpty) merged[at++] = (byte)',';
        inner.CopyTo(merged.AsSpan(at));
        return merged[..(at + inner.Length)];
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> body)
    {
        if (body.StartsWith("\uFEFF"u8)) body = body[3..];
        return body.Trim(" \t\r\n"u8);
    }

    private static IEnumerable<Problem> UnknownParameters(Op op, IQueryCollection query)
    {
        foreach (var name in query.Keys)
        {
            var known = op.QueryMembers.Any(m => m.Name == name) || (op.IsMutation && GateParameters.Contains(name, StringComparer.Ordinal)) || ShortAnswer.Takes(op, name);
            if (!known) yield return new(TextCheck.Shown(name), "unknown_parameter", $"This call has no parameter {TextCheck.Shown(name)}.", $"See: noxinfluencer schema \"{op.Command}\"");
        }
    }

    private static void Query(Utf8JsonWriter writer, ShapeMember member, IQueryCollection query, List<Problem> problems)
    {
        if (!query.TryGetValue(member.Name, out var values)) return;
        if (values.Count > 1) problems.Add(new(member.Name, "duplicate_parameter", $"{member.Name} stands twice.", "Keep one of them."));
        else Write(writer, member, values[0] ?? "", problems);
    }

    private static void Write(Utf8JsonWriter writer, ShapeMember member, string value, List<Problem> problems)
    {
        writer.WritePropertyName(member.Name);
        switch (member.Shape.Kind)
        {
            case ShapeKind.Integer when int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number):
                TextCheck.Range(number, member.Name, member.Wire, (p, c, t, f) => problems.Add(new(p, c, t, f)));
                writer.WriteNumberValue(number);
                break;
            case ShapeKind.Integer:
                problems.Add(new(member.Name, "wrong_type", $"{member.Name} must be a whole number.", "Write digits."));
                writer.WriteNullValue();
                break;
            case ShapeKind.Boolean when value is "true" or "false":
                writer.WriteBooleanValue(value == "true");
                break;
            case ShapeKind.Boolean:
                problems.Add(new(member.Name, "wrong_type", $"{member.Name} must be true or false.", "Write true or false."));
                writer.WriteNullValue();
                break;
            default:
                problems.AddRange(TextCheck.Problems(value, member.Name, member.Wire));
                writer.WriteStringValue(value);
                break;
        }
    }
}
