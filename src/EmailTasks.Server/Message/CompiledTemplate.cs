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

/// <summary>A literal that is written as it is, or an output with its context; exactly one of the two.</summary>
public sealed record Segment(string? Literal, VariableNode? Output, SegmentContext Context);

/// <summary>An attribute whose whole rendered value must be an allowed URL: its parts, unescaped.</summary>
public sealed record UrlValue(string Attribute, IReadOnlyList<Segment> Parts);

/// <summary>A template split at its outputs.</summary>
public sealed record CompiledTemplate(IReadOnlyList<Segment> Segments, IReadOnlyList<UrlValue> Urls)
{
    /// <summary>The outputs in order.</summary>
    public IEnumerable<VariableNode> Outputs => Segments.Where(s => s.Output is not null).Select(s => s.Output!);

    /// <summary>All literals together, for looking at what everybody reads.</summary>
    internal IEnumerable<string> Literals => Segments.Where(s => s.Literal is not null).Select(s => s.Literal!);

    /// <summary>The template as it would be written, for reading back what was derived.</summary>
    public string ToSource() => string.Concat(Segments.Select(s => s.Literal ?? s.Output!.Source));

    internal static CompiledTemplate Plain(LiquidTemplate template) => new(
        [.. template.Nodes.Select(n => n is VariableNode v
            ? new Segment(null, v, SegmentContext.Plain)
            : new Segment(((TextNode)n).Text, null, SegmentContext.Plain))], []);
}
