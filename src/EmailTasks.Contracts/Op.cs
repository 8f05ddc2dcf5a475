using System.Text.Json.Serialization.Metadata;

namespace EmailTasks.Contracts;

/// <summary>What an operation does to the world. Everything but <see cref="Read"/> is a dry run until forced.</summary>
public enum Effect
{
    /// <summary>Changes nothing.</summary>
    Read,

    /// <summary>Changes stored data; the change can be changed back.</summary>
    Change,

    /// <summary>Removes or overwrites data.</summary>
    Destroy,

    /// <summary>Lets mail leave, or stops it.</summary>
    Send,
}

/// <summary>What an answer travels as.</summary>
public enum Carries
{
    /// <summary>One envelope.</summary>
    Json,

    /// <summary>Server-sent events: <c>change</c> with the operation's output, at last <c>end</c> with an envelope. A refusal is an envelope alone.</summary>
    Events,
}

/// <summary>What a member may do; each role may do all that the ones before it may.</summary>
public enum Role
{
    Viewer,
    Operator,
    Approver,
    Admin,
}

/// <summary>A body member that the command line also takes as an option.</summary>
/// <param name="Flag">The option, kebab-case, with its dashes.</param>
/// <param name="Member">The top-level body member it sets.</param>
/// <param name="IsFile">True when the option names a file whose text is the value.</param>
/// <param name="Alone">True when it stands for the whole body: not together with a body file.</param>
public sealed record BodyOption(string Flag, string Member, bool IsFile, bool Alone = false);

/// <summary>
/// One operation: the single value from which the command tree, <c>schema</c>, the HTTP route, strict parsing and
/// OpenAPI are made.
/// </summary>
/// <param name="Command">Command words, e.g. <c>email recipients add</c>.</param>
/// <param name="Http">Method and route, e.g. <c>POST /v1/email-tasks/{task_id}/recipients</c>.</param>
/// <param name="Effect">What it does to the world.</param>
/// <param name="Role">The least role that may call it.</param>
/// <param name="Summary">One sentence for help, schema and OpenAPI.</param>
public abstract record Op(string Command, string Http, Effect Effect, Role Role, string Summary)
{
    private Shape? _input;
    private Shape? _output;

    /// <summary>Path, query and body members as one record.</summary>
    public abstract JsonTypeInfo Input { get; }

    /// <summary>What stands in <c>data</c>.</summary>
    public abstract JsonTypeInfo Output { get; }

    /// <summary>What stands in <c>data</c> of a dry run where that is something else (the plan of a send).</summary>
    public JsonTypeInfo? DryRunOutput => DryRunOutputOf?.Invoke(WireJson.Default);

    /// <summary>Where <see cref="DryRunOutput"/> comes from, asked when first used.</summary>
    public Func<WireJson, JsonTypeInfo>? DryRunOutputOf { get; init; }

    /// <summary>A valid body, or null when the operation takes none.</summary>
    public string? Example { get; init; }

    /// <summary>True when the body may be left out altogether.</summary>
    public bool BodyOptional { get; init; }

    /// <summary>True for what an agent's key never may.</summary>
    public bool PersonOnly { get; init; }

    /// <summary>True for what every key may, whatever its scopes and bounds say.</summary>
    public bool AnyKey { get; init; }

    /// <summary>True for what only stops mail: a key needs write or send for it, and nothing that limits other calls stands in its way.</summary>
    public bool Stops { get; init; }

    /// <summary>Whether one of these scopes lets a key run it. A plan may be read by who may read; carrying it out is another thing.</summary>
    /// <param name="forced">False for a dry run.</param>
    public bool IsIn(IReadOnlyCollection<string> scopes, bool forced) =>
        Stops ? scopes.Contains(ScopeWords.Write) || scopes.Contains(ScopeWords.Send)
        : scopes.Contains(DryRunOutputOf is not null && !forced ? ScopeWords.Read : Scope);

    /// <summary>The one scope a key must have; one of <see cref="ScopeWords"/>.</summary>
    public string Scope =>
        Effect == Effect.Read ? ScopeWords.Read
        : Role == Role.Admin || Command.StartsWith("key ", StringComparison.Ordinal) ? ScopeWords.Manage
        : Effect == Effect.Send ? ScopeWords.Send
        : ScopeWords.Write;

    /// <summary>True for the operations that take <c>--plan</c>.</summary>
    public bool TakesPlan { get; init; }

    /// <summary>Body members that are also command line options.</summary>
    public IReadOnlyList<BodyOption> BodyOptions { get; init; } = [];

    /// <summary>Options the command line handles by itself, such as <c>--output &lt;file&gt;</c>: flag (with its value's name, where it takes one) and description.</summary>
    public IReadOnlyList<(string Flag, string Description)> LocalOptions { get; init; } = [];

    /// <summary>A query member that the command line also takes as an argument, or a body member that stands for the whole body, where there is one.</summary>
    public string? OptionalArgument { get; init; }

    /// <summary>Members of the answer that are what the change is about: told although others like them are told by reads alone.</summary>
    public IReadOnlyList<string> Tells { get; init; } = [];

    /// <summary>True where the texts are what is asked for: nothing of the answer is shortened.</summary>
    public bool TellsTexts { get; init; }

    /// <summary>What the caller may know of the language or form of its texts, for the schema.</summary>
    public string? Syntax { get; init; }

    /// <summary>Other words for the same command.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What the answer travels as.</summary>
    public Carries Carries { get; init; }

    /// <summary>True for everything that is a dry run until forced.</summary>
    public bool IsMutation => Effect != Effect.Read;

    /// <summary>The HTTP method.</summary>
    public string Method => Http[..Http.IndexOf(' ')];

    /// <summary>The route, with <c>{names}</c> of path members.</summary>
    public string Route => Http[(Http.IndexOf(' ') + 1)..];

    /// <summary>The input's members, limits and descriptions.</summary>
    public Shape InputShape => _input ??= Shape.Of(Input);

    /// <summary>The answer's members and descriptions.</summary>
    public Shape OutputShape => _output ??= Shape.Of(Output);

    /// <summary>Members that come from the path, in the order of the route.</summary>
    public IEnumerable<ShapeMember> PathMembers =>
        InputShape.Members.Where(m => m.Wire.In == WireIn.Path).OrderBy(m => Route.IndexOf('{' + m.Name + '}', StringComparison.Ordinal));

    /// <summary>Members that come from the query string.</summary>
    public IEnumerable<ShapeMember> QueryMembers => InputShape.Members.Where(m => m.Wire.In == WireIn.Query);

    /// <summary>Members that come from the body.</summary>
    public IEnumerable<ShapeMember> BodyMembers => InputShape.Members.Where(m => m.Wire.In == WireIn.Body);

    /// <summary>True when the operation takes a body.</summary>
    public bool HasBody => BodyMembers.Any();
}

/// <inheritdoc cref="Op"/>
/// <remarks>The JSON metadata is asked for when first used: configuring all of it costs a command line start several milliseconds.</remarks>
public sealed record Op<TIn, TOut> : Op
{
    private readonly Func<WireJson, JsonTypeInfo<TIn>> _in;
    private readonly Func<WireJson, JsonTypeInfo<TOut>> _out;

    /// <inheritdoc cref="Op"/>
    public Op(
        string command, string http, Effect effect, Role role, string summary,
        Func<WireJson, JsonTypeInfo<TIn>> input, Func<WireJson, JsonTypeInfo<TOut>> output) : base(command, http, effect, role, summary) =>
        (_in, _out) = (input, output);

    /// <summary>The input's JSON metadata.</summary>
    public JsonTypeInfo<TIn> In => _in(WireJson.Default);

    /// <summary>The answer's JSON metadata.</summary>
    public JsonTypeInfo<TOut> Out => _out(WireJson.Default);

    /// <inheritdoc/>
    public override JsonTypeInfo Input => In;

    /// <inheritdoc/>
    public override JsonTypeInfo Output => Out;
}
