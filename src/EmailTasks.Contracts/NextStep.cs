using System.Buffers;
using System.Text;
using System.Text.Json;

namespace EmailTasks.Contracts;

/// <summary>
/// A call that somebody may make next, as a value. The command line reads <see cref="Command"/>, quoted for a POSIX shell;
/// who runs no shell reads operation, arguments and options. It is never forced but as <see cref="Forced"/> says.
/// </summary>
public sealed class NextStep
{
    /// <summary>The option that names a body's file; the caller fills it in.</summary>
    public const string BodyFile = "body_file";

    private const string Plan = "plan";
    private const string Force = "force";
    private const int PlanCharacters = 16;

    private readonly Given[] _arguments;
    private readonly Given[] _options;

    private NextStep(string operation, Given[] arguments, Given[] options) => (Operation, _arguments, _options) = (operation, arguments, options);

    /// <summary>The command's words, as <c>schema</c> takes them.</summary>
    public string Operation { get; }

    /// <summary>The operation, or null for a command that needs no server.</summary>
    public Op? Op => Catalogue.Find(Operation);

    /// <summary>True for the call whose dry run is being answered, and for nothing else.</summary>
    public bool IsForced => Array.Exists(_options, o => o.Name == Force);

    /// <summary>The line, quoted for a POSIX shell; <c>&lt;file&gt;</c> and the like are for the caller to fill in.</summary>
    public string Command
    {
        get
        {
            var line = new StringBuilder("noxinfluencer ").Append(Operation);
            foreach (var argument in _arguments) line.Append(' ').Append(argument.Word);
            foreach (var option in _options)
            {
                line.Append(" --").Append(option.Name.Replace('_', '-'));
                if (option.Value is not null) line.Append(' ').Append(option.Word);
            }
            return line.ToString();
        }
    }

    /// <summary>A call of an operation.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="arguments">Values of its path members, in their order.</param>
    /// <exception cref="ArgumentException">They are not as many as the operation has.</exception>
    public static NextStep Of(Op op, params ReadOnlySpan<string> arguments)
    {
        var names = op.PathMembers.Select(m => m.Name).ToList();
        if (names.Count != arguments.Length) throw new ArgumentException($"{op.Command} takes {names.Count} arguments, not {arguments.Length}.", nameof(arguments));
        var given = new Given[names.Count];
        for (var i = 0; i < given.Length; i++) given[i] = new Given(names[i], arguments[i], false);
        return new NextStep(op.Command, given, []);
    }

    /// <summary>A command that the command line does by itself.</summary>
    public static NextStep Local(string command, params ReadOnlySpan<(string Name, string Value)> arguments)
    {
        var given = new Given[arguments.Length];
        for (var i = 0; i < given.Length; i++) given[i] = new Given(arguments[i].Name, arguments[i].Value, false);
        return new NextStep(command, given, []);
    }

    /// <summary>A call of an operation as its dry run, with all that it needs for the caller to fill in.</summary>
    public static NextStep Sample(Op op)
    {
        var step = new NextStep(op.Command, [.. op.PathMembers.Select(m => new Given(m.Name, $"<{m.Name}>", true))], []);
        return op is { HasBody: true, BodyOptional: false } ? step.WithBody() : step;
    }

    /// <summary>The same with an option.</summary>
    /// <param name="option">Its name in snake_case.</param>
    /// <param name="value">Its value, null for a flag.</param>
    /// <exception cref="ArgumentException">The operation has no such option.</exception>
    public NextStep With(string option, string? value = null) => Add(new Given(option, value, false));

    /// <summary>The same with an option whose value the caller must know: <c>--task-id &lt;task_id&gt;</c>.</summary>
    public NextStep Asking(string option) => Add(new Given(option, $"<{option}>", true));

    /// <summary>The same with a body that the caller must write.</summary>
    public NextStep WithBody() => Add(new Given(BodyFile, "<file>", true));

    /// <summary>The same naming the plan that was shown; the beginning of a digest will do.</summary>
    public NextStep WithPlan(string digest) => Without(Plan).Add(new Given(Plan, digest[..Math.Min(PlanCharacters, digest.Length)], false));

    /// <summary>The same without an option.</summary>
    public NextStep Without(string option) => new(Operation, _arguments, [.. _options.Where(o => o.Name != option)]);

    /// <summary>The same without the plan: to read it, not to carry it out.</summary>
    public NextStep WithoutPlan() => Without(Plan);

    /// <summary>The same, forced. For the very call whose dry run is answered: what else is offered is read before it is done.</summary>
    public NextStep Forced() => Add(new Given(Force, null, false));

    /// <summary>The same with global options of a command line: where it calls, and what it enables.</summary>
    public NextStep Beside(IEnumerable<(string Option, string Value)> globals)
    {
        var forced = _options.Where(o => o.Name == Force);
        return new(Operation, _arguments, [.. _options.Except(forced), .. globals.Select(g => new Given(g.Option, g.Value, false)), .. forced]);
    }

    /// <summary>Writes <c>{operation, arguments, options, command}</c>.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("operation", Operation);
        Write(writer, "arguments", _arguments);
        Write(writer, "options", _options);
        writer.WriteString("command", Command);
        writer.WriteEndObject();
    }

    /// <summary>The same as a record of an answer's data.</summary>
    public NextStepView View()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer);
        return JsonSerializer.Deserialize(buffer.WrittenSpan, WireJson.Default.NextStepView)!;
    }

    /// <summary>
    /// Reads what <see cref="Write(Utf8JsonWriter)"/> wrote, strictly: null when operation, arguments or options are not
    /// those of the catalogue here. The command is made anew, never taken over.
    /// </summary>
    public static NextStep? Read(JsonElement step)
    {
        if (step.ValueKind != JsonValueKind.Object || Text(step, "operation") is not { } operation || Catalogue.Find(operation) is not { } op) return null;
        if (Members(step, "arguments") is not { } arguments || Members(step, "options") is not { } options) return null;
        if (!arguments.Select(a => a.Name).SequenceEqual(op.PathMembers.Select(m => m.Name)) || arguments.Exists(a => a.Value is null)) return null;
        return options.TrueForAll(o => Has(op, o.Name)) ? new NextStep(op.Command, [.. arguments], [.. options]) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Command;

    private NextStep Add(Given option)
    {
        if (Op is { } op && !Has(op, option.Name)) throw new ArgumentException($"{op.Command} has no option {option.Name}.", nameof(option));
        return new NextStep(Operation, _arguments, [.. _options, option]);
    }

    private static bool Has(Op op, string option) =>
        option == Plan ? op.TakesPlan
        : option == Force ? op.IsMutation
        : option == BodyFile ? op.HasBody
        : op.QueryMembers.Any(m => m.Name == option)
          || op.BodyOptions.Any(o => o.Flag == "--" + option.Replace('_', '-'))
          || op.LocalOptions.Any(o => o.Flag.Split(' ')[0] == "--" + option.Replace('_', '-'));

    private static void Write(Utf8JsonWriter writer, string name, Given[] members)
    {
        writer.WriteStartObject(name);
        foreach (var member in members)
        {
            if (member.Value is null) writer.WriteBoolean(member.Name, true);
            else writer.WriteString(member.Name, member.Value);
        }
        writer.WriteEndObject();
    }

    private static string? Text(JsonElement step, string name) =>
        step.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static List<Given>? Members(JsonElement step, string name)
    {
        if (!step.TryGetProperty(name, out var members) || members.ValueKind != JsonValueKind.Object) return null;
        var read = new List<Given>();
        foreach (var member in members.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.True) read.Add(new Given(member.Name, null, false));
            else if (member.Value.ValueKind == JsonValueKind.String && member.Value.GetString() is { } text) read.Add(new Given(member.Name, text, IsHole(member.Name, text)));
            else return null;
        }
        return read;
    }

    private static bool IsHole(string name, string text) => text == (name == BodyFile ? "<file>" : $"<{name}>");

    /// <summary>A named value; a hole is for the caller to fill in and stands unquoted.</summary>
    private readonly record struct Given(string Name, string? Value, bool IsHole)
    {
        public string Word => IsHole ? Value! : ShellLine.Quoted(Value!);
    }
}

/// <summary>A next step where it stands in an answer's data.</summary>
public sealed record NextStepView(
    [property: Wire("The command's words, as schema takes them.", Told = Told.WhenFull)] string Operation,
    [property: Wire("Values of its arguments.", Told = Told.WhenFull)] IReadOnlyDictionary<string, string> Arguments,
    [property: Wire("Its options: text, or true for a flag.", Told = Told.WhenFull)] IReadOnlyDictionary<string, JsonElement> Options,
    [property: Wire("The line, quoted for a POSIX shell.")] string Command);
