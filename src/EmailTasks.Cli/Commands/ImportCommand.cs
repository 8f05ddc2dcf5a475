using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Cli.Body;
using EmailTasks.Cli.Import;
using EmailTasks.Cli.Net;
using EmailTasks.Cli.Show;
using EmailTasks.Cli.Typed;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Commands;

/// <summary>
/// <c>email recipients import-file</c>, and <c>--file</c> of every operation that takes a list: a file of rows becomes
/// calls of at most 10,000 rows. Each call's idempotency key follows from the invocation's, so the same line with the
/// same key goes on where it stopped.
/// </summary>
internal sealed class ImportCommand
{
    private const string Option = "--file";
    private const double TimeoutSeconds = 600;

    private readonly Line _line;
    private readonly Op _op;
    private readonly string _key;
    private readonly long _start = Stopwatch.GetTimestamp();

    private ImportCommand(Line line, Op op) => (_line, _op, _key) = (line, op, line.Globals.IdempotencyKey ?? Guid.CreateVersion7().ToString("N"));

    private bool Forced => _line.Globals.Force;

    /// <summary>True when a list of an operation comes from a file.</summary>
    public static bool IsMeant(Line line) => line.Op is { IsMutation: true } op && line.Has(Option) && op.LocalOptions.Any(o => o.Flag.StartsWith(Option + " ", StringComparison.Ordinal));

    /// <summary>Runs it.</summary>
    public static int Run(Line line, Output output) => new ImportCommand(line, line.Op ?? line.Local!.Via!).Run(output);

    private int Run(Output output)
    {
        if (Misplaced() is { } wrong) return output.Refuse(wrong);
        if (_line.Value(Option) is not { } path) return output.Refuse(Refusal.Invalid(Option, "missing", $"{Option} is missing.", "Name the file: --file people.csv."));
        if (Target.Choose(_line.Globals.Server, out var target) is { } badTarget) return output.Refuse(badTarget);
        if (Rest(out var rest) is { } badBody) return output.Refuse(badBody);
        if (SheetFile.Read(path, Option, out var sheet) is { } badFile) return output.Refuse(badFile);
        var to = new RowTarget(_op);
        if (Mapping.Of(to, sheet.Rows[0], _line.Value("--map"), out var mapping) is { } badMap) return output.Refuse(badMap);
        if (mapping.HasHeader && sheet.Rows.Count == 1) return output.Refuse(Refusal.Invalid(Option, "empty", $"{TextCheck.Shown(path)} holds a header and no rows.", "Give a file with a row for each person."));
        var bodies = new RowBodies(to, mapping, rest);
        bodies.Take(sheet.Rows.Skip(mapping.HasHeader ? 1 : 0));
        if (target.CheckKey() is { } badKey) return output.Refuse(badKey);

        var sum = new ImportSum(_op, to, bodies);
        Interrupt.Watch(output, () => (new Refusal(ErrorCodes.Interrupted, Again(sum)), Meta()));
        using var caller = new Caller(target, new Net.Trace(_line.Globals.Trace), TimeSpan.FromSeconds(_line.Globals.TimeoutSeconds ?? TimeoutSeconds));
        var url = target.Url + RequestUrl.Of(_op, Value, ("dry_run", Forced ? "false" : null), ("full", "true"));
        Reply? failed = null;
        for (var i = 0; i < bodies.Chunks.Count && failed is null; i++)
        {
            var reply = caller.Call(_op.Method, url, bodies.Chunks[i].Body, KeyOf(i), waits: false);
            if (!sum.Take(bodies.Chunks[i], reply)) failed = reply;
        }
        var data = sum.Data(Forced);
        new ImportView(path, sheet, mapping, bodies).Into(data);
        return failed is null ? Done(output, sum, data, sheet) : Failed(output, sum, data, failed, target);
    }

    private string? Value(string name) => _line.Local is not null && name == _op.PathMembers.FirstOrDefault()?.Name ? _line.Rest[0] : _line.Value(name);

    private Refusal? Misplaced()
    {
        if (_line.Local is null) return null;
        var member = _op.PathMembers.First();
        if (_line.Rest.Count == 0) return Refusal.Invalid(member.Name, "missing", $"<{member.Name}> is missing.", $"Usage: {Help.Usage(_line.Words)}");
        var problems = TextCheck.Problems(_line.Rest[0], member.Name, member.Wire).ToList();
        return problems.Count == 0 ? null : Refusal.Invalid(problems);
    }

    /// <summary>What else the body holds: from a body file, from options; a reason that may be "manual" is that.</summary>
    private Refusal? Rest(out JsonObject rest)
    {
        rest = [];
        if (_line.Local is not null) return null;
        if (_line.Value("--body-file") is { } path)
        {
            if (TypedFile.Read(path, "--body-file", Limits.BodyBytes, out var bytes) is { } unread) return unread;
            try
            {
                if (JsonNode.Parse(bytes) is JsonObject given) rest = given;
            }
            catch (JsonException e)
            {
                return Refusal.Invalid("$", "invalid_json", $"The body is not valid JSON at line {e.LineNumber + 1}.", $"The shape: {Product.Name} schema \"{_op.Command}\".");
            }
            var rows = new RowTarget(_op).Array.Name;
            if (rest.ContainsKey(rows)) return Refusal.Invalid(Option, "duplicate_member", $"{rows} stands in the body and is given as {Option}.", "Keep one of them.");
        }
        foreach (var option in _op.BodyOptions)
        {
            if (_line.Value(option.Flag) is { } value) rest[option.Member] = value;
        }
        if (_op.InputShape.Member("reason") is { Required: true, Wire: { In: WireIn.Body, Values: { } words } } && words.Contains("manual") && !rest.ContainsKey("reason")) rest["reason"] = "manual";
        return null;
    }

    /// <summary>The key of a call: the same for the same invocation key, and another for every call.</summary>
    private string KeyOf(int chunk) => "file-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{_key}\n{chunk}")))[..40];

    private int Done(Output output, ImportSum sum, JsonObject data, Sheet sheet)
    {
        var said = sum.Sentence(Forced);
        if (sum.NothingTaken)
        {
            return output.Refuse(new(ErrorCodes.InvalidRequest, $"No row was taken: {Plural.Of(sum.RejectedCount, "row")} rejected, see data.rejected.")
            {
                Problems = [.. sum.Rejected.Take(Limits.ProblemsListed).Select(r => new Problem($"line {r.Line}", "rejected", $"Line {r.Line}: {r.Problem}", "Mend the row, or name the right columns with --map."))],
                Action = new("fix", null, "Look at data.mapping; --map changes it."),
                Data = Documents.Bytes(data),
            }, Meta());
        }
        var envelope = Envelope.Success(Forced, Documents.Bytes(data), said, Forced ? Next() : Own(), Meta());
        return output.Answer(NextLines.Into(envelope, _line, !Forced));
    }

    private NextStep? Next() => _line.Local is null ? null : NextStep.Of(RecipientOps.List, _line.Rest[0]);

    /// <summary>This very line; how it is spelt is made exact where all dry runs' lines are.</summary>
    private NextStep Own() => NextStep.Local(_line.Words.Typed, [.. _op.PathMembers.Select(m => (m.Name, Value(m.Name) ?? ""))]).Forced();

    private int Failed(Output output, ImportSum sum, JsonObject data, Reply reply, Target target)
    {
        var so = Forced && sum.CallsDone > 0 ? " " + Again(sum) : "";
        if (reply.Envelope is not { } bytes)
        {
            return output.Refuse(new(ErrorCodes.ServerUnreachable, reply.Problem + (Forced ? " " + Again(sum) : ""))
            {
                Problems = [new("server", "unreachable", $"{target.Url}: {reply.Problem}", reply.Fix)],
                Action = new("retry", null, reply.Fix),
                Data = Documents.Bytes(data),
            }, Meta());
        }
        var root = JsonNode.Parse(bytes)!.AsObject();
        if (so.Length > 0) root["summary"] = root["summary"]?.GetValue<string>() + so;
        root["data"] = data;
        if (root["meta"] is JsonObject meta) meta["idempotency_key"] = _key;
        return output.Answer(Documents.Bytes(root));
    }

    private string Again(ImportSum sum) => !Forced
        ? "Interrupted; nothing was changed."
        : $"{sum.RowsDone} of {sum.Rows} rows were taken for certain; the same line with --idempotency-key {_key} goes on from there.";

    private Meta Meta() => new("", Stopwatch.GetElapsedTime(_start).TotalMilliseconds, !Forced, _key, null, "");
}
