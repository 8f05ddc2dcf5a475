namespace EmailTasks.Core.Content;

/// <summary>A fault in a content source.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column in Unicode scalars.</param>
/// <param name="Problem">What is wrong, as a sentence.</param>
/// <param name="Fix">What to write instead.</param>
public sealed record LiquidProblem(int Line, int Column, string Problem, string Fix);

/// <summary>The outcome of parsing: a template, or every fault found (at most <see cref="LiquidTemplate.MaxProblems"/>).</summary>
public sealed record LiquidParse(LiquidTemplate? Template, IReadOnlyList<LiquidProblem> Problems);

/// <summary>A piece of a template.</summary>
public abstract record LiquidNode;

/// <summary>Text that is the same for everybody.</summary>
public sealed record TextNode(string Text) : LiquidNode;

/// <summary>One output, <c>{{ name | filter: literal }}</c>.</summary>
/// <param name="Name">The variable, <c>[a-z][a-z0-9_]{0,39}</c>.</param>
/// <param name="Filters">Applied left to right.</param>
/// <param name="Line">1-based line of the opening braces.</param>
/// <param name="Column">1-based column of the opening braces.</param>
/// <param name="Source">The output as it was written, braces included.</param>
public sealed record VariableNode(string Name, IReadOnlyList<FilterCall> Filters, int Line, int Column, string Source) : LiquidNode
{
    /// <summary>Whether a missing value is covered.</summary>
    public bool HasDefault { get; } = Filters.Any(f => f.Filter == LiquidFilter.Default);

    /// <summary>One spelling for outputs that always give the same value: they are evaluated once per recipient.</summary>
    public string Expression { get; } = string.Concat(Filters.Select(f => f.Canonical).Prepend(Name));
}

/// <summary>
/// A parsed content: the subset of Liquid that has text and outputs with named filters, and neither tags nor dotted
/// names nor state. Immutable, so one template serves every recipient at once.
/// </summary>
public sealed class LiquidTemplate
{
    /// <summary>How many faults one parse reports; a longer list helps nobody.</summary>
    public const int MaxProblems = 20;

    /// <summary>The longest variable name.</summary>
    public const int MaxNameLength = 40;

    /// <summary>The most filters in one output, so that chains of <c>replace</c> stay bounded.</summary>
    public const int MaxFilters = 10;

    /// <summary>The most outputs in one source: each is evaluated for every recipient.</summary>
    public const int MaxOutputs = 2_000;

    /// <summary>The longest string in an output, in UTF-16 units.</summary>
    public const int MaxLiteralLength = 2_000;

    /// <summary>A template of these nodes, for texts that are derived rather than written.</summary>
    public LiquidTemplate(IReadOnlyList<LiquidNode> nodes)
    {
        Nodes = nodes;
        Outputs = [.. nodes.OfType<VariableNode>()];
        Variables = [.. Outputs.Select(o => o.Name).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Text and outputs in order.</summary>
    public IReadOnlyList<LiquidNode> Nodes { get; }

    /// <summary>The outputs in order; each says whether it has a default.</summary>
    public IReadOnlyList<VariableNode> Outputs { get; }

    /// <summary>The distinct names, in order of first use, built-in ones included.</summary>
    public IReadOnlyList<string> Variables { get; }

    /// <summary>Parses a source; never throws, and reports all faults at once.</summary>
    public static LiquidParse Parse(string source) => new LiquidParser(source).Parse();
}
