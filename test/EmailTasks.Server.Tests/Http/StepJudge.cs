using System.Text.Json;
using System.Text.RegularExpressions;
using EmailTasks.Contracts;
using EmailTasks.Testing;
using Xunit;

namespace EmailTasks.Server.Tests.Http;

/// <summary>What is known of a call before its answer is judged.</summary>
/// <param name="Commands">What the caller may run, as <c>whoami</c> tells it.</param>
public sealed record Judged(Op Op, bool Forced, IReadOnlySet<string> Commands);

/// <summary>
/// Reads the steps that an answer offers as a stranger would: from the catalogue, with a shell's splitting of words, and
/// with a list of inverses of its own.
/// </summary>
public static partial class StepJudge
{
    private static readonly HashSet<(string Done, string Undoes)> Inverses =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Http", "inverses.tsv")).Where(l => l[0] != '#').Select(l => l.Split('\t')).Select(f => (f[0], f[1]))];

    /// <summary>Judges all that an answer offers; how many steps that were.</summary>
    public static int Judge(Reply reply, Judged call)
    {
        var steps = 0;
        var data = reply.Json.TryGetProperty("data", out var found) ? found : default;
        if (Step(reply.Json, "next") is { } next) steps += Next(next, reply, call);
        if (Step(reply.Json, "undo") is { } undo) steps += Undo(undo, reply, call);
        if (data.ValueKind == JsonValueKind.Object && data.TryGetProperty("plan_digest", out _) && Step(data, "next") is { } inPlan) steps += InPlan(inPlan, reply, call);
        if (!reply.Success) Assert.False(reply.Json.TryGetProperty("next", out _) || reply.Json.TryGetProperty("undo", out _), $"A refusal offers a step: {reply.Json}");
        NoForcedLine(reply.Json, own: reply.Success && !call.Forced);
        return steps;
    }

    private static int Next(JsonElement step, Reply reply, Judged call)
    {
        var op = Read(step, call);
        if (call.Op.IsMutation && !call.Forced) Own(step, op, reply, call);
        else
        {
            Assert.False(Options(step).ContainsKey("force"), $"next is forced: {step}");
            Assert.False(Options(step).ContainsKey("plan"), $"next approves a plan: {step}");
            Assert.False(Inverses.Contains((call.Op.Command, op.Command)), $"next undoes `{call.Op.Command}`: {step}");
        }
        return 1;
    }

    /// <summary>After a dry run: the very call, forced, with the plan that was shown.</summary>
    private static void Own(JsonElement step, Op op, Reply reply, Judged call)
    {
        Assert.Equal(call.Op.Command, op.Command);
        Assert.Equal("true", Options(step).GetValueOrDefault("force"));
        Assert.EndsWith(" --force", step.GetProperty("command").GetString());
        if (op.TakesPlan && reply.Data.TryGetProperty("plan_digest", out var shown)) Assert.StartsWith(Options(step)["plan"], shown.GetString(), StringComparison.Ordinal);
        Assert.Equal(op.TakesPlan, Options(step).ContainsKey("plan"));
        Assert.False(reply.Json.TryGetProperty("undo", out _), "Nothing was done, and there is an undo.");
    }

    private static int Undo(JsonElement step, Reply reply, Judged call)
    {
        var op = Read(step, call);
        Assert.True(call is { Op.IsMutation: true, Forced: true } && reply.Success, $"undo of what was not done: {step}");
        Assert.False(Options(step).ContainsKey("force"), $"undo is forced: {step}");
        Assert.Contains((call.Op.Command, op.Command), Inverses);
        if (reply.Data.TryGetProperty("changed", out var changed)) Assert.True(changed.GetBoolean(), $"undo of what changed nothing: {step}");
        return 1;
    }

    private static int InPlan(JsonElement step, Reply reply, Judged call)
    {
        // The plan is short: its line alone, and as a value in full. What the line says is judged where it stands as a value.
        var line = step.GetProperty("command").GetString()!;
        Assert.StartsWith($"noxinfluencer {call.Op.Command} ", line, StringComparison.Ordinal);
        if (reply.Success) Assert.Equal(reply.Json.GetProperty("next").GetProperty("command").GetString(), step.GetProperty("command").GetString());
        else Assert.False(line.Contains(" --force", StringComparison.Ordinal) || line.Contains(" --plan", StringComparison.Ordinal), $"A refused call offers more than to read the plan: {step}");
        return 1;
    }

    /// <summary>The step as a value and as a line say the same, name a command of the catalogue whole, and one that the caller may run.</summary>
    private static Op Read(JsonElement step, Judged call)
    {
        Assert.Equal(["operation", "arguments", "options", "command"], step.EnumerateObject().Select(m => m.Name));
        var op = Assert.Single(Catalogue.All, o => o.Command == step.GetProperty("operation").GetString());
        Assert.True(op.AnyKey || call.Commands.Contains(op.Command), $"The caller may not `{op.Command}`.");
        var words = ShellWords.Split(step.GetProperty("command").GetString()!);
        Assert.Equal([.. $"noxinfluencer {op.Command}".Split(' ')], words.Take(op.Command.Split(' ').Length + 1));
        var rest = words.Skip(op.Command.Split(' ').Length + 1).ToList();
        var arguments = step.GetProperty("arguments").EnumerateObject().Select(m => (m.Name, Value: m.Value.GetString()!)).ToList();
        Assert.Equal(op.PathMembers.Select(m => m.Name), arguments.Select(a => a.Name));
        Assert.All(arguments, a => Assert.NotEmpty(a.Value));
        Assert.Equal(arguments.Select(a => a.Value), rest.Take(arguments.Count));
        Assert.Equal(Options(step), Typed(op, rest.Skip(arguments.Count).ToList()));
        return op;
    }

    /// <summary>Options of a line, each known to its command.</summary>
    private static Dictionary<string, string> Typed(Op op, List<string> words)
    {
        var typed = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < words.Count; i++)
        {
            Assert.StartsWith("--", words[i], StringComparison.Ordinal);
            var name = words[i][2..].Replace('-', '_');
            var takes = Takes(op, name);
            Assert.True(takes is not null, $"`{op.Command}` has no option {words[i]}.");
            typed.Add(name, takes == true ? words[++i] : "true");
        }
        return typed;
    }

    /// <summary>Whether an option takes a value; null when the command has no such option.</summary>
    private static bool? Takes(Op op, string name) => name switch
    {
        "force" => op.IsMutation ? false : null,
        "plan" => op.TakesPlan ? true : null,
        "body_file" => op.HasBody ? true : null,
        _ when op.QueryMembers.FirstOrDefault(m => m.Name == name) is { } member => member.Shape.Kind != ShapeKind.Boolean,
        _ => op.BodyOptions.Any(o => o.Flag == "--" + name.Replace('_', '-')) ? true : null,
    };

    private static Dictionary<string, string> Options(JsonElement step) =>
        step.GetProperty("options").EnumerateObject().ToDictionary(m => m.Name, m => m.Value.ValueKind == JsonValueKind.True ? "true" : m.Value.GetString()!, StringComparer.Ordinal);

    private static JsonElement? Step(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var step) && step.ValueKind == JsonValueKind.Object ? step : null;

    /// <summary>No fix, hint, reason to wait or sentence holds a ready forced command; the one exception is the dry run's own call.</summary>
    private static void NoForcedLine(JsonElement answer, bool own)
    {
        var all = Strings(answer, "").Where(s => ForcedCommand().IsMatch(s.Text)).ToList();
        Assert.All(all, s => Assert.True(own && s.Path is ".next.command" or ".data.next.command", $"{s.Path} holds a forced line: {s.Text}"));
    }

    private static IEnumerable<(string Path, string Text)> Strings(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => [(path, value.GetString()!)],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(v => Strings(v, path + "[]")),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(m => Strings(m.Value, $"{path}.{m.Name}")),
        _ => [],
    };

    [GeneratedRegex("noxinfluencer [^`]*--force")]
    private static partial Regex ForcedCommand();
}

/// <summary>A line as a POSIX shell splits it, as far as quoting goes.</summary>
public static class ShellWords
{
    /// <summary>The words.</summary>
    public static List<string> Split(string line)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        var (quoted, open) = (false, false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\'') (quoted, open) = (!quoted, true);
            else if (line[i] == '\\' && !quoted) word.Append(line[++i]);
            else if (line[i] != ' ' || quoted) word.Append(line[i]);
            else if (word.Length > 0 || open)
            {
                words.Add(word.ToString());
                word.Clear();
                open = false;
            }
        }
        Assert.False(quoted, $"A quote is open: {line}");
        if (word.Length > 0 || open) words.Add(word.ToString());
        return words;
    }
}
