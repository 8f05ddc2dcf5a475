using EmailTasks.Contracts;

namespace EmailTasks.Cli.Typed;

/// <summary>An option that every command takes, before or after its words.</summary>
/// <param name="Flag">The option, kebab-case.</param>
/// <param name="Value">What its value is called, or null when it takes none.</param>
/// <param name="Description">One sentence.</param>
internal sealed record GlobalOption(string Flag, string? Value, string Description);

/// <summary>The global options as they were given.</summary>
internal sealed record Globals
{
    /// <summary>All of them, in the order help shows them.</summary>
    public static readonly GlobalOption[] All =
    [
        new("--json", null, "One JSON document on stdout, also on a terminal."),
        new("--plain", null, "Tables and short text, also when stdout is no terminal."),
        new("--field", "path", "Print one raw value of the answer, e.g. data.task_id."),
        new("--fields", "list", "Answer only these members of data, e.g. status,counts.sent_count; in a list, members of a row. A long text named here is given whole."),
        new("--full", null, "Answer everything; without it long texts are lengths and digests, and a change answers what it changed."),
        new("--samples", "number", "Messages shown in a plan, up to 20; one unless told."),
        new("--force", null, "Do it: without this, changes are dry runs."),
        new("--dry-run", null, "Change nothing, whatever else is given."),
        new("--plan", "digest", "With --force: do it only if the plan is still this one (12 characters suffice)."),
        new("--idempotency-key", "key", "8 to 128 characters; repeat a call with its key and it happens once."),
        new("--trace-json", null, "Requests and answers as JSON lines on stderr; no keys, no bodies."),
        new("--no-input", null, "Never wait for a person at the terminal."),
        new("--enable-commands", "list", "Refuse every other command: commands or groups, e.g. email get,email list,product. A guard against slips."),
        new("--lang", "en|zh", "The language of help and plain text; JSON is always English."),
        new("--server", "url", "The server to talk to; its key comes from the config file."),
        new("--timeout", "seconds", "Give up after this long; 100 unless told, 600 with --wait."),
        new("--version", null, "Print the version."),
        new("--help", null, "Print help."),
    ];

    /// <summary>Print one raw value of the answer.</summary>
    public FieldPath? Field { get; init; }

    /// <summary>Members of data that are answered, or null for all.</summary>
    public string? Fields { get; init; }

    /// <summary>Answer everything.</summary>
    public bool Full { get; init; }

    /// <summary>Messages shown in a plan, or null.</summary>
    public string? Samples { get; init; }

    /// <summary><c>--force</c> was given and <c>--dry-run</c> was not.</summary>
    public bool Force { get; init; }

    /// <summary>The plan to execute, or null.</summary>
    public string? Plan { get; init; }

    /// <summary>The key given, or null.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Trace requests on stderr.</summary>
    public bool Trace { get; init; }

    /// <summary>Never wait for a person.</summary>
    public bool NoInput { get; init; }

    /// <summary>The server given, or null.</summary>
    public string? Server { get; init; }

    /// <summary>The seconds given, or null.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>True when the flag stands among the arguments; asked before anything is parsed, so that bad usage is answered in the right form.</summary>
    public static bool Has(string[] args, string flag)
    {
        foreach (var arg in args)
        {
            if (arg == "--") return false;
            if (arg == flag) return true;
        }
        return false;
    }

    /// <summary>True when the next token is this option's value.</summary>
    public static bool TakesNext(string token) =>
        Array.Exists(All, g => g.Value is not null && Spelling.Same(g.Flag, token));

    /// <summary>The value of an option among the raw arguments, or null; asked before anything is parsed.</summary>
    public static string? ValueIn(string[] args, string flag)
    {
        for (var i = 0; i < args.Length && args[i] != "--"; i++)
        {
            if (Spelling.Same(flag, args[i])) return i + 1 < args.Length ? args[i + 1] : null;
            if (args[i].IndexOfAny(['=', ':']) is > 0 and var end && Spelling.Same(flag, args[i][..end])) return args[i][(end + 1)..];
            if (TakesNext(args[i])) i++;
        }
        return null;
    }

    /// <summary>Checks what was given and makes the record.</summary>
    /// <param name="value">The value of a global option, or null.</param>
    /// <param name="flag">Whether a global flag was given.</param>
    /// <param name="problems">What is wrong is added here.</param>
    public static Globals Read(Func<string, string?> value, Func<string, bool> flag, List<Problem> problems)
    {
        FieldPath? field = null;
        if (value("--field") is { } path && !FieldPath.TryParse(path, out field))
            problems.Add(new("--field", "bad_format", "--field is not a path.", "Write it like data.task_id or data.items[0].task_id."));
        if (value("--idempotency-key") is { } key && (key.Length is < Limits.IdempotencyKeyMin or > Limits.IdempotencyKeyMax || key.Any(c => c is <= ' ' or > '~')))
            problems.Add(new("--idempotency-key", "bad_format", "--idempotency-key is not 8 to 128 visible ASCII characters.", "Use a UUID, for example."));
        if (value("--plan") is { } plan && (plan.Length < Limits.PlanPrefixMin || !plan.All(char.IsAsciiLetterOrDigit)))
            problems.Add(new("--plan", "bad_format", $"--plan is not a plan digest or its first {Limits.PlanPrefixMin} characters.", "Copy it from the dry run's data.plan_digest."));
        double? timeout = null;
        if (value("--timeout") is { } text)
        {
            if (double.TryParse(text, System.Globalization.NumberStyles.AllowDecimalPoint, null, out var seconds) && seconds is > 0 and <= 86_400) timeout = seconds;
            else problems.Add(new("--timeout", "bad_format", "--timeout is not a number of seconds up to 86400.", "Write it like --timeout 30."));
        }
        if (value("--lang") is { } lang && lang is not ("en" or "zh"))
            problems.Add(new("--lang", "unknown_value", $"--lang does not know \"{TextCheck.Shown(lang)}\".", "Use one of en, zh."));
        if (flag("--json") && flag("--plain"))
            problems.Add(new("--plain", "exactly_one", "--json and --plain exclude each other.", "Keep one of them."));
        return new Globals
        {
            Field = field,
            Fields = value("--fields"),
            Full = flag("--full"),
            Samples = value("--samples"),
            Force = flag("--force") && !flag("--dry-run"),
            Plan = value("--plan"),
            IdempotencyKey = value("--idempotency-key"),
            Trace = flag("--trace-json"),
            NoInput = flag("--no-input"),
            Server = value("--server"),
            TimeoutSeconds = timeout,
        };
    }
}
