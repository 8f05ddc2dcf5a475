using System.Text.Json;
using System.Text.Json.Nodes;
using EmailTasks.Cli.Net;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Import;

/// <summary>The answers of several calls added up to one, with lines of the file instead of places in a call.</summary>
internal sealed class ImportSum(Op op, RowTarget target, RowBodies bodies)
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private JsonObject _last = [];
    private long _totalBefore = -1;

    /// <summary>Calls that were answered.</summary>
    public int CallsDone { get; private set; }

    /// <summary>Rows in those calls.</summary>
    public int RowsDone { get; private set; }

    /// <summary>Rows in all calls.</summary>
    public int Rows => bodies.Chunks.Sum(c => c.Lines.Length);

    /// <summary>Rows that are not taken.</summary>
    public IReadOnlyList<RejectedRow> Rejected => bodies.Rejected;

    /// <summary>How many those are.</summary>
    public int RejectedCount => bodies.RejectedCount;

    /// <summary>True when every row was rejected.</summary>
    public bool NothingTaken => bodies.RejectedCount > 0 && bodies.Duplicates == 0 && Counts("added", "updated", "unchanged", "duplicates") == 0;

    /// <summary>Adds the answer of a call; false when it failed.</summary>
    public bool Take(RowChunk chunk, Reply reply)
    {
        if (reply.Envelope is null) return false;
        using var document = JsonDocument.Parse(reply.Envelope);
        var root = document.RootElement;
        if (reply.ErrorCode is not null)
        {
            if (!AllRejected(chunk, root)) return false;
        }
        else
        {
            Count(chunk, Show.Json.At(root, "data"));
        }
        CallsDone++;
        RowsDone += chunk.Lines.Length;
        return true;
    }

    /// <summary>One object with everything that was counted.</summary>
    public JsonObject Data(bool forced)
    {
        var data = new JsonObject();
        foreach (var (name, value) in _last)
        {
            if (value is JsonValue scalar && !_counts.ContainsKey(name)) data[name] = scalar.DeepClone();
        }
        foreach (var (name, count) in _counts) data[name] = count;
        data["duplicates"] = Counts("duplicates") + bodies.Duplicates;
        // Dry runs don't see each other: each of them counts from what the task holds now.
        if (_totalBefore >= 0) data["total"] = forced ? Number(_last, "total") : _totalBefore + Counts("added");
        data["changed"] = Counts("added", "updated") > 0;
        return data;
    }

    /// <summary>One sentence.</summary>
    public string Sentence(bool forced)
    {
        var text = forced ? "" : "Dry run, nothing changed. ";
        text += forced ? $"{Counts("added")} added" : $"{Counts("added")} would be added";
        if (Counts("updated") > 0) text += $", {Counts("updated")} updated";
        if (Counts("duplicates") + bodies.Duplicates is > 0 and var twice) text += $", {twice} there already or twice in the file";
        if (bodies.RejectedCount > 0) text += $", {bodies.RejectedCount} rejected: see data.rejected";
        text += ".";
        return Counts("suppressed") > 0 ? text + $" {Counts("suppressed")} are on the suppression list and will be left out." : text;
    }

    private void Count(RowChunk chunk, JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object) return;
        _last = JsonNode.Parse(data.GetRawText())!.AsObject();
        if (_totalBefore < 0 && data.TryGetProperty("total", out var total) && total.TryGetInt64(out var now)) _totalBefore = now - (Number(_last, "added") ?? 0);
        foreach (var member in data.EnumerateObject())
        {
            if (member.Name is "version" or "total" or "rejected_count" || member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt64(out var count)) continue;
            if (member.Name == "rejected") bodies.RejectUnnamed(count);
            else _counts[member.Name] = _counts.GetValueOrDefault(member.Name) + count;
        }
        var listed = 0;
        foreach (var rejected in Show.Json.Items(data, "rejected"))
        {
            Reject(chunk, Show.Json.Number(rejected, "index"), Show.Json.Text(rejected, "problem") ?? "");
            listed++;
        }
        if (Show.Json.Number(data, "rejected_count") is { } all) bodies.RejectUnnamed(all - listed);
    }

    /// <summary>A call whose every row is wrong is refused as a whole; to the file it is rows like others.</summary>
    private bool AllRejected(RowChunk chunk, JsonElement root)
    {
        var errors = Show.Json.Items(root, "errors").ToList();
        var head = $"$.{target.Array.Name}[";
        if (errors.Count == 0 || !errors.TrueForAll(e => Show.Json.Text(e, "code") == "bad_address" && Show.Json.Text(e, "path")?.StartsWith(head, StringComparison.Ordinal) == true)) return false;
        foreach (var error in errors)
        {
            var path = Show.Json.Text(error, "path")!;
            var end = path.IndexOf(']');
            Reject(chunk, end > head.Length && int.TryParse(path[head.Length..end], out var index) ? index : null, Show.Json.Text(error, "problem") ?? "");
        }
        bodies.RejectUnnamed(chunk.Lines.Length - errors.Count);
        foreach (var member in op.OutputShape.Members.Where(m => m.Name is "added" or "updated")) _counts.TryAdd(member.Name, 0);
        return true;
    }

    private void Reject(RowChunk chunk, long? index, string problem) =>
        bodies.Reject(index is >= 0 && index < chunk.Lines.Length ? chunk.Lines[(int)index] : chunk.Lines[0], problem);

    private long Counts(params ReadOnlySpan<string> names)
    {
        long sum = 0;
        foreach (var name in names) sum += _counts.GetValueOrDefault(name);
        return sum;
    }

    private static long? Number(JsonObject from, string name) => from[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
