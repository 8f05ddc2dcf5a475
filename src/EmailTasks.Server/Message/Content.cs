namespace EmailTasks.Server.Message;

/// <summary>A content as it was written: Liquid in every member.</summary>
/// <param name="Subject">One line.</param>
/// <param name="HtmlBody">A document or a fragment; null or blank when there is none.</param>
/// <param name="TextBody">Plain text; derived from the HTML when null or blank.</param>
/// <param name="Preheader">The line a mailbox list shows behind the subject; only used with an HTML body.</param>
public sealed record ContentSource(string Subject, string? HtmlBody, string? TextBody, string? Preheader);

/// <summary>A fault in one member of a content.</summary>
/// <param name="Member"><c>subject</c>, <c>html_body</c>, <c>text_body</c> or <c>preheader</c>.</param>
/// <param name="Line">1-based line in that member.</param>
/// <param name="Column">1-based column in Unicode scalars.</param>
/// <param name="Problem">What is wrong, as a sentence.</param>
/// <param name="Fix">What to write instead.</param>
public sealed record ContentProblem(string Member, int Line, int Column, string Problem, string Fix);

/// <summary>A compiled content, or every fault of every member.</summary>
public sealed record ContentResult(CompiledContent? Content, IReadOnlyList<ContentProblem> Problems);

/// <summary>
/// A content ready to be rendered: parsed, cleaned and split once, shared by all recipients and threads. The sources
/// are what was understood, not what came in: saved and compiled again they give this same content.
/// </summary>
public sealed record CompiledContent
{
    /// <summary>The subject.</summary>
    public required CompiledTemplate Subject { get; init; }

    /// <summary>The HTML document with the preheader in it, or null.</summary>
    public CompiledTemplate? Html { get; init; }

    /// <summary>The plain text, written or derived from the HTML.</summary>
    public required CompiledTemplate Text { get; init; }

    /// <summary>The preheader alone, or null; it reaches recipients through <see cref="Html"/>.</summary>
    public CompiledTemplate? Preheader { get; init; }

    /// <summary>The subject's source.</summary>
    public required string SubjectSource { get; init; }

    /// <summary>The cleaned HTML as Liquid, or null.</summary>
    public string? HtmlSource { get; init; }

    /// <summary>The text's source, or null when it is derived.</summary>
    public string? TextSource { get; init; }

    /// <summary>The preheader's source, or null.</summary>
    public string? PreheaderSource { get; init; }

    /// <summary>The recipient variables in use, sorted, without the built-in names.</summary>
    public required IReadOnlyList<string> VariablesUsed { get; init; }

    /// <summary>The built-in names in use, sorted.</summary>
    public required IReadOnlyList<string> BuiltInsUsed { get; init; }

    /// <summary>Those of <see cref="VariablesUsed"/> with at least one use that has no default.</summary>
    public required IReadOnlyList<string> VariablesWithoutDefault { get; init; }

    /// <summary>Every body there is (HTML and text) says how to opt out.</summary>
    public required bool HasUnsubscribe { get; init; }

    /// <summary>Every body there is says the postal address.</summary>
    public required bool HasPostalAddress { get; init; }

    /// <summary>Lower-case hex SHA-256 over the four sources, each with its length before it.</summary>
    public required string Digest { get; init; }

    /// <summary>UTF-8 bytes of <see cref="HtmlSource"/>, 0 without HTML; Gmail clips above about 100 KB.</summary>
    public required int HtmlBytes { get; init; }

    /// <summary>Things that look like another system's variables or like notes: <c>*|FNAME|*</c>, <c>[Name]</c>, <c>TODO</c>.</summary>
    public required IReadOnlyList<string> LeftOverMarkers { get; init; }

    /// <summary>What was taken out of the HTML, one phrase each: "&lt;script&gt; element".</summary>
    public required IReadOnlyList<string> Removed { get; init; }
}
