using System.Buffers;
using System.Text.Json;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Body;

/// <summary>
/// The body of a request: a file or standard input, byte for byte, unless options or secrets have to go into it. What
/// may stand in it is the server's to say.
/// </summary>
internal static class RequestBody
{
    private const int TextBytesMax = 4 * 1024 * 1024;

    /// <summary>Makes the body, null when there is none.</summary>
    public static Refusal? Read(Line line, out byte[]? body)
    {
        body = null;
        var op = line.Op!;
        if (!op.HasBody) return null;
        if (Stdin(line, op) is { } twice) return twice;
        if (Options(op, line, out var members) is { } refusal) return refusal;
        if (Whole(op, members) is { } whole && line.Value("--body-file") is not null)
            return Refusal.Invalid(whole, "exactly_one", $"{whole} and --body-file are given.", $"Keep one of them: {whole} is the whole body.");
        if (line.Value("--body-file") is { } path)
        {
            if (TypedFile.Read(path, "--body-file", Limits.BodyBytes, out var bytes) is { } unread) return unread;
            if (bytes.AsSpan().Trim(" \t\r\n"u8).Length == 0) return Refusal.Invalid("$", "empty", "The body is empty.", Shape(op));
            body = bytes;
        }
        else if (members.Count == 0 && !line.Has("--secret-stdin"))
        {
            return op.BodyOptional ? null : Refusal.Invalid("--body-file", "missing", $"`{op.Command}` needs a body.", $"Add --body-file <path> (- is standard input). {Shape(op)}");
        }
        var secrets = Secrets.AreIn(op.InputShape);
        return members.Count == 0 && !secrets ? null : Compose(line, op, members, secrets, ref body);
    }

    private static string Shape(Op op) => $"The shape: {Product.Name} schema \"{op.Command}\".";

    /// <summary>Standard input is read once, so only one option may name it.</summary>
    private static Refusal? Stdin(Line line, Op op)
    {
        var readers = op.BodyOptions.Where(o => o.IsFile).Select(o => o.Flag).Prepend("--body-file").Where(f => line.Value(f) == "-").ToList();
        if (line.Has("--secret-stdin")) readers.Add("--secret-stdin");
        if (readers.Count > 1) return Refusal.Invalid(readers[1], "stdin_twice", $"{string.Join(" and ", readers)} both read standard input.", "Give one of them a file.");
        return readers.Count == 1 && line.Globals.NoInput && Show.Descriptor.IsTerminal(Show.Descriptor.In)
            ? Refusal.Invalid(readers[0], "no_input", $"{readers[0]} would wait for somebody to type, and --no-input was given.", "Pipe the text in, or name a file.")
            : null;
    }

    /// <summary>What was given that stands for a whole body, if anything.</summary>
    private static string? Whole(Op op, List<(string Member, string Flag, string Value)> members)
    {
        foreach (var (member, flag, _) in members)
        {
            if (member == op.OptionalArgument || op.BodyOptions.Any(o => o.Flag == flag && o.Alone)) return flag;
        }
        return null;
    }

    private static Refusal? Options(Op op, Line line, out List<(string Member, string Flag, string Value)> members)
    {
        members = [];
        if (op.OptionalArgument is { } argument && op.BodyMembers.Any(m => m.Name == argument) && line.Value(argument) is { } typed) members.Add((argument, $"<{argument}>", typed));
        foreach (var option in op.BodyOptions)
        {
            if (line.Value(option.Flag) is not { } value) continue;
            if (option.IsFile && TypedFile.ReadText(value, option.Flag, TextBytesMax, out value) is { } refusal) return refusal;
            members.Add((option.Member, option.Flag, value));
        }
        return null;
    }

    private static Refusal? Compose(Line line, Op op, List<(string Member, string Flag, string Value)> members, bool secrets, ref byte[]? body)
    {
        var source = body ?? "{}"u8.ToArray();
        // Writing it anew would turn broken bytes into U+FFFD, and the server would not see that they were broken.
        if (!System.Text.Unicode.Utf8.IsValid(source)) return Refusal.Invalid("$", "invalid_utf8", "The body is not valid UTF-8.", "Save the file as UTF-8.");
        try
        {
            using var document = JsonDocument.Parse(source, new JsonDocumentOptions { MaxDepth = Limits.BodyDepth });
            // The server says what is wrong with it, in one voice with everything else.
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            foreach (var (member, flag, _) in members)
            {
                if (document.RootElement.TryGetProperty(member, out _))
                    return Refusal.Invalid(flag, "duplicate_member", $"{member} stands in the body and is given as {flag}.", "Keep one of them.");
            }
            var writing = new Secrets();
            if (line.Has("--secret-stdin") && writing.FromStdin(document.RootElement, op, members) is { } refusal) return refusal;
            var buffer = new ArrayBufferWriter<byte>(source.Length + 256);
            using (var writer = new Utf8JsonWriter(buffer, Envelope.Options))
            {
                writer.WriteStartObject();
                if (secrets) writing.Members(writer, document.RootElement, op.InputShape, "$");
                else
                {
                    foreach (var property in document.RootElement.EnumerateObject()) property.WriteTo(writer);
                }
                foreach (var (member, _, value) in members) writer.WriteString(member, value);
                writer.WriteEndObject();
            }
            if (writing.Problems.Count > 0) return Refusal.Invalid([.. writing.Problems.Take(Limits.ProblemsListed)]);
            body = buffer.WrittenSpan.ToArray();
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            var problems = BodyCheck.Problems(source, op.InputShape, m => m.Wire.In == WireIn.Body);
            return Refusal.Invalid(problems.Count > 0 ? problems : [new("$", "invalid_json", "The body is not valid JSON.", Shape(op))]);
        }
    }
}
