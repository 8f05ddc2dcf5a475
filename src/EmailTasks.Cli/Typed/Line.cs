using System.CommandLine;
using System.CommandLine.Parsing;
using EmailTasks.Cli.Commands;
using EmailTasks.Contracts;

namespace EmailTasks.Cli.Typed;

/// <summary>A command line, read and checked as far as that needs no server.</summary>
internal sealed class Line
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private Line(string[] args, Words words, Globals globals) => (Args, Words, Globals) = (args, words, globals);

    /// <summary>What was typed.</summary>
    public string[] Args { get; }

    /// <summary>Which command it is.</summary>
    public Words Words { get; }

    /// <summary>The global options.</summary>
    public Globals Globals { get; }

    /// <summary>The operation, if the server does it; else null.</summary>
    public Op? Op => Words.Op;

    /// <summary>The command, if no server is needed; else null.</summary>
    public LocalCommand? Local => Words.Local;

    /// <summary>Arguments of a local command.</summary>
    public IReadOnlyList<string> Rest { get; private set; } = [];

    /// <summary>The value of a path or query member (<c>task_id</c>) or an option (<c>--output</c>); a flag's is <c>true</c>. Null when it was not given.</summary>
    public string? Value(string name) => _values.GetValueOrDefault(name);

    /// <summary>Options of the command itself that were given, by their names in snake_case; the value of a flag is null.</summary>
    public IEnumerable<(string Name, string? Value)> Options =>
        from flag in _values.Keys
        where flag.StartsWith("--", StringComparison.Ordinal)
        select (flag[2..].Replace('-', '_'), Takes(flag) ? _values[flag] : null);

    /// <summary>True when an option was given.</summary>
    public bool Has(string flag) => _values.ContainsKey(flag);

    /// <summary>Parses the arguments; answers what is wrong, or null.</summary>
    public static Refusal? Read(Words words, string[] args, out Line line)
    {
        var tree = CommandLeaf.For(words);
        var parsed = tree.Root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        var problems = new List<Problem>();
        string? Given(string flag) => tree.Options.TryGetValue(flag, out var option) && parsed.GetResult(option) is { Implicit: false, Tokens: [.., var last] } ? last.Value : null;
        bool Flag(string flag) => tree.Options.TryGetValue(flag, out var option) && parsed.GetResult(option) is { Implicit: false };

        line = new Line(args, words, Globals.Read(Given, Flag, problems));
        var arguments = tree.Arguments.SelectMany(a => parsed.GetResult(a)?.Tokens.Select(t => t.Value) ?? []).ToList();
        Misused(parsed, args, tree, problems);
        if (problems.Count == 0) Strangers(parsed, arguments, tree, words, problems);
        if (problems.Count == 0)
        {
            foreach (var error in parsed.Errors) problems.Add(new("", "usage", error.Message, $"See `{Product.Name} {words.Typed} --help`."));
        }
        foreach (var (flag, name) in tree.Named)
        {
            if (Flag(flag)) line._values[name] = Given(flag) ?? "true";
        }
        if (problems.Count == 0 && words.Op is { } op) line.Place(op, arguments, problems);
        line.Rest = arguments;
        return problems.Count == 0 ? null : Refusal.Invalid([.. problems.Take(Limits.ProblemsListed)]);
    }

    /// <summary>Options without their value, given twice, or with a value they don't take (<c>--force=false</c> must not force).</summary>
    private static void Misused(ParseResult parsed, string[] args, CommandLeaf tree, List<Problem> problems)
    {
        foreach (var (flag, option) in tree.Options)
        {
            if (parsed.GetResult(option) is not { Implicit: false } result) continue;
            if (option.Arity.MaximumNumberOfValues == 0)
            {
                if (args.TakeWhile(a => a != "--").Any(a => a.IndexOfAny(['=', ':']) is > 0 and var end && Spelling.Same(flag, a[..end])))
                    problems.Add(new(flag, "unexpected_value", $"{flag} takes no value.", $"Write {flag} alone, or leave it out."));
            }
            else if (result.Tokens.Count == 0) problems.Add(new(flag, "missing", $"{flag} needs a value.", $"Write it like {flag} <value>."));
            else if (result.Tokens.Count > 1) problems.Add(new(flag, "duplicate_member", $"{flag} is given twice.", "Keep one of them; where several values are allowed, separate them with commas."));
        }
    }

    /// <summary>Tokens that belong nowhere. An id never begins with a dash, so what does is a mistyped option.</summary>
    private static void Strangers(ParseResult parsed, List<string> arguments, CommandLeaf tree, Words words, List<Problem> problems)
    {
        var dashed = arguments.Where(a => a.StartsWith('-')).Concat(parsed.UnmatchedTokens.Where(t => t.StartsWith('-'))).ToList();
        foreach (var token in dashed)
        {
            var name = token.Split('=', ':')[0];
            var fix = Spelling.Nearest(name.Replace('_', '-'), tree.Options.Keys) is { } near && near != name ? $"Did you mean {near}?" : $"See `{Product.Name} {words.Typed} --help`.";
            problems.Add(new(TextCheck.Shown(name), "unknown_option", $"`{words.Typed}` has no option {TextCheck.Shown(name)}.", fix));
        }
        if (dashed.Count > 0) return;
        foreach (var token in parsed.UnmatchedTokens)
            problems.Add(new("", "unexpected_argument", $"`{words.Typed}` has no place for \"{TextCheck.Shown(token)}\".", $"Usage: {Show.Help.Usage(words)}"));
    }

    private bool Takes(string flag) =>
        flag == "--body-file" || Op?.BodyOptions.Any(o => o.Flag == flag) == true
        || (Op?.LocalOptions ?? Local?.Options ?? []).Any(o => o.Flag.StartsWith(flag + " ", StringComparison.Ordinal));

    private void Place(Op op, List<string> arguments, List<Problem> problems)
    {
        var next = 0;
        foreach (var member in op.PathMembers)
        {
            if (next < arguments.Count) _values[member.Name] = arguments[next++];
            else if (problems.Count == 0) problems.Add(new(member.Name, "missing", $"<{member.Name}> is missing.", $"Usage: {Show.Help.Usage(Words)}"));
        }
        if (op.OptionalArgument is { } optional && next < arguments.Count)
        {
            if (_values.ContainsKey(optional)) problems.Add(new(optional, "duplicate_member", $"{optional} is given twice.", "Keep one of them."));
            _values[optional] = arguments[next];
        }
        foreach (var member in op.InputShape.Members)
        {
            if ((member.Wire.In != WireIn.Body || member.Name == op.OptionalArgument) && Value(member.Name) is { } value) Check(member, value, problems);
        }
        if (Globals.Plan is not null && !op.TakesPlan)
            problems.Add(new("--plan", "unknown_option", $"`{op.Command}` takes no --plan.", "Leave it out; `email send` takes it."));
        if (Globals.Samples is not null && op.DryRunOutput is null)
            problems.Add(new("--samples", "unknown_option", $"`{op.Command}` shows no plan.", "Leave it out; `email send` and `email schedule` take it."));
        if (op.Carries != Carries.Json && (Globals.Full || Globals.Fields is not null))
            problems.Add(new(Globals.Full ? "--full" : "--fields", "unknown_option", $"`{op.Command}` tells everything.", "Leave it out."));
        if (Globals.Field is { } field && !field.FitsAnswerOf(op))
            problems.Add(new("--field", "unknown_member", $"No answer of `{op.Command}` has {TextCheck.Shown(field.Text)}.", $"See response_schema of `{Product.Name} schema \"{op.Command}\" --answers`."));
    }

    /// <summary>The same checks as the gate's, on the same members, before anything is sent.</summary>
    private static void Check(ShapeMember member, string value, List<Problem> problems)
    {
        if (member.Shape.Kind == ShapeKind.Integer)
        {
            if (!int.TryParse(value, System.Globalization.NumberStyles.AllowLeadingSign, null, out var number))
                problems.Add(new(member.Name, "wrong_type", $"{member.Name} must be a whole number.", "Write it in digits."));
            else TextCheck.Range(number, member.Name, member.Wire, (path, code, text, fix) => problems.Add(new(path, code, text, fix)));
            return;
        }
        if (member.Wire.In == WireIn.Path && string.IsNullOrWhiteSpace(value))
        {
            problems.Add(new(member.Name, "empty", $"<{member.Name}> is empty.", "Give an id."));
            return;
        }
        if (member.Shape.Kind == ShapeKind.Text) problems.AddRange(TextCheck.Problems(value, member.Name, member.Wire));
    }
}
