using EmailTasks.Core.Content;

namespace EmailTasks.Server.Message;

/// <summary>Where a value lands; it decides how the value is escaped.</summary>
public enum SegmentContext
{
    /// <summary>Plain text, a subject or a text body: not escaped.</summary>
    Plain,
    /// <summary>Text of an HTML element.</summary>
    HtmlText,
    /// <summary>The value of an HTML attribute.</summary>
    Attribute,
    /// <summary>Part of an attribute that is a URL; the whole value must be http, https or mailto.</summary>
    UrlAttribute,
}

/// <summary>Where the address of a link begins or ends.</summary>
/// <param name="Number">The link's number in its template, from 1.</param>
public readonly record struct LinkMark(int Number, bool Ends);

/// <summary>A literal that is written as it is, an output with its context, or the mark of a link's address; exactly one of the three.</summary>
public sealed record Segment(string? Literal, VariableNode? Output, SegmentContext Context, LinkMark? Mark = null);

/// <summary>An attribute whose whole rendered value must be an allowed URL: its parts, unescaped.</summary>
public sealed record UrlValue(string Attribute, IReadOnlyList<Segment> Parts);

/// <summary>A template split at its outputs.</summary>
public sealed record CompiledTemplate(IReadOnlyList<Segment> Segments, IReadOnlyList<UrlValue> Urls)
{
    /// <summary>The addresses of the links that are marked, in the order of their numbers.</summary>
    public IReadOnlyList<UrlValue> Links { get; init; } = [];

    /// <summary>The outputs in order.</summary>
    public IEnumerable<VariableNode> Outputs => Segments.Where(s => s.Output is not null).Select(s => s.Output!);

    /// <summary>All literals together, for looking at what everybody reads.</summary>
    internal IEnumerable<string> Literals => Segments.Where(s => s.Literal is not null).Select(s => s.Literal!);

    /// <summary>The template as it would be written, for reading back what was derived.</summary>
    public string ToSource() => string.Concat(Segments.Select(s => s.Literal ?? s.Output?.Source));

    internal static CompiledTemplate Plain(LiquidTemplate template) => new(
        [.. template.Nodes.Select(n => n is VariableNode v
            ? new Segment(null, v, SegmentContext.Plain)
            : new Segment(((TextNode)n).Text, null, SegmentContext.Plain))], []);
}
